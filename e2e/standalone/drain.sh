#!/bin/bash
# The phases of a drain: announced (accepting, answers close their connections), finishing, and cut with an exit code of its own.
. "$(dirname "$0")/lib-standalone.sh"

web_folder
serve() {
    start gateway serve --manifests "$folder" --http "$HTTP" --https 127.0.0.1:0 --admin "$ADMIN" --access-log none "$@"
    gateway=$started
    eventually is v1 get web.example.com /
}
code() { curl -sS -o "$WORK/body" -w '%{http_code}' "http://$1"; }
ends_with() {
    local code=0
    wait "$gateway" || code=$?
    [ $code -eq "$1" ] || fail "the gateway ended with $code, expected $1: $(cat "$WORK/gateway.log")"
}

# while leaving is announced, new connections are accepted and told to close; then nobody is accepted
serve --drain-delay 2s
kill -TERM "$gateway"
eventually is 503 code "$ADMIN/readyz"
has '^connection: close' curl -sS -D - -o "$WORK/body" -H 'Host: web.example.com' "http://$HTTP/"
is v1 get web.example.com /
ends_with 0
grep -q 'draining; a second signal ends it at once signal=SIGTERM delay=2s timeout=30s' "$WORK/gateway.log" || fail 'the log does not say what it waits for'
grep -q 'ended, all requests finished finished=2 cut=0 tunnels=0' "$WORK/gateway.log" || fail "the log does not count: $(cat "$WORK/gateway.log")"

# what does not finish in time is cut, and the exit code says so
serve --drain-delay 0 --drain-timeout 300ms
{ head -c 1000 /dev/zero; sleep 2; } | curl -sS -m 10 -H 'Host: web.example.com' -H 'Expect:' -T - "http://$HTTP/" -o "$WORK/body" 2>"$WORK/err" &
upload=$!
eventually has 'downstream_requests 1' curl -sS "http://$ADMIN/metrics"
kill -TERM "$gateway"
ends_with 4
wait $upload && fail 'the request that was cut succeeded'
grep -q 'ended with requests under way finished=0 cut=1' "$WORK/gateway.log" || fail "the log does not count: $(cat "$WORK/gateway.log")"

# a second signal during the delay ends it at once
serve --drain-delay 30s
kill -TERM "$gateway"
eventually is 503 code "$ADMIN/readyz"
kill -TERM "$gateway"
ends_with 143
