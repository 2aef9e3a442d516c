# shellcheck shell=bash
# Gateways that begin while their API server is gone.
. "$(dirname "${BASH_SOURCE[0]}")/lib-standalone.sh"
KUBECTL=${KUBECTL:-$PWD/.build/tools/kubectl-1.32}
NAMESPACE=default
api=$(free_port)
SNAPSHOTS=$WORK/martlet-$(id -u)
export KUBECONFIG=$WORK/state/kubeconfig
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)

# serve NAME OPTIONS…: starts a gateway; its id is in $gateway
serve() {
    start "$1" serve --kubeconfig "$KUBECONFIG" --allow-loopback --http "$HTTP" --https 127.0.0.1:0 --admin "$ADMIN" --access-log none \
        --drain-delay 0 --snapshot-dir "$WORK" "${@:2}"
    gateway=$started
}

# end_gateway SIGNAL
end_gateway() {
    kill "-$1" "$gateway"
    wait "$gateway" 2>/dev/null || true
}

readyz() { curl -sS -m 2 -o "$WORK/readyz" -w '%{http_code}' "http://$ADMIN/readyz"; }
snapshot() { echo "$SNAPSHOTS"/*.snapshot; }

# not_ready_because PATTERN NAME: the gateway says so in its log, and gets no requests
not_ready_because() {
    eventually grep -qE "no snapshot is served from .*$1" "$WORK/$2.log"
    is 503 readyz
    is 503 status gone.example.com /
}
