#!/bin/bash
# The command line of every variant of the chart is one that the binary takes, and each option is in its --help.
. "$(dirname "$0")/lib-standalone.sh"
python=.build/tools/venv/bin/python

"$MARTLET" serve --help >"$WORK/help"
$python charts/tests/arguments.py >"$WORK/arguments"
[ "$(wc -l <"$WORK/arguments")" -gt 10 ] || fail 'the chart rendered next to nothing'
unknown=$(tr ' ' '\n' <"$WORK/arguments" | grep -oE '^--[a-z-]+' | sort -u | while read -r option; do
    grep -qE "^  $option( |\$)" "$WORK/help" || echo "$option"
done)
[ -z "$unknown" ] || fail "martlet serve --help does not know: ${unknown//$'\n'/ }"

# One that is read to its end stops at the kubeconfig that is not there (3), before anything is opened; a wrong one stops earlier (2).
while read -r line; do
    read -ra words <<<"$line"
    exits 3 "$MARTLET" "${words[@]}" --kubeconfig "$WORK/nowhere"
done <"$WORK/arguments"
