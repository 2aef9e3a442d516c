#!/bin/bash
# Filters change heads, rewrite paths, redirect and answer.
. "$(dirname "$0")/../lib.sh"

workload one v1
k create -f - <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: filters}
spec:
  hostnames: [filters.e2e.example]
  rules:
  - matches: [{path: {type: PathPrefix, value: /echo}}]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: {set: [{name: x-set, value: "yes"}], add: [{name: x-add, value: more}], remove: [x-gone]}
    - type: ResponseHeaderModifier
      responseHeaderModifier: {set: [{name: x-answer, value: "42"}], remove: [x-pod]}
    backendRefs: [{name: one, port: 80}]
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters:
    - {type: URLRewrite, urlRewrite: {hostname: inner.example, path: {type: ReplacePrefixMatch, replacePrefixMatch: /echo}}}
    backendRefs: [{name: one, port: 80}]
  - matches: [{path: {type: PathPrefix, value: /moved}}]
    filters:
    - {type: RequestRedirect, requestRedirect: {scheme: https, hostname: new.example, path: {type: ReplaceFullPath, replaceFullPath: /here}, statusCode: 301}}
  - matches: [{path: {type: PathPrefix, value: /fixed}}]
    filters:
    - {type: DirectResponse, directResponse: {statusCode: 418, body: "short and stout\n", contentType: text/plain}}
YAML

host=filters.e2e.example
eventually has '^x-set: yes$' get $host /echo
has '^x-add: more$' get $host /echo
has '^x-set: yes$' get $host /echo -H 'X-Set: no'
has '^GET /echo\?a=b' get $host '/echo?a=b' -H 'X-Gone: here'
get $host /echo -H 'X-Gone: here' | grep -qi '^x-gone' && fail 'x-gone reached the backend'
has '^x-answer: 42$' head_of $host /echo
head_of $host /echo | grep -qi '^x-pod:' && fail 'x-pod reached the client'
has '^GET /echo/deep/er' get $host /old/deep/er
has '^host: inner.example' get $host /old
is 301 status $host /moved/away
has '^location: https://new.example/here' head_of $host /moved/away
is 418 status $host /fixed
is 'short and stout' get $host /fixed
