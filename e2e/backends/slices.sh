# shellcheck shell=bash
# Backends of a cluster without nodes: processes in the network namespace $NETWORK, and EndpointSlices written by hand.
# $WORK/backends/ADDRESS/ holds a process's id, and in `of` the workload that it belongs to.

# workload NAME VERSION [REPLICAS]
workload() {
    unrecorded create -f - <<YAML
apiVersion: v1
kind: Service
metadata: {name: $1}
spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
YAML
    mkdir -p "$WORK/backends"
    echo "$2" >"$WORK/backends/version-of-$1"
    scale "$1" "${3:-1}"
}

# scale NAME REPLICAS
scale() {
    local addresses=()
    mapfile -t addresses < <(addresses_of "$1")
    while [ ${#addresses[@]} -lt "$2" ]; do start_backend "$1" && mapfile -t addresses < <(addresses_of "$1"); done
    write_slice "$1" "${addresses[@]:0:$2}"
    for address in "${addresses[@]:$2}"; do end_backend "$address"; done
}

# replace_one NAME: as pods do: a successor comes, the endpoint goes, and then the process
replace_one() {
    local addresses=()
    start_backend "$1"
    mapfile -t addresses < <(addresses_of "$1")
    write_slice "$1" "${addresses[@]:1}"
    end_backend "${addresses[0]}"
}

addresses_of() { grep -lx "$1" "$WORK"/backends/*/of 2>/dev/null | xargs -r -n 1 dirname | xargs -r -n 1 basename; }

start_backend() {
    local last=2 address directory
    while [ -e "$WORK/backends/$SUBNET$last" ]; do last=$((last + 1)); done
    address=$SUBNET$last directory=$WORK/backends/$SUBNET$last
    mkdir "$directory"
    ip -n "$NETWORK" address replace "$address/24" dev eth0
    ip netns exec "$NETWORK" "$MARTLET" sample --version "$(cat "$WORK/backends/version-of-$1")" --name "$1-$last" \
        --listen "$address:8080" >"$directory/log" 2>&1 &
    echo $! >"$directory/pid"
    echo "$1" >"$directory/of"
    eventually curl -sSf -m 2 -o /dev/null "http://$address:8080/"
}

# As a pod's end: requests under way finish, and those that were sent before the slice was read are answered still.
end_backend() {
    sleep 0.5
    kill "$(cat "$WORK/backends/$1/pid")"
    rm "$WORK/backends/$1/of"
}

# write_slice NAME ADDRESS…
write_slice() {
    local endpoints=
    for address in "${@:2}"; do endpoints+="{addresses: [$address], conditions: {ready: true}}, "; done
    unrecorded apply -f - <<YAML
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: $1-by-hand, labels: {kubernetes.io/service-name: $1, endpointslice.kubernetes.io/managed-by: e2e.martlet.dev}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [$endpoints]
YAML
}
