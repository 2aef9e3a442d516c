# shellcheck shell=bash
# Certificates of an authority of the script's own, and their Secrets in a folder of manifests: $folder, $WORK/ca.crt.
folder=$WORK/manifests
mkdir "$folder"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$WORK/ca.key" -out "$WORK/ca.crt" -days 2 -subj /CN=e2e 2>/dev/null

# certificate FILE NAME…: a certificate of these names, and its key beside it; with KEY=rsa:2048 one of that kind
certificate() {
    local file=$WORK/$1 names kind=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1)
    shift
    [ -z "${KEY:-}" ] || kind=(-newkey "$KEY")
    names=$(printf ',DNS:%s' "$@")
    openssl req "${kind[@]}" -nodes -keyout "$file.key" -out "$file.csr" -subj /CN=e2e 2>/dev/null
    openssl x509 -req -in "$file.csr" -CA "$WORK/ca.crt" -CAkey "$WORK/ca.key" -days 2 -out "$file.crt" \
        -extfile <(echo "subjectAltName=${names#,}") 2>/dev/null
}

# present NAME CERTIFICATE KEY: the Secret as a manifest, in one piece
present() {
    printf '{apiVersion: v1, kind: Secret, metadata: {name: %s}, type: kubernetes.io/tls, data: {tls.crt: %s, tls.key: %s}}\n' \
        "$1" "$(base64 -w0 "$WORK/$2.crt")" "$(base64 -w0 "$WORK/$3.key")" >"$WORK/secret.yaml"
    mv "$WORK/secret.yaml" "$folder/$1.yaml"
}

# answering NAME HOST TLS: a Route that answers with its name, in one piece
answering() {
    cat >"$WORK/route.yaml" <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1, namespace: default}
spec:
  hostnames: ["$2"]
  tls: $3
  rules: [{filters: [{type: DirectResponse, directResponse: {statusCode: 200, body: $1}}]}]
YAML
    mv "$WORK/route.yaml" "$folder/route-$1.yaml"
}

# speak HOST OPTIONS…: what s_client says of a connection with one request, which the gateway ends; what it waits for is never the clock
speak() {
    openssl s_client -nocommands -connect "$HTTPS" -servername "$1" "${@:2}" 2>&1 \
        < <(exec 2>/dev/null && printf 'GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" && exec sleep 10)
}
