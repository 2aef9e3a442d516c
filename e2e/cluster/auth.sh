#!/bin/bash
# kubectl auth: whether one may, what one may, who one is.
. "$(dirname "$0")/../lib.sh"

is yes k auth can-i create deployments.apps
is yes k auth can-i '*' '*'
is yes k auth can-i get /healthz
has '^\*\.\* ' k auth can-i --list
has '\[\*\] +\[\] +\[\*\]' k auth can-i --list
# kubectl 1.27 and newer
if "$KUBECTL" auth --help | grep whoami >/dev/null; then has '^Groups .*system:authenticated' "$KUBECTL" auth whoami; fi
