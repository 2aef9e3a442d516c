#!/bin/bash
# How far two replicas are apart when a Service is switched: prints the milliseconds between the first answer of the new version at the one and at
# the other, over twenty switches. No request fails meanwhile.
. "$(dirname "$0")/lib-standalone.sh"

edge_cluster
"$KUBECTL" create namespace edge
cp "$KUBECONFIG" "$WORK/kubeconfig"
"$KUBECTL" --kubeconfig "$WORK/kubeconfig" config set-context --current --namespace edge
# replica NAME: a gateway; its port for HTTP is in $http
replica() {
    http=$(free_port)
    POD_NAME='' start "$1" serve --kubeconfig "$WORK/kubeconfig" --http "127.0.0.1:$http" --https none --admin 127.0.0.1:0 --workers 1 \
        --ingress-class edge --controller-name example.com/edge --access-log none --drain-delay 0 --allow-loopback
}
replica one && one=$http
replica two && two=$http
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
