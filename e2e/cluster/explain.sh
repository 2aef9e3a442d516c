#!/bin/bash
# kubectl explain knows built-in and custom kinds, from OpenAPI v3 or from v2's protobuf, whichever this kubectl asks for.
. "$(dirname "$0")/../lib.sh"

has 'containerPort.*<integer> -required-' k explain deployments.spec.template.spec.containers.ports
has '^ +http\b' k explain ingresses.spec.rules
has 'activeArm' k explain routes.spec.rules.split
has 'Weighted Services' k explain routes.spec.rules
has 'KIND: +Route' k explain routes
has 'VERSION: +(martlet.dev/)?v1alpha1' k explain routes
for kind in pods services endpoints configmaps secrets serviceaccounts events nodes namespaces replicasets endpointslices ingressclasses leases \
    customresourcedefinitions; do
    has 'metadata' k explain --recursive "$kind"
done
has 'does not exist|error' k explain routes.spec.nothing
