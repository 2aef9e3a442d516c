# shellcheck shell=bash
# What the real servers share: a network namespace for backends, Martlet's definitions, and `martlet serve` against $KUBECONFIG.
# shellcheck disable=SC2034,SC2154 # read and set by e2e/run
. e2e/ports.sh
export BACKENDS=slices
# A real API server refuses endpoints on loopback: backends get addresses of their own, reachable from this machine only.
export NETWORK=martlet-e2e-$$ SUBNET=10.213.$(($$ % 250)).
gateway=

start_network() {
    ip netns list | grep -q "^$NETWORK\b" && return
    ip netns add "$NETWORK" || stop 'a network namespace for backends is needed: run as root, with iproute2'
    ip link add "mlt$$" type veth peer name eth0 netns "$NETWORK"
    ip address add "${SUBNET}1/24" dev "mlt$$"
    ip link set "mlt$$" up
    ip -n "$NETWORK" link set lo up
    ip -n "$NETWORK" link set eth0 up
}

start_gateway() {
    start_network
    for definition in crds/*.yaml; do "$KUBECTL" apply -f "$definition" >/dev/null || stop "cannot apply $definition"; done
    "$KUBECTL" apply -f e2e/servers/class.yaml >/dev/null || stop 'cannot apply the IngressClass'
    "$KUBECTL" wait --for=condition=Established crd/routes.martlet.dev --timeout=30s >/dev/null || stop 'the definitions are not established'
    HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
    export HTTP ADMIN
    "$MARTLET" serve --kubeconfig "$KUBECONFIG" --http "$HTTP" --https 127.0.0.1:0 --admin "$ADMIN" --access-log none \
        --publish-address 198.51.100.7 >"$run/gateway.log" 2>&1 &
    gateway=$!
    for _ in $(seq 300); do
        curl -sf -o /dev/null "http://$ADMIN/readyz" && return
        gateway_runs || break
        sleep 0.1
    done
    tail -n 30 "$run/gateway.log"
    stop 'the gateway did not become ready'
}

gateway_runs() { kill -0 "$gateway" 2>/dev/null || { tail -n 25 "$run/gateway.log" | sed 's/^/      /' && false; }; }

stop_gateway() {
    [ -z "$gateway" ] || { kill -TERM "$gateway" && wait "$gateway"; } 2>/dev/null
    gateway=
    ! ip netns list 2>/dev/null | grep -q "^$NETWORK\b" || ip netns delete "$NETWORK"
}
