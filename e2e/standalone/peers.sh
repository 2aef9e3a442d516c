#!/bin/bash
# Two replicas that speak with each other: a Route is Programmed when both serve it, one that hangs is left out and named, the other takes over
# without writing what is written, and the identity by which they know each other may be damaged or deleted under them.
. "$(dirname "$0")/lib-standalone.sh"

edge_cluster

# The replicas' own namespace: the gateway of martlet dev leads in the other one.
edge_home
edge() { "$KUBECTL" -n edge "$@"; }

# route NAME
route() {
    "$KUBECTL" apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1}
spec:
  ingressClassName: edge
  hostnames: [$1.example.com]
  rules: [{backendRefs: [{name: web-v1, port: 80}]}]
YAML
}

# programmed ROUTE: status and message of its condition Programmed
programmed() { "$KUBECTL" get routes "$1" -o "jsonpath={range .status.parents[*].conditions[?(@.type=='Programmed')]}{.status} {.message}{end}"; }

# version ROUTE: of the object; writing its status raises it
version() { "$KUBECTL" get routes "$1" -o 'jsonpath={.metadata.resourceVersion}'; }

# replica NAME: a gateway; its process is in $started, its admin port in $admin
replica() {
    port=$(free_port) admin=$(free_port)
    POD_NAME='' start "$1" serve --kubeconfig "$WORK/kubeconfig" --http 127.0.0.1:0 --https 127.0.0.1:0 --admin "127.0.0.1:$admin" --workers 1 \
        --ingress-class edge --controller-name example.com/edge --access-log none --drain-delay 0 --peer "127.0.0.1:$port"
    peer_endpoint "$1" "$port" | edge apply -f -
}

# stat PORT EXPRESSION: of /stats, as Python has it
stat() { curl -sS -m 5 "http://127.0.0.1:$1/stats" | python3 -c "import json, sys; page = json.load(sys.stdin); print($2)"; }

# The one that leads comes first.
replica one
one=$started one_admin=$admin one_port=$port
eventually is True stat "$one_admin" "page['leader']"
replica two
two=$started two_admin=$admin
eventually is serving stat "$one_admin" "[each['state'] for each in page['peers']['replicas'] if each['name'] == 'two'][0]"
edge get secret martlet-peers -o 'jsonpath={.type}' | grep -qx martlet.dev/peers
fingerprint() { edge get secret martlet-peers -o 'jsonpath={.data.tls\.crt}' | sha256sum; }

route both
eventually is 'True Every worker serves it.' programmed both

# Garbage on the port, and somebody without a certificate.
head -c 100000 /dev/urandom | timeout 5 bash -c "cat >/dev/tcp/127.0.0.1/$one_port" 2>/dev/null || true
curl -sk -m 5 "https://127.0.0.1:$one_port/v1/state" && fail 'somebody without a certificate was answered'
curl -s -m 5 "http://127.0.0.1:$one_port/v1/state" && fail 'somebody without TLS was answered'

# Somebody who hangs: late at first, and left out after ten seconds.
kill -STOP "$two"
# One that stands still hears no other signal.
trap 'kill -CONT "$two" 2>/dev/null; for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done' EXIT
stopped=$SECONDS
route hanging
eventually has 'False 1 of 2 replicas serve it yet; late: two.' programmed hanging
eventually has 'silent: two' programmed hanging
echo "a hanging replica was left out after $((SECONDS - stopped)) s"
[ $((SECONDS - stopped)) -le 15 ] || fail 'that took too long'
has 'True ' programmed hanging
is 'True Every worker serves it.' programmed both
has '^martlet_peers\{state="silent"\} 1$' curl -sS -m 5 "http://127.0.0.1:$one_admin/metrics"
grep -q 'a replica is silent' "$WORK/one.log"
eventually has ReplicaSilent edge get events -o 'jsonpath={.items[*].reason}'
kill -CONT "$two"
eventually is 'True Every worker serves it.' programmed hanging
route back
eventually is 'True Every worker serves it.' programmed back

# Damaged, then deleted: the leader makes another identity, and they go on with it.
before=$(fingerprint)
edge patch secret martlet-peers --type merge -p '{"data": {"tls.crt": "Z2FyYmFnZQ=="}}'
changed() { [ "$(fingerprint)" != "$1" ] && [ "$(fingerprint)" != "$(printf 'Z2FyYmFnZQ==' | sha256sum)" ]; }
eventually changed "$before"
route damaged
eventually is 'True Every worker serves it.' programmed damaged
before=$(fingerprint)
edge delete secret martlet-peers
eventually changed "$before"
route deleted
eventually is 'True Every worker serves it.' programmed deleted
for page in stats config metrics; do
    curl -sS -m 5 "http://127.0.0.1:$one_admin/$page" >"$WORK/$page"
done
grep -q 'PRIVATE KEY\|LS0tLS1CRUdJ' "$WORK"/{one.log,two.log,stats,config,metrics} && fail 'a key or certificate is where none belongs'

# The leader is killed: the other one takes over and writes nothing that is there already.
names=(both hanging back damaged deleted)
versions() { for name in "${names[@]}"; do version "$name"; done; }
versions >"$WORK/before"
kill -KILL "$one"
edge patch lease martlet-leader --type merge -p '{"spec": {"leaseDurationSeconds": 3}}'
eventually is True stat "$two_admin" "page['leader']"
eventually is True stat "$two_admin" "page['peers']['found']"
route after
eventually has 'silent: one' programmed after
edge delete endpointslice one
eventually is 'True Every worker serves it.' programmed after
versions | diff "$WORK/before" - || fail 'a status was written again'

clean_metrics "$ADMIN"
