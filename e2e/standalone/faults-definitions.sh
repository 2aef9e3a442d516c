#!/bin/bash
# The definition of Route is missing, newer than the gateway, removed, and older than it, under one running gateway: Ingresses are served all
# the time, what is known of a Route is obeyed, and what is not is said.
. "$(dirname "$0")/lib-doors.sh"

define() { $python $doors/definition_variants.py "$1" <crds/routes.martlet.dev.yaml | k apply -f -; }
# undefine: and with it all Routes
undefine() {
    k delete customresourcedefinitions routes.martlet.dev
    eventually has "doesn't have a resource type|could not find the requested resource" k get routes
}

world
undefine
open_doors a
replica a
ready a
HTTP=${http_of[a]}
eventually says a 'The API server has no resource routes.martlet.dev: install its CRD'
ingress web web.example.com one | sed 's/namespace: default/namespace: shop/;s/^spec: {/spec: {ingressClassName: edge, /' | k apply -f -
eventually is v1 get web.example.com /

define newer
k wait --for=condition=Established customresourcedefinitions/routes.martlet.dev
k apply -f - <<YAML
apiVersion: martlet.dev/v1
kind: Route
metadata: {name: novel}
spec:
  ingressClassName: edge
  hostnames: [novel.example.com]
  rules: [{novelty: yes please, backendRefs: [{name: one, port: 80}]}]
---
apiVersion: martlet.dev/v1
kind: Route
metadata: {name: sound}
spec:
  ingressClassName: edge
  hostnames: [sound.example.com]
  rules:
  - {matches: [{path: {value: /known}}], backendRefs: [{name: one, port: 80}]}
  - {matches: [{path: {value: /sound, type: Soundex}}], backendRefs: [{name: one, port: 80}]}
YAML
within 40 is v1 get novel.example.com /
eventually is 'True 1' programmed novel
eventually has "novelty.* has no effect" k get events
# What it does not know it does not guess: that rule answers nobody, and its siblings serve.
eventually is v1 get sound.example.com /known
is 404 status sound.example.com /sound
eventually has "Soundex.* is not supported" k get events
eventually is 'False 1' programmed sound

undefine
within 20 is 404 status novel.example.com /
is v1 get web.example.com /

define older
k wait --for=condition=Established customresourcedefinitions/routes.martlet.dev
route older | k apply -f -
within 40 is v1 get older.example.com /
eventually says a 'its definition has no status. Install the CRDs of this version'
is v1 get web.example.com /
is 192.0.2.1 k get ingress web -o 'jsonpath={.status.loadBalancer.ingress[*].ip}'
end a
