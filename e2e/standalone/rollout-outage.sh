#!/bin/bash
# The API server dies in the middle of a step, and then the new version: the gateway takes it back on its own figures, and does not give it anything
# again when it is well. With the API server there again, the status says what happened.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/../lib-rollouts.sh"
NAMESPACE=default host=shop.example.com

sample v1 && one=$port
sample v2 && two=$port sample_two=$started
api=$(free_port)
api_server dev
# shellcheck disable=SC1091 # written by martlet dev
. "$WORK/state/env"
{ edge_class; service one "$one"; service two "$two"; } | "$KUBECTL" apply -f -
edge_home
edge_gateway gateway
HTTP=127.0.0.1:$http
arms 'weight: 1, backendRefs: [{name: one, port: 80}]' 'weight: 0, backendRefs: [{name: two, port: 80}]' edge
k apply -f - <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {name: shop}
  stable: stable
  canary: canary
  revision: v1
  strategy: {steps: [{setWeight: 50, analysis: true, pause: {duration: 1h}}, {setWeight: 100}]}
  analysis: {interval: 1s, minRequests: 20, failureLimit: 1, metrics: [{name: success-rate, min: "95"}]}
YAML
eventually is Healthy field phase
eventually is 'v1=50 ' answers 50
revision v2
eventually is 50 field canaryWeight
eventually has 'v1=.* v2=' answers 100

end_api_server
load() { while [ ! -e "$WORK/enough" ]; do answers 50 >/dev/null; done; }
load &
pids+=("$!")
# Nothing of it matters as long as the version is good.
sleep 4
has 'v1=.* v2=' answers 100
kill -KILL "$sample_two"
eventually is 'v1=100 ' answers 100
has 'a revision is taken back by this replica' cat "$WORK/gateway.log"

# It is well again, and gets nothing.
start sample-again sample --version v2 --listen "127.0.0.1:$two"
eventually is v2 curl -sS "http://127.0.0.1:$two/"
sleep 4
is 'v1=100 ' answers 100

api_server dev-2
eventually "$KUBECTL" get namespaces
# The Lease has to be won again first.
for _ in $(seq 3); do (eventually is RolledBack field outcome) 2>/dev/null && break; done
is RolledBack field outcome
has 'Revision v2 was taken back' field message
is 'v1=100 ' answers 100
touch "$WORK/enough"
