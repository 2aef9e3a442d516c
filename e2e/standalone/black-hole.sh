#!/bin/bash
# The way to the API server swallows everything without a word: watches that lie idle and calls under way notice it within 45 s, the
# last graph goes on serving, and when the way is back the objects are obeyed again.
. "$(dirname "$0")/lib-standalone.sh"
for tool in unshare nsenter ip ss socat jq; do
    command -v $tool >/dev/null || fail "there is no '$tool'; run 'make setup'"
done
# The gateway lives in one network namespace and the API server in another; both end with their last process.
if [ "${1:-}" != inside ]; then
    unshare --net true || fail 'no network namespace can be made: this test needs root (CAP_SYS_ADMIN)'
    exec unshare --net bash "$0" inside
fi
KUBECTL=${KUBECTL:-$(command -v kubectl || echo "$PWD/.build/tools/kubectl-debian")}
limit=45

ip link set lo up
sample v1
# shellcheck disable=SC2016 # expanded by the inner shell
unshare --net bash -c 'ip link set lo up && exec "$@"' - "$MARTLET" dev --state "$WORK/state" --api-port 6443 \
    --http 127.0.0.1:0 --https none --admin 127.0.0.1:0 >"$WORK/dev.log" 2>&1 &
server=$!
pids+=("$server")
eventually test -e "$WORK/state/env"

# there COMMAND…: runs it on the API server's side
there() { nsenter --net --target "$server" "$@"; }
ip link add way type veth peer name way netns "$server"
ip address add 198.18.0.1/30 dev way
there ip address add 198.18.0.2/30 dev way
ip link set way up
there ip link set way up
# The development cluster listens on loopback only. Halves of dead connections end with the time limit.
nsenter --net --target "$server" socat -T 90 TCP-LISTEN:7443,fork,reuseaddr TCP:127.0.0.1:6443 &
pids+=($!)

api() { there "$KUBECTL" --kubeconfig "$WORK/state/kubeconfig" "$@"; }
# A class and a Lease of its own, so that this gateway writes statuses, and not the one in the development cluster.
ours() { sed 's/^spec: {rules/spec: {ingressClassName: hole, rules/'; }
api create namespace hole
api create -f - <<YAML
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: hole}
spec: {controller: example.com/hole}
YAML
{ service one "$port"; ingress first first.example.com one; } | ours | api apply -f -
cp "$WORK/state/kubeconfig" "$WORK/kubeconfig"
cluster=$("$KUBECTL" --kubeconfig "$WORK/kubeconfig" config view -o json | jq -r '.clusters[0].name')
"$KUBECTL" --kubeconfig "$WORK/kubeconfig" config set-cluster "$cluster" --server=https://198.18.0.2:7443 --tls-server-name=localhost
"$KUBECTL" --kubeconfig "$WORK/kubeconfig" config set-context --current --namespace=hole

HTTP=127.0.0.1:8080 ADMIN=127.0.0.1:9901
start gateway serve --kubeconfig "$WORK/kubeconfig" --allow-loopback --http "$HTTP" --https 127.0.0.1:0 --admin "$ADMIN" \
    --ingress-class hole --controller-name example.com/hole --publish-address 198.18.0.1
gateway=$started
eventually is v1 get first.example.com /

# connections: unacknowledged bytes and own address of each connection to the API server
connections() { ss -Htn state established dst 198.18.0.2 | awk '{print $2, $3}'; }
eventually is 198.18.0.1 api get ingress first -o 'jsonpath={.status.loadBalancer.ingress[0].ip}'
mapfile -t before < <(connections | cut -d' ' -f2)

# Frames to a station that is not there: nothing is refused, nothing is reset. First only what the gateway sends vanishes: it still hears
# of a new object, and the status that it writes is never acknowledged.
ip neighbor replace 198.18.0.2 lladdr 02:00:00:00:00:01 dev way nud permanent
start=$SECONDS
ingress second second.example.com one | ours | api apply -f -
eventually is v1 get second.example.com /
there ip neighbor replace 198.18.0.1 lladdr 02:00:00:00:00:01 dev way nud permanent
declare -A busy=() ended=()
while [ ${#ended[@]} -lt ${#before[@]} ]; do
    now=$(connections)
    for connection in "${before[@]}"; do
        unacknowledged=$(awk -v own="$connection" '$2 == own {print $1}' <<<"$now")
        [ -n "$unacknowledged" ] || ended[$connection]=${ended[$connection]:-$((SECONDS - start))}
        [ "${unacknowledged:-0}" -eq 0 ] || busy[$connection]=1
    done
    [ $((SECONDS - start)) -le $limit ] || fail "after $limit s connections to the API server are still believed: $now"
    is v1 get first.example.com /
    sleep 0.2
done
idle=0
for connection in "${before[@]}"; do
    state=${busy[$connection]:+with data under way}
    echo "$connection ended after ${ended[$connection]} s, ${state:-idle}"
    [ -n "$state" ] || idle=$((idle + 1))
done
[ $idle -ge 1 ] && [ ${#busy[@]} -ge 1 ] || fail "one connection should have been idle and one not: ${ended[*]}"
eventually has 'the api server cannot be reached' cat "$WORK/gateway.log"
is v1 get first.example.com /

ingress third third.example.com one | ours | api apply -f -
ip neighbor del 198.18.0.2 dev way
there ip neighbor del 198.18.0.1 dev way
for _ in 1 2 3; do (eventually is v1 get third.example.com /) && break; done
is v1 get third.example.com /
eventually is 198.18.0.1 api get ingress second -o 'jsonpath={.status.loadBalancer.ingress[0].ip}'
kill -0 "$gateway" || fail 'the gateway ended'
