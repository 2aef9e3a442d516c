# shellcheck shell=bash
# What the e2e scripts share: `. "$(dirname "$0")/../lib.sh"`. A failed expectation ends the script and says what was expected.
set -euo pipefail

# kubectl in the script's own namespace
k() { "$KUBECTL" -n "$NAMESPACE" "$@"; }

# The same, left out of recordings (e2e/run --record).
unrecorded() { RECORDINGS='' k "$@"; }

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# get HOST PATH [curl options]: the body
get() { curl -sS -m 10 -H "Host: $1" "${@:3}" "http://$HTTP$2"; }

# status HOST PATH [curl options]: the status code
status() { get "$1" "$2" -o /dev/null -w '%{http_code}' "${@:3}"; }

# head_of HOST PATH [curl options]: status line and fields, without CR
head_of() { get "$1" "$2" -o /dev/null -D - "${@:3}" | tr -d '\r'; }

# is EXPECTED COMMAND…: the command prints exactly that
is() {
    local expected=$1 actual
    shift
    actual=$("$@") || true
    [ "$actual" = "$expected" ] || fail "$* printed '$actual', expected '$expected'"
}

# has PATTERN COMMAND…: the output has a line that matches the extended regular expression
has() {
    local pattern=$1 actual
    shift
    actual=$("$@" 2>&1) || true
    grep -qE -- "$pattern" <<<"$actual" || fail "$* printed '$actual', nothing matches '$pattern'"
}

# eventually EXPECTATION…: tries `is …` or `has …` until it holds, for ten seconds
eventually() {
    local try
    for try in $(seq 100); do
        ("$@") 2>/dev/null && return
        sleep 0.1
    done
    "$@" || fail "still not so after $try tries: $*"
}

# clean_metrics ADDR:PORT: promtool finds nothing to say about the metrics there, neither an error nor a warning
clean_metrics() {
    local said
    said=$(curl -sS "http://$1/metrics" | promtool check metrics 2>&1) && [ -z "$said" ] || fail "promtool says of the metrics: $said"
}

# workload NAME VERSION [REPLICAS], scale NAME REPLICAS, replace_one NAME: as pods, or where there are none as processes
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/backends/${BACKENDS:-pods}.sh"
