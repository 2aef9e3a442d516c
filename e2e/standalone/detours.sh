#!/bin/bash
# A canary speaks another protocol than its primary, over TLS too; connections and datagrams are switched; a check and explain tell it.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"
client() { python3 e2e/standalone/l4_client.py "$@"; }
# put NAME: the standard input as a file of the folder, in one piece
put() { cat >"$WORK/new.yaml" && mv "$WORK/new.yaml" "$folder/$1.yaml"; }

# framed PORT OPTIONS…: an nghttpd, over HTTP/2 only
mkdir "$WORK/plain" "$WORK/sealed"
echo 'in the clear' >"$WORK/plain/index.html"
echo 'over TLS' >"$WORK/sealed/index.html"
framed() {
    nghttpd -a 127.0.0.1 "$@" >"$WORK/nghttpd.log" 2>&1 &
    pids+=("$!")
    eventually listens "$port"
}
certificate web web.default.svc
sample v1 && first=$port
port=$(free_port) && framed -d "$WORK/plain" --no-tls "$port" && plain=$port
port=$(free_port) && framed -d "$WORK/sealed" "$port" "$WORK/web.key" "$WORK/web.crt" && sealed=$port
# backend PROTOCOL NAME: a server that says NAME; its port is in $port
backend() {
    port=$(free_port)
    python3 e2e/standalone/l4_servers.py "$1" "$2" "$port" >"$WORK/$2.log" 2>&1 &
    pids+=("$!")
}
backend tcp blue && blue=$port
backend tcp green && green=$port
backend udp old && old=$port
backend udp new && new=$port

{
    service web "$first" 'martlet.dev/canaries: "plain,sealed"'
    ingress web web.example.com web
    service plain "$plain" 'martlet.dev/canary-of: web, martlet.dev/canary-header: x-canary=plain, martlet.dev/protocol: h2c'
    service sealed "$sealed" 'martlet.dev/canary-of: web, martlet.dev/canary-header: x-canary=sealed, martlet.dev/protocol: h2, martlet.dev/tls-ca: ca, martlet.dev/tls-server-name: web.default.svc'
    printf -- '---\n{apiVersion: v1, kind: Secret, metadata: {name: ca, namespace: default}, data: {ca.crt: %s}}\n' "$(base64 -w0 "$WORK/ca.crt")"
} | put web
# sessions PROTOCOL SWITCH: a port and the Services for it
tcp=$(free_port) udp=$(free_port)
sessions() {
    local numbers=("$blue" "$green") port=$tcp
    [ "$1" = TCP ] || { numbers=("$old" "$new") && port=$udp; }
    {
        service "${1,,}" "${numbers[0]}" "martlet.dev/switch-to: \"$2\""
        service "${1,,}-next" "${numbers[1]}"
    } | sed "s/{name: http, port: \([0-9]*\)}/{name: http, port: \1, protocol: $1}/"
    cat <<YAML
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: ${1,,}, namespace: default}
spec: {listener: {protocol: $1, port: $port}, rules: [{timeouts: {streamIdle: 1s}, backendRefs: [{name: ${1,,}, port: 80}]}]}
YAML
}
sessions TCP '' | put tcp
sessions UDP '' | put udp
is 0 eval "$MARTLET check -f $folder | wc -l"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --tcp "127.0.0.1:$tcp" --udp "127.0.0.1:$udp" --admin "$ADMIN" \
    --workers 2 --access-log "$WORK/access.log"

# Each canary is spoken to in its own protocol.
eventually is v1 get web.example.com /
is 'in the clear' get web.example.com / -H 'x-canary: plain'
is 'over TLS' get web.example.com / -H 'x-canary: sealed'
for _ in $(seq 20); do is v1 get web.example.com /; done
eventually has '"rule":"Ingress/default/web/web:80","arm":"default","cluster":"default/sealed:80"' cat "$WORK/access.log"
has 'this request asks for default/plain:80' "$MARTLET" explain --admin "$ADMIN" GET http://web.example.com/ -H 'x-canary: plain'

# Connections and datagrams.
eventually has '^blue:x' client tcp "127.0.0.1:$tcp" x
is old:x client udp "127.0.0.1:$udp" x
sessions TCP tcp-next | put tcp
sessions UDP udp-next | put udp
eventually has '^green:x' client tcp "127.0.0.1:$tcp" x
eventually is new:x client udp "127.0.0.1:$udp" x
has '^martlet_detoured_requests_total\{cluster="default/tcp:80",to="default/tcp-next:80"\} [1-9]' curl -sS "http://$ADMIN/metrics"
sessions TCP '' | put tcp
eventually has '^blue:x' client tcp "127.0.0.1:$tcp" x

# A check tells what a gateway would.
sessions TCP tpc-next | put tcp
has 'error: Service default/tcp metadata.annotations\[martlet.dev/switch-to\]: Service default/tpc-next does not exist.*Did you mean tcp-next\?' \
    "$MARTLET" check -f "$folder"
