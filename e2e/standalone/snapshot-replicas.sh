#!/bin/bash
# Two gateways of one cluster side by side with one directory, as during an upgrade: both keep the state, and both begin from it.
. "$(dirname "$0")/lib-snapshot.sh"

sample v1
api_server dev-1
{ service one "$port"; ingress web gone.example.com one; } | k apply -f -
first=("$HTTP" "$ADMIN")
second=("127.0.0.1:$(free_port)" "127.0.0.1:$(free_port)")
# both NAME: starts both
both() {
    HTTP=${first[0]} ADMIN=${first[1]}
    serve "$1-a" && a=$gateway
    HTTP=${second[0]} ADMIN=${second[1]}
    serve "$1-b" && b=$gateway
}
# each EXPECTATION…: of both
each() {
    HTTP=${first[0]} ADMIN=${first[1]} eventually "$@"
    HTTP=${second[0]} ADMIN=${second[1]} eventually "$@"
}

both old
each is v1 get gone.example.com /
for i in 1 2 3; do ingress "more-$i" "more-$i.example.com" one | k apply -f -; done
each is v1 get more-3.example.com /
each is 0 metric 'martlet_snapshot_writes_total{result="failed"}'
each has '[1-9]' metric 'martlet_snapshot_writes_total{result="ok"}'
end_api_server
for gateway in $a $b; do end_gateway TERM; done
is "$(snapshot)" find "$SNAPSHOTS" -type f

both new
each is v1 get more-3.example.com /
each is 1 metric martlet_serving_snapshot
for gateway in $a $b; do end_gateway TERM; done
