#!/bin/bash
# Every command of docs/guides/install.md runs, in order, on a fresh cluster.
. "$(dirname "$0")/lib-standalone.sh"

start dev dev --state "$WORK/state" --api-port 0 --http 127.0.0.1:0 --https 127.0.0.1:0 --admin 127.0.0.1:0
eventually test -e "$WORK/state/env"
# shellcheck disable=SC1091 # written by martlet dev
. "$WORK/state/env"
# The guide makes the class itself.
"$KUBECTL" delete ingressclass martlet
.build/tools/venv/bin/python charts/tests/guide.py docs/guides/install.md
