#!/bin/bash
# A real browser: sent to https, HTTP/2 with fetch, an upload, server-sent events, a WebSocket on the same connection, gRPC-Web.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"
here=$(dirname "$0")
python=.build/tools/venv/bin/python

# endpoint KIND [ANNOTATIONS]: one that browser_backend.py plays, and its Service
endpoint() {
    local port
    port=$(free_port)
    "$python" "$here/browser_backend.py" "$1" "$port" 2>"$WORK/$1.log" &
    pids+=($!)
    eventually listens "$port"
    service "$1" "$port" "${2:-}" >"$folder/$1.yaml"
}

certificate web shop.example.com
present web web web
endpoint http
endpoint socket
endpoint grpc 'martlet.dev/protocol: grpc'
cat >"$folder/route.yaml" <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: shop, namespace: default}
spec:
  hostnames: [shop.example.com]
  tls: {secretName: web, insecurePolicy: Redirect}
  rules:
  - {matches: [{path: {type: PathPrefix, value: /socket}}], backendRefs: [{name: socket, port: 80}]}
  - {matches: [{path: {type: PathPrefix, value: /e2e.Who}}], backendRefs: [{name: grpc, port: 80}]}
  - {backendRefs: [{name: http, port: 80}]}
YAML
http=$(free_port) https=$(free_port)
start gateway serve --manifests "$folder" --http "127.0.0.1:$http" --https "127.0.0.1:$https" --admin 127.0.0.1:0 --access-log "$WORK/access.log" --workers 2
eventually is 200 curl -sS -o /dev/null -w '%{http_code}' --cacert "$WORK/ca.crt" --resolve "shop.example.com:$https:127.0.0.1" "https://shop.example.com:$https/"
digest=$(openssl x509 -in "$WORK/web.crt" -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)

"$python" "$here/browser.py" "$http" "$https" "$digest" "$WORK" >"$WORK/seen.json"
cat "$WORK/seen.json"
seen() { jq -c "$1" "$WORK/seen.json"; }
is '"https://shop.example.com/"' seen .href
is '[200,"h2"]' seen '[.status, .protocol]'
is 3145728 seen .uploaded
is '["0","1","2"]' seen .events
is '["text",100000]' seen .echoes
is '"evil"' seen .called
has 'grpc-status: ?0' seen .trailers
# the WebSocket came within HTTP/2 (RFC 8441)
has '"path":"/socket","protocol":"HTTP/2","status":101' cat "$WORK/access.log"
