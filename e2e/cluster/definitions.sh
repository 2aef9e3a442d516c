#!/bin/bash
# A CustomResourceDefinition is a kind at once: validated, pruned, completed, printed, scaled, and gone with its definition.
. "$(dirname "$0")/../lib.sh"

group=$NAMESPACE.example
definition() {
    cat <<YAML
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.$group}
spec:
  group: $group
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wdg]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.count, statusReplicasPath: .status.count}}
    additionalPrinterColumns:
    - {name: Size, type: string, jsonPath: .spec.size}
    - {name: Count, type: integer, jsonPath: .spec.count, priority: 1}
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            description: What the widget is.
            required: [size]
            properties:
              size: {type: string, enum: [small, large], description: How large it is.}
              count: {type: integer, minimum: 0, default: 3}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
YAML
}
widget() { # NAME YAML of spec
    k create --validate="${3:-true}" -f - <<YAML
apiVersion: $group/v1
kind: Widget
metadata: {name: $1}
spec: $2
YAML
}

definition | k apply -f -
k wait --for=condition=Established "crd/widgets.$group" --timeout=10s
eventually has created widget one '{size: small}'
has '^NAME +SIZE' k get widgets
has '^one +small +3' k get "widgets.$group" -o wide
has 'How large it is' k explain widgets.spec
has 'spec.size' widget two '{size: huge}'
has 'spec.count' widget two '{size: small, count: -1}' false
has 'spec' widget two '{}'
has 'unknown field' widget two '{size: small, sise: large}'
has created widget two '{size: small, sise: large}' false
is '{"count":3,"size":"small"}' bash -c "'$KUBECTL' -n '$NAMESPACE' get widget two -o json | jq -cS .spec"
k scale widget one --replicas=5
is 5 k get widget one -o 'jsonpath={.spec.count}'
is 3 k get widget two -o 'jsonpath={.spec.count}'
k patch widget one --type merge -p '{"status": {"count": 9}}'
is '' k get widget one -o 'jsonpath={.status}'
definition | k delete -f -
has 'the server doesn|could not find|not found' k get "widgets.$group"
