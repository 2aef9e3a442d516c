#!/bin/bash
# What the definitions in crds/ refuse, `martlet check` refuses too: a file and a cluster are told the same. (That they do refuse it is
# shown by scripts/check-chart, and by e2e/cluster/rules.sh against a real API server.)
. "$(dirname "$0")/lib-standalone.sh"

mkdir "$WORK/refused"
.build/tools/venv/bin/python charts/tests/definitions.py split e2e/definitions/refused.yaml "$WORK/refused"
service web 8081 >"$WORK/services.yaml"
errors() { "$MARTLET" check "$@" -o json | jq '[.[] | select(.severity == "error")] | length'; }

is 0 errors "$WORK/services.yaml"
is 0 errors e2e/definitions/accepted/everything.yaml examples/services.yaml
[ "$(find "$WORK/refused" -name '*.yaml' | wc -l)" -gt 40 ] || fail 'there are hardly any mistakes to look at'
missed=$(for file in "$WORK"/refused/*.yaml; do
    [ "$(errors "$file" "$WORK/services.yaml")" -gt 0 ] || basename "$file" .yaml
done)
[ -z "$missed" ] || fail "martlet check finds no error in: ${missed//$'\n'/ }"
