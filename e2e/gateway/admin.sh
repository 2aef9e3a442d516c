#!/bin/bash
# The admin address answers health, metrics and dumps, and changes nothing.
. "$(dirname "$0")/../lib.sh"

workload one v1
k annotate service one martlet.dev/expose=admin.e2e.example
eventually is v1 get admin.e2e.example /
admin() { curl -sS -m 5 "http://$ADMIN$1" "${@:2}"; }
code() { admin "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }

is 200 code /healthz
is 200 code /readyz
has '^martlet_requests_total' admin /metrics
has '^# TYPE martlet_requests_total counter' admin /metrics
has 'admin.e2e.example' admin /graph
is 405 code /graph -X POST
is 404 code /nothing
has '<title>' admin /
has . jq -e . <(admin /stats)
has . jq -e . <(admin /config)
admin /graph >"$WORK/a.graph"
"$MARTLET" graph --admin "$ADMIN" >"$WORK/b.graph"
cmp "$WORK/a.graph" "$WORK/b.graph"
has 'admin.e2e.example' "$MARTLET" explain GET http://admin.e2e.example/ --admin "$ADMIN"

clean_metrics "$ADMIN"
