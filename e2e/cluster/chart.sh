#!/bin/bash
# needs: rules
# A real API server takes every distinct object of every variant of the chart, and grants the gateway's account what it should.
. "$(dirname "$0")/../lib.sh"
python=.build/tools/venv/bin/python

mapfile -t kinds < <("$KUBECTL" api-resources --no-headers | awk '{ print $NF }' | sort -u)
$python charts/tests/objects.py "${kinds[@]}" >"$WORK/objects.yaml" 2>"$WORK/summary"
cat "$WORK/summary"
is '' bash -c "grep '^rendered only' '$WORK/summary' | grep -vE ' (PrometheusRule|ServiceMonitor)$'"
for namespace in martlet-system shop web; do "$KUBECTL" create namespace $namespace; done
"$KUBECTL" apply --dry-run=server -o name -f "$WORK/objects.yaml" >"$WORK/created"
is "$(sed -n 's/^given: //p' "$WORK/summary" | awk '{ sum += $1 } END { print sum }')" awk 'END { print NR }' "$WORK/created"

"$KUBECTL" delete namespace martlet-system
"$KUBECTL" apply -f manifests/
can() { "$KUBECTL" auth can-i --as system:serviceaccount:martlet-system:martlet "$@" || true; }
is yes can watch secrets --namespace shop
is yes can patch ingresses --subresource status --namespace shop
is yes can update leases.coordination.k8s.io/martlet-leader --namespace martlet-system
is no can update leases.coordination.k8s.io/other --namespace martlet-system
is no can get secrets --namespace shop
is no can create secrets --namespace martlet-system
is no can update ingresses --namespace shop
is no can delete pods --namespace martlet-system

# the pod fits the standard that its namespace enforces
"$KUBECTL" -n martlet-system get deployment martlet -o json |
    jq '{apiVersion: "v1", kind: "Pod", metadata: {name: "probe", namespace: "martlet-system"}, spec: .spec.template.spec}' |
    "$KUBECTL" create --dry-run=server -f -
"$KUBECTL" delete -f manifests/20-martlet.yaml -f manifests/00-namespace.yaml
"$KUBECTL" delete namespace shop web
# The class is every script's.
"$KUBECTL" apply -f e2e/servers/class.yaml
