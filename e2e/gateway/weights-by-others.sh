#!/bin/bash
# A controller that knows nothing of Rollouts moves requests: by the weight of an arm, by a canary's annotation, by a Service's selector. Each change is
# obeyed, no connection is closed by it, and a Rollout that names the rule makes its weights count instead.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../lib-rollouts.sh"

workload web-v1 v1
workload web-v2 v2
host=$NAMESPACE.example
sed "s/namespace: default/namespace: $NAMESPACE/; s/ingressClassName: .*//; s/weights.example.com/$host/" examples/weights-by-others.yaml | k apply -f -
eventually is v1 get "$host" /
# weight OF-CANARY: as docs/rollouts.md has it
weight() {
    k patch routes.martlet.dev weights --type=json -p '[{"op": "test", "path": "/spec/rules/0/split/arms/1/name", "value": "canary"},
        {"op": "replace", "path": "/spec/rules/0/split/arms/1/weight", "value": '"$1"'}]'
}
# between LOW HIGH: how many of 400 requests v2 answers, each without a cookie
between() {
    local count
    count=$(answers 400 | grep -o 'v2=[0-9]*' || true)
    count=${count#v2=}
    [ "${count:-0}" -ge "$1" ] && [ "${count:-0}" -le "$2" ]
}
soon() {
    for _ in $(seq 20); do "$@" && return; done
    fail "$*: $(answers 400)"
}

# One connection all the time, which no change may close.
python3 - "$HTTP" "$host" "$WORK" <<'PY' &
import http.client, os, sys
gateway, host, folder = sys.argv[1:4]
connection = http.client.HTTPConnection(gateway, timeout=10)
connection.connect()
sockets, bad = {connection.sock.fileno()}, 0
while not os.path.exists(folder + "/enough"):
    connection.request("GET", "/", headers={"Host": host})
    answer = connection.getresponse()
    answer.read()
    bad += answer.status != 200
    if connection.sock is None:
        sys.exit("the gateway closed the connection")
sys.exit(f"{bad} requests failed" if bad else 0)
PY
connection=$!
is 400 eval "answers 400 | sed 's/v1=\([0-9]*\) /\1/'"
weight 100
soon between 140 260
weight 300
soon between 245 355
k patch routes.martlet.dev weights --type=json -p '[{"op": "replace", "path": "/spec/rules/0/split/arms/0/weight", "value": 0}]'
soon between 400 400
k patch routes.martlet.dev weights --type=json -p '[{"op": "replace", "path": "/spec/rules/0/split/arms/0/weight", "value": 1}]'
weight 0
soon between 0 0
# A patch that means another arm does nothing.
k patch routes.martlet.dev weights --type=json -p '[{"op": "test", "path": "/spec/rules/0/split/arms/1/name", "value": "blue"},
    {"op": "replace", "path": "/spec/rules/0/split/arms/1/weight", "value": 9}]' &&
    fail 'an arm of another name was changed'

# A Rollout that names the rule has the weights: whoever else patches them changes what comes after it.
k apply -f - <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {name: weights, sectionName: all}
  stable: stable
  canary: canary
  revision: v1
  strategy: {steps: [{setWeight: 100, pause: {}}]}
YAML
eventually is Healthy field phase
weight 9
sleep 0.5
between 0 0 || fail 'weights of a Route that a Rollout moves were obeyed'
k delete rollouts.martlet.dev shop
soon between 320 395
weight 0
soon between 0 0

# The share of a canary, under a field manager of its own: who owns the rest of the Service keeps it.
k annotate service web-v1 martlet.dev/canaries=web-v2
# share PERCENT
share() {
    k apply --server-side --field-manager=another-controller -f - <<YAML
apiVersion: v1
kind: Service
metadata: {name: web-v2, annotations: {martlet.dev/canary-of: web-v1, martlet.dev/canary-weight: "$1"}}
YAML
}
share 50
soon between 140 260
share 20
soon between 32 128
share 0
soon between 0 0

# Selectors: what blue-green by others does. Endpoints are followed as always.
selector=$(k get service web-v2 -o 'jsonpath={.spec.selector}')
if [ -n "$selector" ]; then
    own=$(k get service web-v1 -o 'jsonpath={.spec.selector}')
    k patch service web-v1 --type=json -p "[{\"op\": \"replace\", \"path\": \"/spec/selector\", \"value\": $selector}]"
    soon between 400 400
    k patch service web-v1 --type=json -p "[{\"op\": \"replace\", \"path\": \"/spec/selector\", \"value\": $own}]"
    soon between 0 0
fi
touch "$WORK/enough"
wait $connection
