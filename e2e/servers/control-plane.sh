# shellcheck shell=bash
# etcd and kube-apiserver from $KUBEBUILDER_ASSETS, as envtest lays them out; kube-controller-manager too when it lies there. No nodes.
# shellcheck disable=SC2034,SC2154 # read and set by e2e/run
PROVIDES=rules
. e2e/servers/gateway.sh
assets=${KUBEBUILDER_ASSETS:?--control-plane needs KUBEBUILDER_ASSETS, a directory with etcd and kube-apiserver}
for program in etcd kube-apiserver; do [ -x "$assets/$program" ] || stop "no $assets/$program"; done
[ -x "$assets/kube-controller-manager" ] && PROVIDES="rules controllers"
plane=$run/control-plane
plane_pids=()

start_server() {
    local etcd_port peer_port
    etcd_port=$(free_port) peer_port=$(free_port) api_port=$(free_port)
    rm -rf "$plane" && mkdir -p "$plane"
    make_credentials
    background etcd --data-dir "$plane/etcd" --unsafe-no-fsync --listen-client-urls "http://127.0.0.1:$etcd_port" \
        --advertise-client-urls "http://127.0.0.1:$etcd_port" --listen-peer-urls "http://127.0.0.1:$peer_port"
    background kube-apiserver --etcd-servers "http://127.0.0.1:$etcd_port" --cert-dir "$plane" --bind-address 127.0.0.1 \
        --secure-port "$api_port" --service-cluster-ip-range 10.96.0.0/16 --allow-privileged --authorization-mode RBAC \
        --client-ca-file "$plane/ca.crt" --tls-cert-file "$plane/server.crt" --tls-private-key-file "$plane/server.key" \
        --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$plane/ca.key" \
        --service-account-signing-key-file "$plane/ca.key" --disable-admission-plugins ServiceAccount
    make_kubeconfig
    for _ in $(seq 600); do
        "$KUBECTL" get --raw /readyz >/dev/null 2>&1 && break
        sleep 0.2
    done
    "$KUBECTL" get --raw /readyz >/dev/null || { tail -n 20 "$plane/kube-apiserver.log" && stop 'kube-apiserver did not become ready'; }
    if [[ $PROVIDES == *controllers* ]]; then
        background kube-controller-manager --kubeconfig "$KUBECONFIG" --service-account-private-key-file "$plane/ca.key" \
            --root-ca-file "$plane/ca.crt" --use-service-account-credentials --leader-elect=false --secure-port 0 \
            --concurrent-namespace-syncs 4 --namespace-sync-period 5s
    fi
    for _ in $(seq 100); do
        "$KUBECTL" get namespace default >/dev/null 2>&1 && break
        sleep 0.2
    done
    start_gateway
}

# background PROGRAM ARGUMENTS…
background() {
    "$assets/$1" "${@:2}" >"$plane/$1.log" 2>&1 &
    plane_pids+=($!)
}

make_credentials() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$plane/ca.key" -out "$plane/ca.crt" -subj /CN=e2e -days 2 2>/dev/null
    certificate server /CN=kube-apiserver 'subjectAltName=IP:127.0.0.1,DNS:localhost'
    certificate admin /O=system:masters/CN=e2e-admin 'extendedKeyUsage=clientAuth'
}

# certificate NAME SUBJECT EXTENSION
certificate() {
    openssl req -newkey rsa:2048 -nodes -keyout "$plane/$1.key" -out "$plane/$1.csr" -subj "$2" 2>/dev/null
    openssl x509 -req -in "$plane/$1.csr" -CA "$plane/ca.crt" -CAkey "$plane/ca.key" -CAcreateserial -days 2 \
        -extfile <(echo "$3") -out "$plane/$1.crt" 2>/dev/null
}

make_kubeconfig() {
    export KUBECONFIG=$plane/kubeconfig
    cat >"$KUBECONFIG" <<YAML
apiVersion: v1
kind: Config
current-context: e2e
contexts: [{name: e2e, context: {cluster: e2e, user: admin}}]
clusters: [{name: e2e, cluster: {server: "https://127.0.0.1:$api_port", certificate-authority: $plane/ca.crt}}]
users: [{name: admin, user: {client-certificate: $plane/admin.crt, client-key: $plane/admin.key}}]
YAML
}

server_runs() {
    local pid
    for pid in "${plane_pids[@]}"; do kill -0 "$pid" 2>/dev/null || return 1; done
    gateway_runs
}

stop_server() {
    local pid
    stop_gateway
    # The API server before its etcd.
    for pid in $(printf '%s\n' "${plane_pids[@]}" | tac); do { kill -TERM "$pid" && wait "$pid"; } 2>/dev/null; done
    plane_pids=()
}
