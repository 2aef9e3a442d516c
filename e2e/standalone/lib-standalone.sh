# shellcheck shell=bash
# Martlets that a script starts for itself; all are ended when the script ends.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../ports.sh"
# Nothing of these clusters is kept unless a script says where.
export MARTLET_SNAPSHOT_DIR=none
pids=() pid=
# Whatever a process ends with here is no result of the script.
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done' EXIT

# start NAME ARGUMENTS…: runs martlet in the background; its output goes to $WORK/NAME.log, its id to $started
start() {
    "$MARTLET" "${@:2}" >"$WORK/$1.log" 2>&1 &
    started=$!
    pids+=("$started")
}

# api_server NAME: starts one at the port $api, which goes on with the cluster of the one before
api_server() {
    rm -f "$WORK/state/env"
    start "$1" dev --state "$WORK/state" --api-port "$api" --http 127.0.0.1:0 --https none --admin 127.0.0.1:0
    api_server=$started
    eventually test -e "$WORK/state/env"
}

# end_api_server: as a crash does
end_api_server() {
    kill -KILL "$api_server"
    wait "$api_server" 2>/dev/null || true
}

# edge_class: a class that the gateway of `martlet dev` leaves to others, as YAML
edge_class() {
    cat <<'YAML'
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: edge}
spec: {controller: example.com/edge}
YAML
}

# edge_cluster: an API server with that class; KUBECONFIG leads to it
edge_cluster() {
    api=0
    api_server dev
    # shellcheck disable=SC1091 # written by martlet dev
    . "$WORK/state/env"
    edge_class | "$KUBECTL" apply -f -
}

# edge_home: the namespace edge in it, and $WORK/kubeconfig for gateways that live there
edge_home() {
    "$KUBECTL" create namespace edge
    cp "$KUBECONFIG" "$WORK/kubeconfig"
    "$KUBECTL" --kubeconfig "$WORK/kubeconfig" config set-context --current --namespace edge
}

# edge_gateway NAME [OPTIONS…]: one that lives there; its process is in $started, its ports in $http and $admin
edge_gateway() {
    http=$(free_port) admin=$(free_port)
    POD_NAME='' start "$1" serve --kubeconfig "$WORK/kubeconfig" --http "127.0.0.1:$http" --https none --admin "127.0.0.1:$admin" --workers 1 \
        --ingress-class edge --controller-name example.com/edge --access-log none --drain-delay 0 --allow-loopback "${@:2}"
}

# metric NAME: the value at the gateway's $ADMIN
metric() { curl -sS "http://$ADMIN/metrics" | awk -v name="$1" '$1 == name { print $2 }'; }

# sample VERSION: a sample backend; its port is in $port
sample() {
    port=$(free_port)
    start "sample-$1" sample --version "$1" --listen "127.0.0.1:$port"
    eventually is "$1" curl -sS "http://127.0.0.1:$port/"
}

# listens PORT: whether somebody accepts connections there, on loopback
listens() { (: <"/dev/tcp/127.0.0.1/$1"); }

# secret NAME HOST…: a Secret with a self-signed certificate for these hosts, as YAML
secret() {
    local names
    names=$(printf ',DNS:%s' "${@:2}")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$WORK/$1.key" -out "$WORK/$1.crt" -days 2 \
        -subj /CN=e2e -addext "subjectAltName=${names#,}" 2>/dev/null
    cat <<YAML
---
apiVersion: v1
kind: Secret
metadata: {name: $1, namespace: default}
type: kubernetes.io/tls
data: {tls.crt: $(base64 -w0 "$WORK/$1.crt"), tls.key: $(base64 -w0 "$WORK/$1.key")}
YAML
}

# service NAME PORT [ANNOTATIONS]: a Service with one endpoint on loopback, as YAML
service() {
    local annotations=''
    [ -z "${3:-}" ] || annotations=", annotations: {$3}"
    cat <<YAML
---
apiVersion: v1
kind: Service
metadata: {name: $1, namespace: default$annotations}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: $1-a, namespace: default, labels: {kubernetes.io/service-name: $1}}
addressType: IPv4
ports: [{name: http, port: $2}]
endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}}]
YAML
}

# introduced FORMAT: HAProxy, which wants a PROXY header and answers what it read in it; its port is in $port
introduced() {
    port=$(free_port)
    cat >"$WORK/haproxy.cfg" <<CFG
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
frontend f
    bind 127.0.0.1:$port accept-proxy
    http-request return status 200 content-type text/plain lf-string "$1\n"
CFG
    haproxy -q -f "$WORK/haproxy.cfg" >"$WORK/haproxy.log" 2>&1 &
    pids+=("$!")
}

# peer_endpoint NAME PORT: where the others find a replica, as YAML
peer_endpoint() {
    cat <<YAML
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: $1, labels: {kubernetes.io/service-name: martlet-peers}}
addressType: IPv4
ports: [{name: peers, port: $2}]
endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: $1, namespace: edge, uid: $1}}]
YAML
}

# ingress NAME HOST SERVICE: as YAML
ingress() {
    cat <<YAML
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: $1, namespace: default}
spec: {rules: [{host: $2, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: $3, port: {number: 80}}}}]}}]}
YAML
}

# web_route NAME [FIELDS [RULE]]: a Route for NAME.example.com to the Service web, with more fields of its rule, as YAML
web_route() {
    cat <<YAML
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1, namespace: default}
spec:
  hostnames: [$1.example.com]
  rules: [{name: ${3:-all}, backendRefs: [{name: web, port: 80}]${2:+, $2}}]
YAML
}

# web_folder: a folder of manifests, $folder, in which web.example.com leads to a sample v1; HTTP and ADMIN for who serves it
web_folder() {
    sample v1
    folder=$WORK/manifests
    mkdir "$folder"
    { service one "$port"; ingress web web.example.com one; } >"$folder/all.yaml"
    # shellcheck disable=SC2034 # read by the scripts
    HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
}

# exits CODE COMMAND…: the command ends with that code
exits() {
    local code=0
    "${@:2}" >"$WORK/out" 2>&1 || code=$?
    [ "$code" -eq "$1" ] || fail "${*:2} ended with $code, expected $1: $(cat "$WORK/out")"
}
