# shellcheck shell=bash
# Gateways that ask their API server through doors of their own, which write down who asked for what (api_proxy.py).
. "$(dirname "${BASH_SOURCE[0]}")/lib-standalone.sh"
KUBECTL=${KUBECTL:-$PWD/.build/tools/kubectl-1.32}
NAMESPACE=shop
python=.build/tools/venv/bin/python
doors=e2e/standalone
record=$WORK/record
api=$(free_port)
export KUBECONFIG=$WORK/state/kubeconfig
declare -A pid_of http_of admin_of

# world: an API server with a class, a namespace and a Service for the gateways of this script
world() {
    api_server dev
    k create namespace martlet-system
    k create namespace shop
    sample v1
    {
        edge_class
        service one "$port" | sed 's/namespace: default/namespace: shop/'
    } | k apply -f -
}

# route NAME [SERVICE]: as YAML
route() {
    cat <<YAML
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1}
spec: {ingressClassName: edge, hostnames: [$1.example.com], rules: [{backendRefs: [{name: ${2:-one}, port: 80}]}]}
YAML
}

# open_doors NAME…: one for each replica; with rules.token the replicas bring the token in that file
open_doors() {
    local name ports=()
    [ -e "$WORK/rules" ] || : >"$WORK/rules"
    for name in "$@"; do
        port=$(free_port)
        ports+=("$name=$port")
        cat >"$WORK/door-$name" <<YAML
apiVersion: v1
kind: Config
current-context: door
contexts: [{name: door, context: {cluster: door, user: $name, namespace: martlet-system}}]
clusters: [{name: door, cluster: {server: "http://127.0.0.1:$port"}}]
users: [{name: $name, user: {${TOKEN_FILE:+tokenFile: $TOKEN_FILE}}}]
YAML
    done
    $python $doors/api_proxy.py "$KUBECONFIG" "$record" "$WORK/rules" "${ports[@]}" >"$WORK/doors.log" 2>&1 &
    pids+=($!)
    eventually test -e "$record"
}

# rules LINE…: what the doors refuse from now on
rules() {
    printf '%s\n' "$@" >"$WORK/rules.new"
    mv "$WORK/rules.new" "$WORK/rules"
}

# replica NAME [OPTIONS…]: starts one behind its door
replica() {
    http_of[$1]=127.0.0.1:$(free_port) admin_of[$1]=127.0.0.1:$(free_port)
    start "gateway-$1" serve --kubeconfig "$WORK/door-$1" --allow-loopback --http "${http_of[$1]}" --https 127.0.0.1:0 \
        --admin "${admin_of[$1]}" --ingress-class edge --controller-name example.com/edge --publish-address 192.0.2.1 --workers 1 \
        --access-log none --drain-delay 0 "${@:2}"
    pid_of[$1]=$started
}

# two_replicas: a and b, each behind a door, in a world of their own; a leads
two_replicas() {
    world
    open_doors a b
    replica a
    ready a
    eventually is 1 leads a
    replica b
    ready b
}

# ready NAME…: they are
ready() {
    local name
    for name in "$@"; do eventually is 200 curl -sS -m 2 -o /dev/null -w '%{http_code}' "http://${admin_of[$name]}/readyz"; done
}

# end NAME: in order
end() {
    kill -TERM "${pid_of[$1]}"
    wait "${pid_of[$1]}" || fail "$1 ended badly: $(tail -n 5 "$WORK/gateway-$1.log")"
}

# metric NAME METRIC: its value
metric() { curl -sS -m 5 "http://${admin_of[$1]}/metrics" | sed -n "s/^$2 //p"; }

# leads NAME: whether it says so (1 or 0)
leads() { metric "$1" martlet_leader; }

# leaders NAME…: how many of them say that they lead
leaders() {
    local name sum=0
    for name in "$@"; do sum=$((sum + $(leads "$name"))); done
    echo $sum
}

# says NAME PATTERN: its log has such a line
says() { grep -qE -- "$2" "$WORK/gateway-$1.log"; }

# mark: facts count from here on
mark() { marked=$(wc -l <"$record"); }
marked=0

# fact FACT: of what was recorded since the last mark
fact() { $python $doors/api_record.py "$record" "$1" "$marked"; }

# facts PATTERN=VALUE…: each fact is exactly that
facts() {
    local each
    for each in "$@"; do is "${each#*=}" fact "${each%%=*}"; done
}

# at_most LIMIT FACT
at_most() {
    local actual
    actual=$(fact "$2")
    [ "$actual" -le "$1" ] || fail "$2 is $actual, expected at most $1"
}

# programmed NAME: the Route's condition, as `True 1`: status and observedGeneration
programmed() { k get routes "$1" -o jsonpath='{range .status.parents[*].conditions[?(@.type=="Programmed")]}{.status} {.observedGeneration}{end}'; }

# within SECONDS EXPECTATION…: as eventually, for that long
within() {
    local end=$((SECONDS + $1))
    shift
    while [ $SECONDS -lt $end ]; do
        ("$@") 2>/dev/null && return
        sleep 0.2
    done
    "$@"
}
