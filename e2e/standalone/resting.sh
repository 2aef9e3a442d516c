#!/bin/bash
# Connections that rest are closed after the time that the options say, at both ends; an endpoint that does not accept is left after what its Service says.
. "$(dirname "$0")/lib-standalone.sh"

folder=$WORK/manifests
mkdir "$folder"
# An endpoint that keeps connections, and one whose queue is full: what connects to it gets no answer.
python3 - >"$WORK/ports" <<'PY' &
import http.server, socket, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = str(self.client_address[1]).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
keeps = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
full = socket.socket()
full.bind(("127.0.0.1", 0))
full.listen(0)
crowd = [socket.socket() for _ in range(4)]
for one in crowd:
    one.setblocking(False)
    one.connect_ex(full.getsockname())
print(keeps.server_address[1], full.getsockname()[1], flush=True)
keeps.serve_forever()
PY
pids+=($!)
eventually has '^[0-9]+ [0-9]+$' cat "$WORK/ports"
read -r keeps full <"$WORK/ports"

{
    service web "$keeps" ''
    ingress web web.example.com web
    ingress deaf deaf.example.com deaf
    service deaf "$full" 'martlet.dev/connect-timeout: 300ms'
} >"$folder/all.yaml"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --workers 1 \
    --client-idle-timeout 2s --upstream-idle-timeout 1s
eventually curl -sS -f -o /dev/null "http://$ADMIN/readyz"

# seconds_until_closed: how long a connection lives after its only request
seconds_until_closed() {
    local begin=$SECONDS
    exec 7<>"/dev/tcp/${HTTP%:*}/${HTTP#*:}"
    printf 'GET / HTTP/1.1\r\nHost: web.example.com\r\n\r\n' >&7
    timeout 20 cat <&7 >/dev/null
    exec 7>&-
    echo $((SECONDS - begin))
}
has '^[1-4]$' seconds_until_closed

# The endpoint tells the port that it sees: the same one as long as the connection is kept.
first=$(get web.example.com /)
is "$first" get web.example.com /
closed() { [ "$(ss -Htn state established "sport = :$first" | wc -l)" = 0 ] && echo closed; }
eventually is closed closed

is 504 status deaf.example.com / -m 4
has 'ConnectTimeout' cat "$WORK/gateway.log"

has 'client-idle-timeout must be between 1s and 24h' "$MARTLET" serve --manifests "$folder" --client-idle-timeout 0
has "invalid for '--upstream-idle-timeout" "$MARTLET" serve --manifests "$folder" --upstream-idle-timeout soon
