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
has '^web +ClusterIP +[0-9a-f.:]+ +<none> +81/TCP +[0-9]+s' k get service
has 'app=web$' k get services -o wide
has '^web +martlet +objects.e2e.example .* 80 ' k get ingress
has '^ +colour: blue' k get configmap settings -o yaml
has '"colour": "blue"' k get configmap settings -o json
is configmap/settings k get configmaps -l 'app in (web,api),!canary' -o name
is '' k get configmaps -l 'app,app!=web' -o name
is service/web k get services --field-selector metadata.name=web -o name
has '^service/web' k get configmaps,services,ingresses
has "^$NAMESPACE +web " k get services --all-namespaces --chunk-size=1

# describe
has '^Port: +http +81/TCP' k describe service web
has 'objects.e2e.example' k describe ingress web

# what is allowed, a dry run, a replacement, an edit, a deletion
is yes k auth can-i create deployments
has '\*\.\*' k auth can-i --list
k delete configmap settings --dry-run=server
k apply --dry-run=server -f - < <(manifest green 82)
is blue value configmap settings .data.colour
k replace -f - < <(manifest green 82)
is green value configmap settings .data.colour
KUBE_EDITOR="sed -i 's/port: 82/port: 83/'" k edit service web
is 83 value service web '.spec.ports[*].port'
k delete -f - < <(manifest blue 81)
has 'configmaps "settings" not found' k get configmap settings
