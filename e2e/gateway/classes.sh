#!/bin/bash
# Only Ingresses of our class are served: by field, by the old annotation, by the default class.
. "$(dirname "$0")/../lib.sh"

workload one v1
ingress() { # NAME HOST [YAML of metadata] [YAML of spec]
    k create -f - <<YAML
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: $1, $3}
spec: {$4 rules: [{host: $2, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: one, port: {number: 80}}}}]}}]}
YAML
}
ingress ours ours.class.example '' 'ingressClassName: martlet,'
ingress legacy legacy.class.example 'annotations: {kubernetes.io/ingress.class: martlet}' ''
ingress default default.class.example '' ''
ingress others others.class.example '' 'ingressClassName: nginx,'
ingress older older.class.example 'annotations: {kubernetes.io/ingress.class: nginx}' ''

eventually is v1 get ours.class.example /
eventually is v1 get legacy.class.example /
eventually is v1 get default.class.example /
is 404 status others.class.example /
is 404 status older.class.example /
eventually has '127\.0\.0\.1|[0-9a-z]' k get ingress ours -o 'jsonpath={.status.loadBalancer.ingress}'
is '' k get ingress others -o 'jsonpath={.status.loadBalancer.ingress}'
