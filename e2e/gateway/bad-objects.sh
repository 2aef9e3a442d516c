#!/bin/bash
# One bad object breaks only its own rule, and the status and Events say why.
. "$(dirname "$0")/../lib.sh"

workload one v1
host=bad.e2e.example
k create -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: half}
spec:
  hostnames: [$host]
  rules:
  - {name: good, matches: [{path: {type: PathPrefix, value: /good}}], backendRefs: [{name: one, port: 80}]}
  - {name: nobody, matches: [{path: {type: PathPrefix, value: /nobody}}], backendRefs: [{name: ghost, port: 80}]}
  - {name: port, matches: [{path: {type: PathPrefix, value: /port}}], backendRefs: [{name: one, port: 8081}]}
  - {name: regex, matches: [{path: {type: RegularExpression, value: "/(unclosed"}}], backendRefs: [{name: one, port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ghost}
spec:
  rules:
  - host: ingress.$host
    http:
      paths:
      - {path: /good, pathType: Prefix, backend: {service: {name: one, port: {number: 80}}}}
      - {path: /ghost, pathType: Prefix, backend: {service: {name: ghost, port: {number: 80}}}}
      - {path: /thing, pathType: Prefix, backend: {resource: {kind: Bucket, name: b, apiGroup: example.com}}}
YAML

eventually is v1 get $host /good
is 500 status $host /nobody
is 500 status $host /port
eventually is v1 get ingress.$host /good
is 500 status ingress.$host /ghost
is 500 status ingress.$host /thing
is v1 get ingress.$host /good
eventually has 'ResolvedRefs.*False|False.*ResolvedRefs' k get routes.martlet.dev half -o 'jsonpath={.status.parents[*].conditions}'
eventually has 'has no port 8081' k get routes.martlet.dev half -o yaml
eventually has 'ghost' k get events

# an object that the schema refuses never gets in
k create -f - 2>"$WORK/refused" <<'YAML' && fail 'the API server accepted nonsense'
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: nonsense}
spec: {rules: [{backendRefs: [{name: one, port: eighty}]}]}
YAML
grep -q 'spec.rules' "$WORK/refused" || fail "no field is named: $(cat "$WORK/refused")"

# a repair is served at once
k delete routes.martlet.dev half
workload ghost v3
eventually is v3 get ingress.$host /ghost
