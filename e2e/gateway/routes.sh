#!/bin/bash
# A Route matches on path, method, header, query and cookie; the more specific match wins.
. "$(dirname "$0")/../lib.sh"

workload one v1
workload two v2
workload three v3
k create -f - <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: matches}
spec:
  hostnames: [matches.e2e.example]
  rules:
  - name: exact
    matches: [{path: {type: Exact, value: /exact}}]
    backendRefs: [{name: three, port: 80}]
  - name: special
    matches:
    - headers: [{name: x-beta, value: "1"}]
    - method: DELETE
    - queryParams: [{name: beta, value: "yes"}]
    - cookies: [{name: beta, type: RegularExpression, value: "^on$"}]
    - path: {type: RegularExpression, value: "/item/[0-9]+"}
    backendRefs: [{name: two, port: 80}]
  - name: rest
    matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{name: one, port: 80}]
YAML

host=matches.e2e.example
eventually is v1 get $host /
eventually is v3 get $host /exact
eventually is v2 get $host /item/42
is v1 get $host /exact/not
is v2 get $host / -H 'X-Beta: 1'
is v1 get $host / -H 'X-Beta: 2'
is v2 get $host / -X DELETE
is v2 get $host '/?a=b&beta=yes'
is v1 get $host '/?beta=no'
is v2 get $host / -H 'Cookie: alpha=x; beta=on'
is v1 get $host / -H 'Cookie: beta=one'
is v2 get $host /item/42
is v1 get $host /item/none
eventually has '"type":"Accepted"' k get routes.martlet.dev matches -o 'jsonpath={.status.parents[*].conditions}'
eventually has 'martlet.dev/' k get routes.martlet.dev matches -o 'jsonpath={.status.parents[*].controllerName}'
