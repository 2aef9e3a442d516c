#!/bin/bash
# SIGTERM lets requests under way finish and ends with 0, a second one ends at once; SIGHUP goes on with a new access log.
. "$(dirname "$0")/lib-standalone.sh"

web_folder
PROBES=127.0.0.1:$(free_port)
serve() {
    start gateway serve --manifests "$folder" --http "$HTTP" --https 127.0.0.1:0 --admin "$ADMIN" --probes "$PROBES" --access-log "$WORK/access.log" --drain-delay 0
    gateway=$started
    eventually is v1 get web.example.com /
}
code() { curl -sS -o /dev/null -w '%{http_code}' "http://$1"; }
# ends_with CODE: how the gateway ended
ends_with() {
    local code=0
    wait "$gateway" || code=$?
    [ $code -eq "$1" ] || fail "the gateway ended with $code, expected $1"
}
# slow_upload: a request whose body takes its time; the answer is in $WORK/answer
slow_upload() {
    { head -c 1000 /dev/zero; sleep 1.5; head -c 1000 /dev/zero; } |
        curl -sS -m 10 -H 'Host: web.example.com' -H 'Expect:' -T - "http://$HTTP/echo-body" 2>"$WORK/answer.err" | wc -c >"$WORK/answer" &
    upload=$!
    sleep 0.5
}

serve
eventually grep -q '"status":200' "$WORK/access.log"
is 200 code "$PROBES/readyz"
is 404 code "$PROBES/graph"
has '^martlet_requests_total' curl -sS "http://$PROBES/metrics"

# the log is rotated
mv "$WORK/access.log" "$WORK/access.log.1"
kill -HUP "$gateway"
eventually test -e "$WORK/access.log"
is v1 get web.example.com /
eventually grep -q '"status":200' "$WORK/access.log"

# a request under way is finished, readiness fails meanwhile, nothing new is accepted
slow_upload
kill -TERM "$gateway"
eventually is 503 code "$PROBES/readyz"
is 200 code "$PROBES/healthz"
wait $upload || fail "the request under way failed: $(cat "$WORK/answer.err")"
is 2000 cat "$WORK/answer"
ends_with 0

# a second signal does not wait
serve
slow_upload
kill -TERM "$gateway"
eventually is 503 code "$PROBES/readyz"
kill -TERM "$gateway"
ends_with 143
wait $upload || true
