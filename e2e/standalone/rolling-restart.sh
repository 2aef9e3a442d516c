#!/bin/bash
# Two gateways are restarted one after the other under load: clients that keep their connections and follow readiness see no failure.
. "$(dirname "$0")/lib-standalone.sh"

sample v1
folder=$WORK/manifests
mkdir "$folder"
{ service one "$port"; ingress web web.example.com one; } >"$folder/all.yaml"
http=() admin=() gateway=()
for i in 0 1; do http[i]=127.0.0.1:$(free_port) admin[i]=127.0.0.1:$(free_port); done
# serve I: starts the gateway I
serve() {
    start "gateway-$1" serve --manifests "$folder" --http "${http[$1]}" --https 127.0.0.1:0 --admin "${admin[$1]}" --workers 1 \
        --access-log none --drain-delay 1500ms --drain-timeout 10s
    gateway[$1]=$started
    eventually is 200 curl -sS -o "$WORK/readyz" -w '%{http_code}' "http://${admin[$1]}/readyz"
}
serve 0
serve 1

python3 "$(dirname "$0")/rolling_client.py" "${http[0]}=${admin[0]}" "${http[1]}=${admin[1]}" >"$WORK/counts" 2>"$WORK/failures" &
client=$!
pids+=("$client")
for round in 1 2; do
    for i in 0 1; do
        kill -TERM "${gateway[i]}"
        code=0
        wait "${gateway[i]}" || code=$?
        [ $code -eq 0 ] || fail "round $round: gateway $i ended with $code: $(cat "$WORK/gateway-$i.log")"
        grep -q 'ended, all requests finished finished=[0-9]* cut=0' "$WORK/gateway-$i.log" || fail "gateway $i does not say how it ended"
        serve $i
    done
done
kill -TERM $client
wait $client || fail "the client ended: $(cat "$WORK/failures")"
cat "$WORK/counts"
grep -q ' failed=0 ' "$WORK/counts" || fail "requests failed: $(cat "$WORK/counts" "$WORK/failures")"
requests=$(sed 's/requests=\([0-9]*\).*/\1/' "$WORK/counts")
[ "$requests" -gt 500 ] || fail "only $requests requests: that is no load"
# Each of the four restarts made clients come back, and between them they kept what they had.
requests=$(sed -n 's/.*requests=\([0-9]*\).*/\1/p' "$WORK/counts") connections=$(sed -n 's/.*connections=\([0-9]*\).*/\1/p' "$WORK/counts")
[ "$connections" -ge 24 ] || fail "the clients did not come back: $connections connections"
[ "$requests" -ge $((10 * connections)) ] || fail "the clients kept nothing: $requests requests over $connections connections"
