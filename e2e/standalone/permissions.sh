#!/bin/bash
# What a gateway asks of an API server is what the chart grants in that scope: nothing is missing, and nothing superfluous.
. "$(dirname "$0")/lib-standalone.sh"
python=.build/tools/venv/bin/python

edge_cluster

# objects: with something to say in a status and in an Event, and a Service whose pods a Rollout reads
objects() {
    cat <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: edge
  rules: [{host: web.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ghost, port: {number: 80}}}}]}}]
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: web}
spec:
  ingressClassName: edge
  hostnames: [route.example.com]
  rules:
  - split:
      arms:
      - {name: one, weight: 1, backendRefs: [{name: arms, port: 80}]}
      - {name: two, weight: 0, backendRefs: [{name: arms, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: arms}
spec: {selector: {app: arms}, ports: [{port: 80}]}
---
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: web}
spec: {targetRef: {name: web}, stable: one, canary: two, strategy: {type: BlueGreen}}
YAML
}

# asked_or_ended PATTERN RECORD PID
asked_or_ended() { grep -q "$1" "$2" || ! kill -0 "$3" 2>/dev/null; }

# serve_once SCOPE: until everything that can be written was written, then to its end
serve_once() {
    local arguments gateway
    mapfile -t arguments < <($python charts/tests/asked.py "$1" arguments)
    start "gateway-$1" serve --kubeconfig "$WORK/door" --http 127.0.0.1:0 --https 127.0.0.1:0 --admin 127.0.0.1:0 --peer 127.0.0.1:0 --drain-delay 0 "${arguments[@]}"
    gateway=$started
    eventually asked_or_ended '"ingresses/status", "patch"' "$WORK/record-$1" "$gateway"
    kill -0 "$gateway" 2>/dev/null || fail "the gateway did not start: $(tail -n 5 "$WORK/gateway-$1.log")"
    eventually grep -q '"routes/status", "patch"' "$WORK/record-$1"
    eventually grep -q '"rollouts/status", "patch"' "$WORK/record-$1"
    eventually grep -q '"pods", "watch"' "$WORK/record-$1"
    [ -n "${2:-}" ] || eventually has event/ "$KUBECTL" -n shop get events -o name
    eventually grep -q '"secrets", "patch", "martlet-system", "martlet-peers"' "$WORK/record-$1"
    eventually has Programmed "$KUBECTL" -n shop get routes web -o "jsonpath={.status.parents[*].conditions[*].type}"
    [ -z "${2:-}" ] || eventually grep -q '"events", "patch"' "$WORK/record-$1"
    kill -TERM "$gateway"
    wait "$gateway" || fail "the gateway ended badly: $(tail -n 5 "$WORK/gateway-$1.log")"
}

for scope in cluster namespaces named-secrets-in-namespaces; do
    namespaces=(martlet-system shop web)
    for namespace in "${namespaces[@]}"; do "$KUBECTL" create namespace "$namespace"; done
    $python charts/tests/asked.py $scope objects | "$KUBECTL" apply -f -
    objects | "$KUBECTL" -n shop apply -f -
    port=$(free_port)
    cat >"$WORK/door" <<YAML
apiVersion: v1
kind: Config
current-context: door
contexts: [{name: door, context: {cluster: door, user: nobody, namespace: martlet-system}}]
clusters: [{name: door, cluster: {server: "http://127.0.0.1:$port"}}]
users: [{name: nobody, user: {}}]
YAML
    $python charts/tests/recording_proxy.py "$KUBECONFIG" "$port" "$WORK/record-$scope" >"$WORK/door-$scope.log" 2>&1 &
    pids+=($!)
    eventually test -e "$WORK/record-$scope"
    serve_once $scope
    # What was said long ago is counted up: the same Events again.
    for event in $("$KUBECTL" -n shop get events -o name); do
        "$KUBECTL" -n shop patch "$event" --type merge -p '{"lastTimestamp": "2020-01-01T00:00:00Z"}'
    done
    serve_once $scope again
    $python charts/tests/asked.py $scope compare "$WORK/record-$scope"
    "$KUBECTL" delete namespace "${namespaces[@]}"
done
