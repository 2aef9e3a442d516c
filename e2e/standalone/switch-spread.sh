#!/bin/bash
# How far two replicas are apart when a Service is switched: prints the milliseconds between the first answer of the new version at the one and at
# the other, over twenty switches. No request fails meanwhile.
. "$(dirname "$0")/lib-standalone.sh"

edge_cluster
edge_home
edge_gateway one && one=$http
edge_gateway two && two=$http
"$KUBECTL" apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: spread}
spec:
  ingressClassName: edge
  rules: [{host: spread.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web-v1, port: {number: 80}}}}]}}]
YAML
for port in "$one" "$two"; do eventually is v1 curl -sS -m 5 -H 'Host: spread.example.com' "http://127.0.0.1:$port/"; done
python3 "$(dirname "$0")/switch_spread.py" "$KUBECTL" spread.example.com "$one" "$two"
