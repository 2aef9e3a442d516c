#!/bin/bash
# A split obeys its weights, the active arm gets everything, and an arm without endpoints fails only its share.
. "$(dirname "$0")/../lib.sh"

workload one v1
workload two v2
host=canary.e2e.example
route() { # WEIGHT-OF-ONE WEIGHT-OF-TWO ACTIVE
    k apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: canary}
spec:
  hostnames: [$host]
  rules:
  - name: all
    split:
      arms:
      - {name: stable, weight: $1, backendRefs: [{name: one, port: 80}]}
      - {name: canary, weight: $2, backendRefs: [{name: two, port: 80}]}
      activeArm: "$3"
YAML
}
# share_of_two REQUESTS: how many of them v2 answered
share_of_two() {
    local urls=()
    for _ in $(seq "$1"); do urls+=("http://$HTTP/"); done
    curl -sS -m 20 -H "Host: $host" "${urls[@]}" | grep -c v2 || true
}

route 1 0 ''
eventually is v1 get $host /
is 0 share_of_two 100
route 0 1 ''
eventually is v2 get $host /
is 100 share_of_two 100
route 7 3 ''
sleep 0.5
count=$(share_of_two 1000)
[ "$count" -gt 220 ] && [ "$count" -lt 380 ] || fail "30 % of 1000 requests should be about 300, v2 had $count"
route 7 3 canary
eventually is 20 share_of_two 20
route 7 3 stable
eventually is 0 share_of_two 20
