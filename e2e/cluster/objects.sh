#!/bin/bash
# The daily work with kubectl against the embedded API server: every command does what it does with Kubernetes.
. "$(dirname "$0")/../lib.sh"

manifest() {
    cat <<YAML
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: web}}
data: {colour: $1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: $2, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: objects.e2e.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: $2}}}}]}
YAML
}
value() { k get "$1" "$2" -o "jsonpath={$3}"; }

# apply, three times: new, the same, changed
has '^service/web created' k apply -f - < <(manifest red 80)
has '^service/web unchanged' k apply -f - < <(manifest red 80)
has '^configmap/settings configured' k apply -f - < <(manifest blue 81)
is blue value configmap settings .data.colour
is 81 value service web '.spec.ports[*].port'
has '"blue"|colour: blue' k apply view-last-applied configmap settings
k diff -f - < <(manifest green 81) >"$WORK/diff" && fail 'diff saw no difference'
grep -q '^+.*green' "$WORK/diff" || fail "diff printed $(cat "$WORK/diff")"
is blue value configmap settings .data.colour

# get: tables, wide, yaml, names, selectors, several kinds
has '^web +ClusterIP +10\.96\.[0-9.]+ +<none> +81/TCP +[0-9]+s' k get service
has 'app=web$' k get services -o wide
has '^web +<none> +objects.e2e.example .* 80 ' k get ingress
has '^ +colour: blue' k get configmap settings -o yaml
has '"colour": "blue"' k get configmap settings -o json
is configmap/settings k get configmaps -l 'app in (web,api),!canary' -o name
is '' k get configmaps -l 'app!=web' -o name
is service/web k get services --field-selector metadata.name=web -o name
has '^service/web' k get configmaps,services,ingresses
has "^$NAMESPACE +web " k get services --all-namespaces --chunk-size=1

# describe and explain
has '^Port: +http +81/TCP' k describe service web
has 'objects.e2e.example' k describe ingress web
has 'ports' k explain service.spec
has 'backendRefs' k explain route.spec.rules

# create, label, annotate, patch in three formats, edit
has 'created' k create configmap made --from-literal=a=1
has 'already exists' k create configmap made --from-literal=a=1
k label configmap made tier=x
k label --overwrite configmap made tier=y
is y value configmap made .metadata.labels.tier
k annotate configmap made note=one
k annotate configmap made note-
is '' value configmap made .metadata.annotations.note
k patch configmap made --type=merge -p '{"data": {"b": "2", "a": null}}'
is 2 value configmap made '.data.*'
k patch configmap made --type=json -p '[{"op": "add", "path": "/data/c", "value": "3"}, {"op": "test", "path": "/data/b", "value": "2"}]'
k patch service web -p '{"spec": {"ports": [{"port": 90, "name": "more"}]}}'
is '81 90' k get service web -o 'jsonpath={.spec.ports[?(@.port==81)].port} {.spec.ports[?(@.port==90)].port}'
KUBE_EDITOR='sed -i s/blue/green/' k edit configmap settings
is green value configmap settings .data.colour

# scale, and the pods that follow
workload one v1
k scale deployment one --replicas=2
k wait --for=condition=Available deployment/one --timeout=30s
k rollout status deployment one --timeout=30s
eventually has '^deployment.apps/one +2/2' k get all
is yes k auth can-i create deployments
has '\*\.\*' k auth can-i --list

# a dry run changes nothing, deletion deletes
k delete configmap made --dry-run=server
is configmap/made k get configmap made -o name
k delete configmap made
has 'configmaps "made" not found' k get configmap made
k delete deployment one --cascade=foreground --timeout=30s
eventually is '' k get pods,replicasets -o name
k delete -f - < <(manifest blue 81)

# a namespace takes everything with it
"$KUBECTL" create namespace "$NAMESPACE-gone"
"$KUBECTL" -n "$NAMESPACE-gone" create configmap a
"$KUBECTL" delete namespace "$NAMESPACE-gone" --timeout=30s
has 'not found' "$KUBECTL" -n "$NAMESPACE-gone" create configmap b
