#!/bin/bash
# WebSockets to endpoints of HTTP/2 (RFC 8441): from clients of either protocol, in the clear and over TLS; and an endpoint that offers none.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"
here=$(dirname "$0")
python=.build/tools/venv/bin/python
ask() { "$python" "$here/websocket.py" ask "$HTTP" "$1"; }

# endpoint NAME PROTOCOL ARGUMENTS…: one, its Service and its host
endpoint() {
    local port
    port=$(free_port)
    "$python" "$here/websocket_h2.py" "$port" "${@:3}" 2>"$WORK/$1.log" &
    pids+=($!)
    {
        service "$1" "$port" "martlet.dev/protocol: $2, martlet.dev/tls-ca: ca"
        ingress "$1" "$1.example.com" "$1" | sed "s/^spec: {/&tls: [{secretName: web}], /"
    } >"$folder/$1.yaml"
}

certificate web '*.default.svc' '*.example.com'
present web web web
printf '{apiVersion: v1, kind: Secret, metadata: {name: ca}, data: {ca.crt: %s}}\n' "$(base64 -w0 "$WORK/ca.crt")" >"$folder/ca.yaml"
endpoint clear h2c
endpoint sealed h2 "$WORK/web.crt" "$WORK/web.key"
MARTLET_E2E_NO_WEBSOCKET=1 endpoint without h2c
HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --admin "$ADMIN" --access-log "$WORK/access.log" --workers 1
for host in clear sealed without; do eventually is HTTP/2 get "$host.example.com" /; done

for host in clear sealed; do
    for _ in 1 2 3 4 5; do ask "$host.example.com" || fail "no WebSocket to $host"; done
    # a client of HTTP/2, with another request beside it on its connection
    "$python" "$here/http2_client.py" websocket "$HTTP" "$host.example.com" || fail "no WebSocket over HTTP/2 to $host"
    "$python" "$here/http2_client.py" websocket "$HTTPS" "$host.example.com" "$WORK/ca.crt" || fail "no WebSocket over TLS to $host"
    is HTTP/2 get "$host.example.com" /
done
# what offers none is told apart, and goes on with everything else
has 'no upgrade: HTTP/1.1 501' ask without.example.com
is HTTP/2 get without.example.com /
has '"status":101,"reason":"OK"' cat "$WORK/access.log"
has '"status":501,"reason":"NotImplemented"' cat "$WORK/access.log"
requests() { curl -sS "http://$ADMIN/stats" | jq '.["downstream.requests"]'; }
eventually is 0 requests
