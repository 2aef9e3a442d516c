#!/bin/bash
# What cannot be is refused with a reason, and the server goes on.
. "$(dirname "$0")/../lib.sh"

k create configmap there
post() { "$KUBECTL" create --raw "/api/v1/namespaces/$NAMESPACE/configmaps" -f - ; }

has 'BadRequest|line 2' post <<<'{"metadata":
 {"name": }}'
has 'configmaps "nowhere" not found' k get configmap nowhere
has 'namespaces "nowhere" not found' "$KUBECTL" -n nowhere create configmap a
has 'default" is forbidden' "$KUBECTL" delete namespace default
has 'Invalid value: "Upper"' k create configmap Upper
has 'Invalid value: "not ok"' k patch configmap there --type=merge -p '{"metadata": {"labels": {"a": "not ok"}}}'
has 'immutable|may not change' k patch service "$(k create service clusterip s --tcp=80 -o name | cut -d/ -f2)" -p '{"spec": {"clusterIP": "10.96.77.77"}}'
has 'the object has been modified' k replace -f - <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: there, resourceVersion: "1"}
YAML

# a ConfigMap has up to 1 MiB of data, and any object some 1.5 MiB
python3 -c 'print("x" * 1_000_000)' >"$WORK/megabyte"
k create configmap large --from-file="$WORK/megabyte"
is configmap/large k get configmap large -o name
python3 -c 'print("x" * 1_100_000)' >"$WORK/larger"
has 'Too long: may not be more than 1048576 bytes' k create configmap larger --from-file="$WORK/larger"
python3 -c 'print("apiVersion: v1\nkind: Pod\nmetadata: {name: huge}\nspec: {containers: [{name: c, image: none, args: [" + "x" * 1_700_000 + "]}]}")' >"$WORK/huge"
has 'too large' k create -f "$WORK/huge"

# annotations together up to 256 KiB
python3 -c 'print("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: noted, annotations: {a: " + "x" * 262_144 + "}}")' >"$WORK/noted"
has 'metadata.annotations: Too long' k create -f "$WORK/noted"

# an untrusted client learns nothing
server=$(k config view --minify -o 'jsonpath={.clusters[0].cluster.server}')
has '^40[13]$' curl -sk -o /dev/null -w '%{http_code}' "$server/api/v1/secrets"
is 401 curl -sk -H 'Authorization: Bearer guess' -o /dev/null -w '%{http_code}' "$server/api/v1/secrets"
is ok curl -sk "$server/healthz"
