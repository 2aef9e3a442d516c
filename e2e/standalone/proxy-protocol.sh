#!/bin/bash
# The PROXY protocol: whom a trusted proxy says a connection is from, in front of plain HTTP and of TLS; nobody else gets in.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"

certificate shop shop.example.com
present shop shop shop
cat >"$folder/route.yaml" <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: shop, namespace: default}
spec:
  hostnames: [shop.example.com]
  tls: {secretName: shop}
  rules:
  - matches: [{sourceCIDRs: [192.0.2.0/24]}]
    filters: [{type: DirectResponse, directResponse: {statusCode: 200, body: inside}}]
  - filters: [{type: DirectResponse, directResponse: {statusCode: 200, body: outside}}]
YAML

exits 2 "$MARTLET" serve --manifests "$folder" --http 127.0.0.1:0 --https none --admin 127.0.0.1:0 --proxy-protocol
HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --admin "$ADMIN" --access-log "$WORK/access.log" \
    --trusted 127.0.0.0/8 --proxy-protocol
eventually is outside get shop.example.com / --haproxy-protocol

# say HEADER: what is answered behind that header; a printf format
say() {
    exec 3<>"/dev/tcp/${HTTP%:*}/${HTTP#*:}"
    # shellcheck disable=SC2059 # the header is the format
    { printf "$1"; printf 'GET / HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n'; } >&3
    timeout 10 cat <&3 | tail -n 1
    exec 3<&-
}
is inside say 'PROXY TCP4 192.0.2.7 10.0.0.1 40000 80\r\n'
is outside say 'PROXY TCP6 2001:db8::7 2001:db8::1 40000 80\r\n'
is outside say 'PROXY UNKNOWN\r\n'
is inside say '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10\xc0\0\x02\x07\x0a\0\0\x01\x9c\x40\0\x50\x04\0\x01\0'
is outside say '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'
eventually has '"client":"192.0.2.7"' cat "$WORK/access.log"
has '"client":"2001:db8::7"' cat "$WORK/access.log"

# in front of TLS
is outside curl -sS -m 10 --cacert "$WORK/ca.crt" --haproxy-protocol --connect-to "shop.example.com:443:$HTTPS" https://shop.example.com/

# without the header nobody gets in, and that is counted
has 'curl: \([0-9]+\)' get shop.example.com /
is '' say 'PROXY TCP4 192.0.2.7 10.0.0.1 40000\r\n'
has '^martlet_proxy_protocol_failures_total 2$' curl -sS "http://$ADMIN/metrics"

# an untrusted proxy does not, with one
OTHER=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start stranger serve --manifests "$folder" --http "$OTHER" --https none --admin "$ADMIN" --access-log none --trusted 192.0.2.0/24 --proxy-protocol
eventually is 200 eval "curl -sS -o /dev/null -w '%{http_code}' http://$ADMIN/readyz"
HTTP=$OTHER
has 'curl: \([0-9]+\)' get shop.example.com / --haproxy-protocol
has '^martlet_proxy_protocol_failures_total 1$' curl -sS "http://$ADMIN/metrics"
