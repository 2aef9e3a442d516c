#!/bin/bash
# A gateway that begins while the API server is gone serves the last good state, where endpoints answer; then what the API server says.
. "$(dirname "$0")/lib-snapshot.sh"

sample v1 && one=$port
sample v2 && two=$port && second=$started
api_server dev-1
{ service one "$one"; ingress web gone.example.com one; service two "$two"; ingress other other.example.com two; } | k apply -f -
serve gateway-1
eventually is v1 get gone.example.com /
eventually is v2 get other.example.com /
eventually test -e "$(snapshot)"
# the state is kept while it is served, not only at the end
eventually grep -q other.example.com "$(snapshot)"
is 700 stat -c %a "$SNAPSHOTS"
is 600 stat -c %a "$(snapshot)"
eventually is 1 metric 'martlet_snapshot_writes_total{result="ok"}'
is 0 metric martlet_serving_snapshot
snapshot_of_config() { curl -sS "http://$ADMIN/config" | python3 -c 'import json, sys; s = json.load(sys.stdin)["snapshot"]; print(s["serving"], s["directory"])'; }
is "False $SNAPSHOTS" snapshot_of_config

end_api_server
end_gateway KILL
kill "$second" && wait "$second" || true

# ready within two seconds, and from then on every request is answered
began=$(date +%s%N)
serve gateway-2
until [ "$(readyz)" = 200 ]; do [ $(($(date +%s%N) - began)) -lt 5000000000 ] || fail "not ready: $(cat "$WORK/gateway-2.log")"; sleep 0.02; done 2>/dev/null
took=$((($(date +%s%N) - began) / 1000000))
for _ in $(seq 100); do is v1 get gone.example.com /; done
echo "ready from the snapshot after $took ms"
[ $took -lt 2000 ] || fail "ready only after $took ms"
is 1 metric martlet_serving_snapshot
[ "$(metric martlet_snapshot_age_seconds)" -lt 30 ] || fail "the age is $(metric martlet_snapshot_age_seconds)"
is "True $SNAPSHOTS" snapshot_of_config
has 'the last good state is served .*endpoints=[0-9]+ answering=[0-9]+' cat "$WORK/gateway-2.log"

# where nobody accepts connections nobody is sent; once somebody does, requests go there
is 503 status other.example.com /
is '503 NoEndpoints' get other.example.com /
start sample-again sample --version v3 --listen "127.0.0.1:$two"
eventually is v3 get other.example.com /

# the API server comes back: what it says replaces the snapshot as a whole, and not a request fails on the way
touch "$WORK/asking"
(while [ -e "$WORK/asking" ]; do is v1 get gone.example.com /; done) 2>"$WORK/failures" &
asking=$!
api_server dev-2
eventually is 0 metric martlet_serving_snapshot
{ ingress new new.example.com one; } | k apply -f -
eventually is v1 get new.example.com /
k delete ingress other
eventually is 404 status other.example.com /
rm "$WORK/asking"
wait $asking || fail "while the API server came back: $(cat "$WORK/failures")"
has 'the api server is back' cat "$WORK/gateway-2.log"
end_gateway TERM
