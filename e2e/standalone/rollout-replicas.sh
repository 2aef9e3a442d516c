#!/bin/bash
# Two replicas obey the weights of one Rollout, and what the other one counted is judged by the leader. When the leader is killed in the middle
# of a step the other one goes on from the status, and takes a bad revision back by itself.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/../lib-rollouts.sh"
NAMESPACE=default host=shop.example.com

edge_cluster
edge_home
edge() { "$KUBECTL" -n edge "$@"; }

# replica NAME: a gateway; its process is in $started, its port for HTTP in $http, its admin port in $admin
replica() {
    port=$(free_port)
    edge_gateway "$1" --peer "127.0.0.1:$port"
    peer_endpoint "$1" "$port" | edge apply -f -
}
stat() { curl -sS -m 5 "http://127.0.0.1:$1/stats" | python3 -c "import json, sys; page = json.load(sys.stdin); print($2)"; }
# share PORT: how many of 200 requests to a replica v2 answered
share() {
    local urls=()
    for _ in $(seq 200); do urls+=("http://127.0.0.1:$1/"); done
    curl -sS -m 20 -H 'Host: shop.example.com' "${urls[@]}" | grep -c v2 || true
}
# between LOW HIGH COMMAND…
between() {
    local count
    count=$("${@:3}")
    [ "$count" -ge "$1" ] && [ "$count" -le "$2" ] || fail "${*:3} printed $count, expected $1 to $2"
}

replica one
one=$started one_http=$http one_admin=$admin
eventually is True stat "$one_admin" "page['leader']"
replica two
two_http=$http two_admin=$admin
eventually is serving stat "$one_admin" "[each['state'] for each in page['peers']['replicas'] if each['name'] == 'two'][0]"

arms 'weight: 0, backendRefs: [{name: web-v1, port: 80}]' 'weight: 1, backendRefs: [{name: web-v2, port: 80}]' edge
k apply -f - <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {name: shop}
  stable: stable
  canary: canary
  revision: v1
  strategy:
    steps:
    - {setWeight: 50, analysis: true, pause: {duration: 3s}}
    - {setWeight: 80, analysis: true, pause: {duration: 1h}}
    - {setWeight: 100}
  analysis:
    interval: 1s
    minRequests: 150
    metrics: [{name: success-rate, min: "99", compare: {maxDropPercent: "0.5"}}]
YAML
eventually is Healthy field phase
# The gateway of martlet dev leads as well, and leaves Rollouts of other classes alone.
grep -q 'a rollout moved' "$WORK/dev.log" && fail 'a gateway of another class moved it'
for port in "$one_http" "$two_http"; do eventually is 0 share "$port"; done

revision v2
eventually is 50 field canaryWeight
for port in "$one_http" "$two_http"; do eventually between 60 140 share "$port"; done
# From now on only the one that does not lead gets requests.
load() { while [ ! -e "$WORK/$1" ]; do share "$two_http" >/dev/null; done; }
load passed &
eventually is 2/3 field progress
eventually has '^Passed: success-rate 100 % of [0-9]+ requests' field analysis.message
touch "$WORK/passed"
wait $!

# The leader is killed.
kill -KILL "$one"
edge patch lease martlet-leader --type merge -p '{"spec": {"leaseDurationSeconds": 3}}'
eventually is True stat "$two_admin" "page['leader']"
is 2/3 field progress
is 80 field canaryWeight
eventually between 120 190 share "$two_http"

# What the new leader finds out by itself.
"$KUBECTL" patch routes.martlet.dev shop --type=json \
    -p '[{"op": "add", "path": "/spec/rules/0/split/arms/1/backendRefs/-", "value": {"name": "gone", "port": 80}}]'
load enough &
eventually is Degraded field phase
touch "$WORK/enough"
wait $!
eventually is 0 share "$two_http"
has 'Revision v2 was taken back' field message
