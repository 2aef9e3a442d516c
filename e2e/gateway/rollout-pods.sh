#!/bin/bash
# needs: pods
# Without a name of its own a revision is what the pods of an arm were made from: another template of the Deployment begins a cycle, and after
# it the other Deployment's does.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../lib-rollouts.sh"

workload blue v1
workload green v2
host=$NAMESPACE.example
k apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: shop}
spec:
  hostnames: [$host]
  rules:
  - name: all
    split:
      arms:
      - {name: blue, weight: 1, backendRefs: [{name: blue, port: 80}]}
      - {name: green, weight: 1, backendRefs: [{name: green, port: 80}]}
---
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {name: shop}
  stable: blue
  canary: green
  strategy: {type: BlueGreen, steps: [{setWeight: 0, pause: {}}, {setWeight: 100}]}
YAML
# made NAME: what the Deployment's pods are made from
made() { k get pods -l "app=$1" -o 'jsonpath={.items[0].metadata.labels.pod-template-hash}'; }
# serves NAME FIELD: what the Deployment's pods are made from stands in that field of the status
serves() { [ "$(made "$1")" = "$(field "$2")" ] || fail "pods of $1 are made from $(made "$1"), and $2 is $(field "$2")"; }
# renew NAME: another template
renew() { k patch deployment "$1" -p "{\"spec\": {\"template\": {\"metadata\": {\"annotations\": {\"try\": \"$RANDOM\"}}}}}"; }

eventually is Healthy field phase
eventually serves green revision
eventually serves blue stableRevision
eventually is v1 get "$host" /

renew green
eventually is Paused field phase
eventually serves green revision
is v1 get "$host" /
"$MARTLET" rollout promote shop -n "$NAMESPACE"
eventually is v2 get "$host" /
eventually is Promoted field outcome
is green field stableArm

# What was there before is nothing new.
sleep 1
is Healthy field phase
renew blue
eventually is Paused field phase
"$MARTLET" rollout promote shop -n "$NAMESPACE"
eventually is v1 get "$host" /
eventually is blue field stableArm
