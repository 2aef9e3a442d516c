#!/bin/bash
# TLS that is left to the endpoints: by the name that a client asks for, untouched, beside hosts whose TLS ends here, with clients and servers
# that are not ours; and what an endpoint is told of it.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"

certificate shop shop.example.com
certificate pay pay.example.com
certificate any '*.any.example.com'
present shop shop shop

# endpoint CERTIFICATE OPTIONS…: an HTTPS server that tells what was agreed on; its port is in $port
endpoint() {
    port=$(free_port)
    openssl s_server -quiet -accept "127.0.0.1:$port" -cert "$WORK/$1.crt" -key "$WORK/$1.key" -www "${@:2}" >"$WORK/endpoint-$port.log" 2>&1 &
    pids+=("$!")
}

# passing NAME HOST PORT [ANNOTATIONS]: a Route that leaves TLS for a host to a Service with that endpoint
passing() {
    {
        service "$1" "$3" "${4:-}"
        cat <<YAML
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1, namespace: default}
spec:
  hostnames: ["$2"]
  tls: {mode: Passthrough}
  rules: [{backendRefs: [{name: $1, port: 80}]}]
YAML
    } >"$WORK/new.yaml"
    mv "$WORK/new.yaml" "$folder/pass-$1.yaml"
}

endpoint pay
passing pay pay.example.com "$port"
endpoint any
passing any '*.any.example.com' "$port"
answering shop shop.example.com '{secretName: shop}'
nginx=$(free_port)
mkdir "$WORK/nginx"
cat >"$WORK/nginx/nginx.conf" <<CFG
daemon off; master_process off; pid $WORK/nginx/pid; error_log $WORK/nginx/error.log;
events { worker_connections 64; }
http {
    access_log off;
    server {
        listen 127.0.0.1:$nginx ssl http2 proxy_protocol;
        ssl_certificate $WORK/pay.crt; ssl_certificate_key $WORK/pay.key;
        location / { return 200 "\$proxy_protocol_addr \$server_protocol \$ssl_server_name\n"; }
    }
}
CFG
nginx -p "$WORK/nginx" -c "$WORK/nginx/nginx.conf" >"$WORK/nginx/log" 2>&1 &
pids+=("$!")

HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --admin "$ADMIN" --access-log "$WORK/access.log"

# secure HOST [OPTIONS…]: what HTTPS answers there, to who trusts the script's authority
secure() { curl -sS -m 10 --cacert "$WORK/ca.crt" --connect-to "$1:443:$HTTPS" "${@:2}" "https://$1/"; }
# subject HOST: the names of the certificate that is shown
subject() { openssl s_client -nocommands -connect "$HTTPS" -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName | tail -n 1 | tr -d ' '; }

# each host's certificate is its endpoint's, or the gateway's where TLS ends there
eventually is DNS:pay.example.com subject pay.example.com
is 'DNS:*.any.example.com' subject a.b.any.example.com
is DNS:shop.example.com subject shop.example.com
has 'TLSv1.3' secure pay.example.com
has 'TLSv1.2' secure pay.example.com --tls-max 1.2
is shop secure shop.example.com
eventually has '"protocol":"tls-passthrough","host":"pay.example.com","reason":"OK","rule":"Route/default/pay/0"' cat "$WORK/access.log"
has '"protocol":"tls-passthrough","host":"a.b.any.example.com"' cat "$WORK/access.log"
has '^martlet_tls_passthroughs_total [1-9]' curl -sS "http://$ADMIN/metrics"

# requests never come to such a host: not in the clear, and not on another host's connection
is 404 status pay.example.com /
is 421 secure shop.example.com -o /dev/null -w '%{http_code}' -H 'Host: pay.example.com'
has 'TLS is not ended here' "$MARTLET" explain GET https://pay.example.com/ --admin "$ADMIN"

# whoever names nobody, or speaks something else, is met as ever
has 'no peer certificate available|unrecognized|alert' openssl s_client -nocommands -connect "$HTTPS" -noservername </dev/null
has '^HTTP/1.1 400' curl -sS -m 5 -i "http://$HTTPS/"

# a client that says its hello in pieces, and one that offers large keys
python3 - "$HTTPS" "$WORK/ca.crt" <<'PY'
import socket, ssl, sys, time
host, port = sys.argv[1].rsplit(":", 1)
context = ssl.create_default_context(cafile=sys.argv[2])
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname="pay.example.com")
with socket.create_connection((host, int(port)), timeout=10) as wire:
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            for byte in outgoing.read():
                wire.sendall(bytes([byte]))
            incoming.write(wire.recv(65536))
    assert ("DNS", "pay.example.com") in tls.getpeercert()["subjectAltName"]
PY

# what an endpoint is told in front of TLS: HTTP/2 goes through as it is
passing pay pay.example.com "$nginx" 'martlet.dev/proxy-protocol: v2'
eventually is '127.0.0.1 HTTP/2.0 pay.example.com' secure pay.example.com --http2

# the same in front of TLS that the gateway speaks itself, for a client whose TLS ends here; HAProxy says which host it was told
introduced '%[src] %[fc_pp_authority]' && haproxy=$port
# told NAME PORT ANNOTATIONS: a Service that is told, and its host, whose TLS ends here
told() {
    certificate "$1" "$1.example.com"
    present "$1-tls" "$1" "$1"
    {
        service "$1" "$2" "martlet.dev/proxy-protocol: v2$3"
        cat <<YAML
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1, namespace: default}
spec:
  hostnames: [$1.example.com]
  tls: {secretName: $1-tls}
  rules: [{backendRefs: [{name: $1, port: 80}]}]
YAML
    } >"$WORK/new.yaml"
    mv "$WORK/new.yaml" "$folder/told-$1.yaml"
}
told plain "$haproxy" ''
told sealed "$nginx" ', martlet.dev/protocol: https, martlet.dev/tls-verify: "false", martlet.dev/tls-server-name: inside.example.com'
eventually is '127.0.0.1 plain.example.com' secure plain.example.com --http2
is '127.0.0.1 ' get plain.example.com /
eventually has '^127.0.0.1 HTTP/[12][.][01] inside.example.com$' secure sealed.example.com --http2

# of two that want a host in different ways the older has it; files are of one age, so that names decide
answering zebra pay.example.com '{secretName: shop}'
eventually has 'HostnameClaimed' curl -sS "http://$ADMIN/config"
is '127.0.0.1 HTTP/2.0 pay.example.com' secure pay.example.com --http2

# what check says before anything is applied
cat >"$WORK/wrong.yaml" <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: wrong, namespace: default}
spec:
  tls: {mode: Passthrough}
  rules: [{backendRefs: [{name: pay, port: 80}]}]
YAML
exits 1 "$MARTLET" check -f "$WORK/wrong.yaml"
has 'spec.hostnames.*Passthrough goes by the name' tr '\n' ' ' <"$WORK/out"
