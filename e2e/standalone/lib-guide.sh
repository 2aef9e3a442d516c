# shellcheck shell=bash
# guide PAGE: runs every command of docs/guides/PAGE.md in a trial cluster (charts/tests/guide.py) whose gateways are processes
# (charts/tests/guide_nodes.py), in a network namespace of its own: the ports and addresses are those that the page names.
. "$(dirname "${BASH_SOURCE[0]}")/lib-standalone.sh"
for tool in unshare ip socat jq; do command -v $tool >/dev/null || fail "there is no '$tool'; run 'make setup'"; done
python=$PWD/.build/tools/venv/bin/python

guide() {
    if [ "${INSIDE:-}" != "$1" ]; then
        unshare --net true || fail 'no network namespace can be made: this test needs root (CAP_SYS_ADMIN)'
        INSIDE=$1 exec unshare --net bash "$0"
    fi
    ip link set lo up
    ip route add local 10.244.0.0/24 dev lo
    ip address add 203.0.113.10/32 dev lo
    # Ports that no page names: what answers at 8080 and 9901 has to be a gateway of the page.
    start dev dev --state "$WORK/state" --api-port 6443 --http 127.0.0.1:7080 --https none --admin 127.0.0.1:7901
    eventually test -e "$WORK/state/env"
    export KUBECONFIG=$WORK/state/kubeconfig
    # The page makes the class itself. The gateway within the trial cluster never leads: nothing but pods of the page writes statuses.
    "$KUBECTL" delete ingressclass martlet
    "$KUBECTL" patch lease martlet-leader --type=merge --patch='{"spec": {"holderIdentity": "nobody", "leaseDurationSeconds": 1000000}}'
    "$KUBECTL" apply -f charts/tests/guide_kinds.yaml
    eventually has '"leader":false' curl -sS http://127.0.0.1:7901/stats
    mkdir "$WORK/guide"
    $python charts/tests/guide_nodes.py "$KUBECONFIG" "$WORK/guide" >"$WORK/nodes.log" 2>&1 &
    pids+=($!)
    local code=0
    $python charts/tests/guide.py "docs/guides/$1.md" "$WORK/guide" || code=$?
    [ $code -eq 0 ] || tail -n 5 "$WORK/nodes.log"
    return $code
}
