#!/bin/bash
# The API server dies: the last graph goes on serving. It comes back as it was, and takes new objects: they are obeyed.
. "$(dirname "$0")/lib-standalone.sh"
KUBECTL=${KUBECTL:-$PWD/.build/tools/kubectl-1.32}
NAMESPACE=default

sample v1 && one=$port
sample v2 && two=$port
api=$(free_port)
dev() { start "$1" dev --state "$WORK/state" --api-port "$api" --http 127.0.0.1:0 --https none --admin 127.0.0.1:0; api_server=$started; }
dev dev-1
eventually test -e "$WORK/state/env"
export KUBECONFIG=$WORK/state/kubeconfig
{ service one "$one"; ingress web gone.example.com one; } | k apply -f -

HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --kubeconfig "$KUBECONFIG" --allow-loopback --http "$HTTP" --https 127.0.0.1:0 --admin "$ADMIN"
gateway=$started
eventually is v1 get gone.example.com /

kill -KILL "$api_server"
wait "$api_server" 2>/dev/null || true
for _ in $(seq 30); do is v1 get gone.example.com / && sleep 0.1; done
kill -0 "$gateway" || fail 'the gateway ended with its API server'
is 200 curl -sS -o /dev/null -w '%{http_code}' "http://$ADMIN/readyz"

dev dev-2
eventually k get namespaces
{ service one "$two"; ingress web gone.example.com one; } | k apply -f -
eventually is v2 get gone.example.com /
kill -0 "$gateway" || fail 'the gateway ended when its API server came back'
