#!/bin/bash
# A namespace takes everything with it; while it ends, nothing new comes in.
# needs: controllers
. "$(dirname "$0")/../lib.sh"

other=$NAMESPACE-gone
"$KUBECTL" create namespace "$other"
"$KUBECTL" -n "$other" create configmap a
"$KUBECTL" -n "$other" create -f - <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: held, finalizers: [e2e.martlet.dev/held]}
YAML
"$KUBECTL" delete namespace "$other" --wait=false
is Terminating "$KUBECTL" get namespace "$other" -o 'jsonpath={.status.phase}'
has 'forbidden.*being terminated' "$KUBECTL" -n "$other" create configmap b
eventually has 'configmaps "a" not found' "$KUBECTL" -n "$other" get configmap a
"$KUBECTL" -n "$other" patch configmap held --type=merge -p '{"metadata": {"finalizers": null}}'
"$KUBECTL" wait --for=delete "namespace/$other" --timeout=60s || true
eventually has 'not found' "$KUBECTL" get namespace "$other"
has 'not found' "$KUBECTL" -n "$other" create configmap b
