#!/bin/bash
# A Rollout divides the requests of a Service, for an Ingress and a Route that lead there alike: it is judged, promoted, goes the other way, is
# taken back, and lets go when it is deleted.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../lib-rollouts.sh"

workload one v1
workload two v2
host=$NAMESPACE.example
k apply -f - <<YAML
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules: [{host: $host, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: one, port: {number: 80}}}}]}}]
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: shop}
spec:
  hostnames: [route.$host]
  rules:
  - name: all
    backendRefs: [{name: one, port: 80}]
    timeouts: {request: 30s}
YAML
# rollout REVISION [STATUS CODE PATH]
rollout() {
    k apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {kind: Service, name: one}
  stable: one
  canary: two
  revision: $1
  strategy: {steps: [{setWeight: 50, analysis: true, pause: {duration: 1s}}, {setWeight: 80, pause: {}}, {setWeight: 100}]}
  analysis: {interval: 1s, minRequests: 50, metrics: [{name: success-rate, min: "95"}, {name: latency-p99, max: 20s}]}
YAML
}
# of HOST REQUESTS: how often each answer of that host came
of() { local host=$1 && answers "$2"; }

eventually is 'v1=20 ' of "$host" 20
eventually is 'v1=20 ' of "route.$host" 20
rollout v1
eventually is Healthy field phase
is 'v1=20 ' of "$host" 20
has '^shop +one +Healthy' k get mrollout

# Both ways there count for it.
rollout v2
eventually is 50 field canaryWeight
# load FILE [PATH]: asks for it at both hosts until the file is there
load() { while [ ! -e "$WORK/$1" ]; do for each in "$host" "route.$host"; do curl -sS -m 30 -o /dev/null -H "Host: $each" "http://$HTTP/${2:-}?[1-50]"; done; done; }
load enough &
eventually is 2/3 field progress
touch "$WORK/enough"
wait $!
has 'success-rate 100 % of [0-9]+ requests' field analysis.message
for each in "$host" "route.$host"; do has 'v1=.* v2=' of "$each" 200; done
has "^martlet_service_requests_total\{rule=\"Service/$NAMESPACE/one\",arm=\"two\",code=\"2xx\"\} [1-9]" curl -sS "http://$ADMIN/metrics"
"$MARTLET" rollout promote shop -n "$NAMESPACE"
eventually is Promoted field outcome
for each in "$host" "route.$host"; do eventually is 'v2=50 ' of "$each" 50; done
is two field stableArm

# The next one comes into the Service that is idle, which routes still name; its pods are asked for a path that fails.
rollout v3
eventually is one field canaryArm
load worse 'status/500' &
eventually is RolledBack field outcome
touch "$WORK/worse"
wait $!
for each in "$host" "route.$host"; do eventually is 'v2=50 ' of "$each" 50; done

# Mistakes have a field and a remedy.
k annotate service one martlet.dev/switch-to=two
eventually has "Service .*/one sends everything to 'two'; remove the annotation" field message
k annotate service one martlet.dev/switch-to-
eventually is Degraded field phase
k delete rollouts.martlet.dev shop
for each in "$host" "route.$host"; do eventually is 'v1=50 ' of "$each" 50; done
has RolloutRemoved k describe service one
