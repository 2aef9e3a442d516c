#!/bin/bash
# Endpoints that are written by hand for a Service without a selector become EndpointSlices, and follow.
# needs: controllers
. "$(dirname "$0")/../lib.sh"

k create -f - <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: outside}
spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: outside}
subsets:
- addresses: [{ip: 192.0.2.1}, {ip: 192.0.2.2}]
  ports: [{name: http, port: 8080}]
YAML
# In whatever order the slices list them.
addresses() {
    k get endpointslices -l "kubernetes.io/service-name=outside" -o 'jsonpath={.items[*].endpoints[*].addresses[0]}' | tr ' ' '\n' | sort | xargs
}
eventually is '192.0.2.1 192.0.2.2' addresses
is endpointslicemirroring-controller.k8s.io k get endpointslices -l kubernetes.io/service-name=outside \
    -o 'jsonpath={.items[0].metadata.labels.endpointslice\.kubernetes\.io/managed-by}'
k patch endpoints outside --type json -p '[{"op": "remove", "path": "/subsets/0/addresses/0"}]'
eventually is 192.0.2.2 addresses
k delete endpoints outside
eventually is '' addresses
