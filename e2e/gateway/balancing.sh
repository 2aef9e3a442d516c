#!/bin/bash
# A Service says how its endpoints are chosen: by what a request carries, always the same one; and what cannot be obeyed is told.
. "$(dirname "$0")/../lib.sh"

workload one v1 3
host=balancing.e2e.example
k annotate service one martlet.dev/expose=$host
eventually is v1 get $host /
pods_of() { for _ in $(seq 12); do head_of $host / "$@" | sed -n 's/^x-pod: //p'; done | sort -u; }
count_of() { pods_of "$@" | wc -l; }
eventually is 3 count_of

k annotate service one martlet.dev/load-balancer=maglev martlet.dev/hash-on=header:x-user
for user in ann bob cyd; do eventually is 1 count_of -H "X-User: $user"; done
all_users() { for i in $(seq 30); do head_of $host / -H "x-user: user-$i" | sed -n 's/^x-pod: //p'; done | sort -u | wc -l; }
is 3 all_users

k annotate --overwrite service one martlet.dev/hash-on=cookie:session
eventually is 1 count_of -H 'Cookie: theme=dark; session=7f3a'
k annotate --overwrite service one martlet.dev/hash-on=query:user
home() { head_of $host "/?page=$1&user=ann" | sed -n 's/^x-pod: //p'; }
eventually is "$(home 1)" home 2
is "$(home 1)" home 3

# The endpoint goes: its users go elsewhere, and nobody gets an error.
replace_one one
for i in $(seq 30); do is v1 get $host "/?user=$i"; done

k annotate --overwrite service one martlet.dev/hash-on=session
eventually has "'session' names nothing of a request" k get events
k annotate --overwrite service one martlet.dev/load-balancer=peak-ewma martlet.dev/hash-on- martlet.dev/slow-start=30s
for _ in $(seq 20); do is v1 get $host /; done
k annotate --overwrite service one martlet.dev/slow-start=soon martlet.dev/outlier-detection=sometimes
eventually has "'soon' is no duration" k get events
eventually has "'sometimes' is not supported" k get events
is v1 get $host /

# A rule of a Route hashes while the Service draws lots.
k annotate --overwrite service one martlet.dev/load-balancer=random martlet.dev/slow-start- martlet.dev/outlier-detection-
k apply -f - <<EOF
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: hashed}
spec:
  hostnames: [hashed.e2e.example]
  rules:
  - matches: [{path: {value: /user}}]
    loadBalancer: {type: Maglev, hashOn: "header:x-user"}
    backendRefs: [{name: one, port: 80}]
  - backendRefs: [{name: one, port: 80}]
EOF
eventually is v1 get hashed.e2e.example /user
users_pods() { for _ in $(seq 12); do head_of hashed.e2e.example "$@" | sed -n 's/^x-pod: //p'; done | sort -u | wc -l; }
for user in ann bob cyd; do eventually is 1 users_pods /user -H "X-User: $user"; done
eventually is 3 users_pods / -H 'X-User: ann'

# Endpoints that answer nothing under a path are left out; when all are, they are asked all the same.
k annotate --overwrite service one martlet.dev/health-check-path=/healthz
k annotate --overwrite service one martlet.dev/health-check-interval=1s martlet.dev/health-check-failures=1
for _ in $(seq 20); do is v1 get $host /; done
k annotate --overwrite service one martlet.dev/health-check=ping
eventually has "'ping' is not supported; use one of http, tcp, grpc, grpc:SERVICE" k get events
is v1 get $host /
