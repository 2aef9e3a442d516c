#!/bin/bash
# An ABTest takes whom it is for and nobody else, is judged by their requests, and moves everybody at its end or takes them back. Steps of a
# canary may match too.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../lib-rollouts.sh"

workload one v1
workload two v2
host=$NAMESPACE.example
# route [BACKEND]: further backends of the arm stable
route() { arms "weight: 1, backendRefs: [{name: one, port: 80}${1:-}]" 'weight: 1, backendRefs: [{name: two, port: 80}]'; }
# rollout REVISION STRATEGY
rollout() {
    k apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {name: shop}
  stable: stable
  canary: canary
  revision: $1
  strategy: {$2}
  analysis: {interval: 1s, minRequests: 30, metrics: [{name: success-rate, min: "95"}]}
YAML
}
test='type: ABTest, match: [{headers: [{name: x-group, value: b}]}, {cookies: [{name: group, value: b}]}], duration: 2s, iterations: 2'

route
eventually has . get "$host" /
rollout v1 "$test"
eventually is Healthy field phase
eventually is 'v1=50 ' answers 50
is 'v1=10 ' answers 10 -H 'x-group: b'

rollout v2 "$test"
eventually is 'v2=10 ' answers 10 -H 'x-group: b'
eventually is 'v2=10 ' answers 10 -H 'cookie: a=1; group=b'
is 'v1=50 ' answers 50 -H 'x-group: a'
is 0 field canaryWeight
has 'requests that match, and no others, go to revision v2 in arm canary, for 2s and until they are judged well 2 times' field message
# Nothing is over without their requests.
sleep 3
is 1/1 field progress
load() { while [ ! -e "$WORK/$1" ]; do answers 50 -H 'x-group: b' >/dev/null; done; }
load enough &
eventually is Promoted field outcome
touch "$WORK/enough"
wait $!
eventually is 'v2=50 ' answers 50

# The next test is of the other arm, where every second answer is an error now.
route ', {name: gone, port: 80}'
rollout v3 "$test"
load worse &
eventually is RolledBack field outcome
touch "$WORK/worse"
wait $!
has 'Revision v3 was taken back.*success-rate' field message
eventually is 'v2=20 ' answers 20 -H 'x-group: b'

# A canary that begins with testers.
route
rollout v3 'steps: [{match: [{headers: [{name: x-tester, type: Present}]}], pause: {}}, {setWeight: 50, match: [], pause: {}}, {setWeight: 100}]'
rollout v4 'steps: [{match: [{headers: [{name: x-tester, type: Present}]}], pause: {}}, {setWeight: 50, match: [], pause: {}}, {setWeight: 100}]'
eventually is 'v1=10 ' answers 10 -H 'x-tester: me'
is 'v2=50 ' answers 50
"$MARTLET" rollout promote shop -n "$NAMESPACE"
eventually has 'v1=.* v2=' answers 200
has 'v1=.* v2=' answers 100 -H 'x-tester: me'
k delete rollouts.martlet.dev shop
eventually has 'v1=.* v2=' answers 200 -H 'x-tester: me'

# Mistakes have a field and a remedy.
rollout v4 'type: ABTest, duration: 1h'
eventually has 'spec.strategy.match: Nothing says whom the ABTest is for' field message
