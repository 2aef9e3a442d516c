#!/bin/bash
# A CustomResourceDefinition is served at once: validated, pruned, defaulted, printed, explained, and gone with its objects.
. "$(dirname "$0")/../lib.sh"

trap '"$KUBECTL" delete crd gadgets.e2e.example --ignore-not-found >/dev/null' EXIT
k apply -f - <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.e2e.example}
spec:
  group: e2e.example
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gg]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, maximum: 10, description: How large it is.}
              replicas: {type: integer, default: 3}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
YAML
k wait --for=condition=Established crd/gadgets.e2e.example --timeout=20s
gadget() { printf 'apiVersion: e2e.example/v1\nkind: Gadget\nmetadata: {name: %s}\nspec: %s\n' "$1" "$2"; }

k apply -f - < <(gadget good '{size: 3}')
has '^good +3$' k get gg
is 3 k get gadget good -o 'jsonpath={.spec.replicas}'
has 'How large it is' k explain gadget.spec.size
k scale gadget good --replicas=5
k patch gadget good --type=merge -p '{"spec": {"size": 4}}'
is '4 5 3' k get gadget good -o 'jsonpath={.spec.size} {.spec.replicas} {.metadata.generation}'
has 'Size: +4' k describe gadget good

has 'spec.size.*should be less than or equal to 10' k apply --validate=false -f - < <(gadget large '{size: 11}')
has 'spec.size: Required|missing required field "size"' k apply -f - < <(gadget none '{}')
has 'unknown field .*weight' k apply -f - < <(gadget odd '{size: 1, weight: 2}')
k apply --validate=false -f - < <(gadget odd '{size: 1, weight: 2}')
is '' k get gadget odd -o 'jsonpath={.spec.weight}'

"$KUBECTL" delete crd gadgets.e2e.example --timeout=20s
has "the server doesn't have a resource type|could not find the requested resource" k get gadgets
