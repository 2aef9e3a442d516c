#!/bin/bash
# What is watched: a namespace, or named Secrets only. A Secret that is referred to later is found, one outside the scope does not exist.
. "$(dirname "$0")/lib-standalone.sh"
KUBECTL=${KUBECTL:-$(command -v kubectl || echo "$PWD/.build/tools/kubectl-debian")}
NAMESPACE=default

start dev dev --state "$WORK/state" --http 127.0.0.1:0 --https none --admin 127.0.0.1:0
eventually test -e "$WORK/state/env"
export KUBECONFIG=$WORK/state/kubeconfig
sample v1
k create namespace other
for name in known late; do secret $name $name.example.com | k create -f -; done
secure() { ingress "$1" "$1.example.com" one | sed "s/spec: {/spec: {tls: [{hosts: [$1.example.com], secretName: $1}], /"; }
{ service one "$port"; secure known; } | k apply -f -
ingress elsewhere elsewhere.example.com one | sed 's/namespace: default/namespace: other/' | "$KUBECTL" apply -f -

HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
serve() { start "$1" serve --kubeconfig "$KUBECONFIG" --allow-loopback --http "$HTTP" --https 127.0.0.1:0 --admin "$ADMIN" "${@:2}"; }
problems() { curl -sS "http://$ADMIN/config" | jq -r '.problems[] | "\(.object) \(.reason)"'; }

# A namespace: its objects are served, others are not there; a reference that appears later finds its Secret.
serve one-namespace --watch-namespace default
eventually is v1 get known.example.com /
is 404 status elsewhere.example.com /
secure late | k apply -f -
eventually is v1 get late.example.com /
is '' problems
kill "$started" && wait "$started" 2>/dev/null || true

# Named Secrets: the others are not there.
serve named --watch-secret default/known
eventually is v1 get known.example.com /
eventually has '^Ingress default/late SecretNotFound$' problems
has 'martlet_watch_up\{resource="secrets",namespace="default",name="known"\} 1' curl -sS "http://$ADMIN/metrics"

exits 2 "$MARTLET" serve --watch-secret known
has 'NAMESPACE/NAME|namespace/name' cat "$WORK/out"
exits 2 "$MARTLET" serve --watch-namespace other --watch-secret default/known
has 'add --watch-namespace default' cat "$WORK/out"
exits 2 "$MARTLET" serve --manifests "$WORK" --watch-secret default/known
