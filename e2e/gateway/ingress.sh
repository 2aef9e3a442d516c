#!/bin/bash
# An Ingress with hosts, path types and default backends leads where Kubernetes says.
. "$(dirname "$0")/../lib.sh"

workload one v1
workload two v2
k create -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: paths}
spec:
  rules:
  - host: paths.e2e.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: one, port: {name: http}}}}
      - {path: /two, pathType: Prefix, backend: {service: {name: two, port: {number: 80}}}}
      - {path: /two/exactly, pathType: Exact, backend: {service: {name: one, port: {number: 80}}}}
      - {path: /loose, pathType: ImplementationSpecific, backend: {service: {name: two, port: {number: 80}}}}
  - host: "*.wild.e2e.example"
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: two, port: {number: 80}}}}]}
YAML

eventually is v1 get paths.e2e.example /
eventually is v2 get paths.e2e.example /two
is v2 get paths.e2e.example /two/
is v2 get paths.e2e.example /two/more
is v1 get paths.e2e.example /twofold
is v1 get paths.e2e.example /two/exactly
is v2 get paths.e2e.example /two/exactly/not
is v2 get paths.e2e.example /loose
is v1 get paths.e2e.example:8080 /
is v1 get PATHS.e2e.example /
is v2 get a.wild.e2e.example /
is 404 status a.b.wild.e2e.example /
is 404 status wild.e2e.example /
is 404 status unknown.e2e.example /

k annotate ingress paths note=x
k delete ingress paths
eventually is 404 status paths.e2e.example /
