#!/bin/bash
# Pods come and go; requests go only where a pod is.
. "$(dirname "$0")/../lib.sh"

workload one v1 3
host=endpoints.e2e.example
k annotate service one martlet.dev/expose=$host
eventually is v1 get $host /
pods_seen() { for _ in $(seq 60); do head_of $host / | sed -n 's/^x-pod: //p'; done | sort -u | wc -l; }
eventually is 3 pods_seen

replace_one one
for _ in $(seq 50); do is v1 get $host /; done
eventually is 3 pods_seen

scale one 0
eventually is 503 status $host /
scale one 1
eventually is v1 get $host /
is 1 pods_seen
