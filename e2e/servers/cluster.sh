# shellcheck shell=bash
# The cluster that KUBECONFIG names, with a gateway on this machine. Martlet's definitions and its class are applied there and stay;
# nothing is asked of nodes, so that a control plane alone is enough: backends are processes, and slices are written by hand.
# shellcheck disable=SC2034,SC2154 # read and set by e2e/run
PROVIDES="rules controllers"
. e2e/servers/gateway.sh
[ -n "${KUBECONFIG:-}" ] || stop '--cluster needs KUBECONFIG'

start_server() {
    echo "e2e: $("$KUBECTL" config current-context) at $("$KUBECTL" config view --minify -o 'jsonpath={.clusters[0].cluster.server}')"
    start_gateway
}

server_runs() { gateway_runs; }

stop_server() { stop_gateway; }
