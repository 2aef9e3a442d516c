#!/bin/bash
# A development cluster with --state is killed and goes on where it was: objects, uids, versions, addresses, definitions, pods.
. "$(dirname "$0")/lib-standalone.sh"
KUBECTL=${KUBECTL:-$PWD/.build/tools/kubectl-1.32}
NAMESPACE=shop

api=$(free_port)
dev() {
    start "$1" dev --state "$WORK/state" --api-port "$api" --http 127.0.0.1:0 --https none --admin 127.0.0.1:0
    api_server=$started
}
kill_dev() { kill -KILL "$api_server"; wait "$api_server" 2>/dev/null || true; }
# identities: what must outlive a kill. Pods get another status, endpoints another port, so their versions move on.
identities() {
    k get namespaces,services,configmaps,secrets,routes.martlet.dev,widgets,customresourcedefinitions -A -o json |
        jq -r '.items[] | select(.metadata.name != "kubernetes") | [.kind, .metadata.namespace, .metadata.name, .metadata.uid,
            .metadata.resourceVersion, .spec.clusterIP] | @tsv' | sort
    k get deployments,pods -A -o json | jq -r '.items[] | [.kind, .metadata.namespace, .metadata.name, .metadata.uid] | @tsv' | sort
}

dev dev-1
eventually test -e "$WORK/state/env"
export KUBECONFIG=$WORK/kubeconfig
cp "$WORK/state/kubeconfig" "$KUBECONFIG"
k create namespace shop
k create configmap settings --from-literal=a=b
k create secret generic key --from-literal=a=b
k apply -f - 2>"$WORK/warnings" <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        x-kubernetes-preserve-unknown-fields: true
        x-kubernetes-validations: [{rule: "self.metadata.name != 'x'"}]
YAML
has '^Warning: version v1: the rules in x-kubernetes-validations at the object are kept and not evaluated' cat "$WORK/warnings"
eventually k create -f - <<'YAML'
apiVersion: example.com/v1
kind: Widget
metadata: {name: w, namespace: shop}
YAML
workload web v7
k annotate service web martlet.dev/expose=shop.example.com
k delete deployment web-v3 -n default
k delete service web-v3 -n default
eventually is '' k get pods -n default -l version=v3 -o name
k rollout status deployment/web --timeout=30s
"$KUBECTL" wait --for=condition=Ready pods --all -A --timeout=30s

# A second process may not touch the directory, and says who has it.
exits 3 "$MARTLET" dev --state "$WORK/state" --api-port 0 --http 127.0.0.1:0 --admin 127.0.0.1:0
has "in use by another process \(process $api_server\)" cat "$WORK/out"
test -e "$WORK/state/env" || fail 'the second process took the env of the first away'

before=$(identities)
version=$(k get --raw /api/v1/namespaces/shop/configmaps | jq -r .metadata.resourceVersion)
kill_dev
dev dev-2
eventually k get namespaces
eventually test -e "$WORK/state/env"
after=$(identities)
[ "$before" = "$after" ] || fail "differs after the restart: $(diff <(echo "$before") <(echo "$after"))"

# Watches of before are told to list again; new writes are later than all of before.
has 'too old resource version|Expired' k get --raw "/api/v1/namespaces/shop/configmaps?watch=1&timeoutSeconds=2&resourceVersion=$version"
k create configmap later
[ "$(k get configmap later -o jsonpath='{.metadata.resourceVersion}')" -gt "$version" ] || fail 'versions went back'
is 'Error from server (NotFound): deployments.apps "web-v3" not found' bash -c "'$KUBECTL' get deployment web-v3 -n default 2>&1"

# The pods play again, and the gateway finds them.
# shellcheck disable=SC1090,SC1091 # written by martlet dev
. <(grep -v KUBECONFIG "$WORK/state/env")
k wait --for=condition=Ready pods --all --timeout=30s
eventually is v7 get shop.example.com /

# Killed in the middle of writes: what kubectl said was made is there.
( for at in $(seq 200); do k create configmap "burst-$at" -o name || break; done >"$WORK/burst" 2>/dev/null ) &
burst=$!
eventually has burst-10 cat "$WORK/burst"
kill_dev
wait "$burst" || true
dev dev-3
eventually k get namespaces
while read -r name; do k get "$name" >/dev/null || fail "$name was made and is gone"; done <"$WORK/burst"

# A file that was cut at its end is said and mended; a damaged one is an error with a remedy, and stays as it is.
kill_dev
printf 'mjrn\377' >>"$WORK/state/cluster/journal"
dev dev-4
eventually k get namespaces
has 'not finished and are cut off' cat "$WORK/dev-4.log"
kill_dev
printf 'X' | dd of="$WORK/state/cluster/journal" bs=1 seek=200 conv=notrunc status=none
sum=$(md5sum "$WORK/state/cluster/journal")
exits 3 "$MARTLET" dev --state "$WORK/state" --api-port 0 --http 127.0.0.1:0 --admin 127.0.0.1:0
has 'state/cluster/journal is damaged at byte [0-9]+; nothing was changed. Make a copy, then' cat "$WORK/out"
[ "$sum" = "$(md5sum "$WORK/state/cluster/journal")" ] || fail 'the damaged file was changed'
