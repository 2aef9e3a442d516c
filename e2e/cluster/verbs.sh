#!/bin/bash
# The verbs of kubectl do to objects what they do in any cluster.
. "$(dirname "$0")/../lib.sh"

# create, apply, and apply again
k create configmap made --from-literal=a=1
is 1 k get configmap made -o 'jsonpath={.data.a}'
has 'already exists' k create configmap made --from-literal=a=1
apply() { # YAML of data
    k apply -f - <<YAML
apiVersion: v1
kind: ConfigMap
metadata: {name: applied, labels: {one: "1"}}
data: $1
YAML
}
has 'created' apply '{a: "1", b: "2"}'
has 'unchanged' apply '{a: "1", b: "2"}'
has 'configured' apply '{b: "3"}'
is '{"b":"3"}' k get configmap applied -o 'jsonpath={.data}'

# tables and documents
has '^NAME +DATA +AGE' k get configmaps applied
has '^applied +1 +[0-9]+s' k get configmaps applied
has '^kind: ConfigMap' k get configmap applied -o yaml
has '"kind": "ConfigMap"' k get configmap applied -o json
has 'configmap/applied' k get configmaps -o name
has '^Name: +applied' k describe configmap applied

# labels and annotations come and go
k label configmap applied two=2 one-
is '{"two":"2"}' k get configmap applied -o 'jsonpath={.metadata.labels}'
has 'configmap/applied' k get configmaps -l 'two in (2,3)' -o name
is '' k get configmaps -l 'two notin (2),two' -o name
k annotate configmap applied note=here
is here k get configmap applied -o 'jsonpath={.metadata.annotations.note}'
k annotate configmap applied note-
is '' k get configmap applied -o 'jsonpath={.metadata.annotations.note}'

# three kinds of patches
k patch configmap applied --type json -p '[{"op": "add", "path": "/data/c", "value": "4"}, {"op": "remove", "path": "/data/b"}]'
is '{"c":"4"}' k get configmap applied -o 'jsonpath={.data}'
k patch configmap applied --type merge -p '{"data": {"c": null, "d": "5"}}'
is '{"d":"5"}' k get configmap applied -o 'jsonpath={.data}'
k create service clusterip ports --tcp=80:8080
k patch service ports -p '{"spec": {"ports": [{"name": "more", "port": 81}, {"port": 80, "name": "first"}]}}'
has '^80 81$|^81 80$' k get service ports -o 'jsonpath={.spec.ports[*].port}'
# shellcheck disable=SC2016 # $patch is a directive and no variable
k patch service ports -p '{"spec": {"ports": [{"port": 81, "$patch": "delete"}]}}'
is 80 k get service ports -o 'jsonpath={.spec.ports[*].port}'
has 'testing value|does not match|invalid' k patch configmap applied --type json -p '[{"op": "test", "path": "/data/d", "value": "6"}]'

# edit, with an editor that needs no person
KUBE_EDITOR="sed -i 's/d: \"5\"/d: \"7\"/'" k edit configmap applied
is 7 k get configmap applied -o 'jsonpath={.data.d}'

# a watch tells what happens, and waiting ends when it happens
k get configmaps -w -o name >"$WORK/watch" 2>/dev/null &
watch=$!
eventually has applied cat "$WORK/watch"
k create configmap later --from-literal=x=y
eventually has later cat "$WORK/watch"
kill $watch
# kubectl 1.20 fails when the object is gone before it has begun to wait
(sleep 2; k delete configmap later >/dev/null) &
k wait --for=delete configmap/later --timeout=10s

# what cannot be is refused, and a dry run keeps nothing
has 'metadata.name' k create configmap Not_A_Name
has 'NotFound|not found' k get configmap nobody
has 'not found' k -n no-such-namespace create configmap x
k create configmap dry --from-literal=a=1 --dry-run=server -o name
has 'not found' k get configmap dry
k delete configmap made applied
has 'not found' k get configmap made

# long lists come in pages, and all of them arrive
for at in 1 2 3 4 5; do k create configmap "page-$at" -o name; done
is 'page-1 page-2 page-3 page-4 page-5' bash -c "'$KUBECTL' -n '$NAMESPACE' get configmaps --chunk-size=2 -o name | grep page | cut -d/ -f2 | xargs"
