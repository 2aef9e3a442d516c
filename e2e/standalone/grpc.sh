#!/bin/bash
# Endpoints that speak HTTP/2: gRPC's own library on both sides, and nghttp2's server behind clients of either protocol.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"
here=$(dirname "$0")
calls() { .build/tools/venv/bin/python "$here/grpc_calls.py" "$@"; }

# secured NAME: an Ingress of NAME.example.com with a certificate
secured() { ingress "$1" "$1.example.com" "$1" | sed "s/^spec: {/&tls: [{secretName: $1}], /"; }

server=$(free_port) files=$(free_port) nobody=$(free_port)
.build/tools/venv/bin/python "$here/grpc_calls.py" serve "$server" &
pids+=($!)
mkdir "$WORK/files"
head -c 3000000 /dev/urandom >"$WORK/files/big"
echo hello >"$WORK/files/hello"
nghttpd --no-tls --echo-upload --trailer 'x-sum: 1' -d "$WORK/files" "$files" >"$WORK/nghttpd.log" 2>&1 &
pids+=($!)
certificate calls calls.example.com
present calls calls calls
{
    service calls "$server" 'martlet.dev/protocol: grpc'; secured calls
    service files "$files" | sed 's/{name: http, port: 80}/{name: http, port: 80, appProtocol: kubernetes.io\/h2c}/'; ingress files files.example.com files
    service refusing "$nobody" 'martlet.dev/protocol: grpc'; ingress refusing refusing.example.com refusing
} >"$folder/all.yaml"
HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --admin "$ADMIN" --access-log "$WORK/access.log" --workers 2
gateway=$started
eventually is hello get files.example.com /hello
# requests: under way at the gateway
requests() { curl -sS "http://$ADMIN/stats" | jq '.["downstream.requests"]'; }

# calls of every kind, in the clear and over TLS
cat >"$WORK/wanted" <<'TEXT'
unary hello [('x-bytes-bin', b'\x00\xff'), ('x-length', '5')]
large True
empty b''
server-streaming 1000 999
client-streaming 499500
bidirectional you said 0 you said 1 you said 2
at once 124750
error NOT_FOUND no such thing: é
unknown UNIMPLEMENTED
TEXT
eventually calls call "$HTTP" calls.example.com
is "$(cat "$WORK/wanted")" calls call "$HTTP" calls.example.com
is "$(cat "$WORK/wanted")" calls call "$HTTPS" calls.example.com "$WORK/ca.crt"
# a deadline ends the call at the server, too
is 'DEADLINE_EXCEEDED in time' calls late "$HTTP" calls.example.com
is 'DEADLINE_EXCEEDED in time' calls late "$HTTPS" calls.example.com "$WORK/ca.crt"
# callers that see no trailers
cat >"$WORK/web" <<'TEXT'
grpc-web+proto Echo hello grpc-status: 0
grpc-web+proto Count 0 1 2 grpc-status: 0
grpc-web+proto Fail head: 5
grpc-web-text+proto Echo hello grpc-status: 0
grpc-web-text+proto Count 0 1 2 grpc-status: 0
grpc-web-text+proto Fail head: 5
TEXT
is "$(cat "$WORK/web")" calls web "$HTTP" calls.example.com
# what goes wrong at the gateway
is 'UNAVAILABLE ConnectFailed' calls status "$HTTP" refusing.example.com /e2e.Calls/Echo
is 'UNIMPLEMENTED NoHost' calls status "$HTTP" nobody.example.com /e2e.Calls/Echo
eventually is 0 requests

# curl, in both protocols, to a server of files
for version in --http1.1 --http2-prior-knowledge; do
    is hello get files.example.com /hello "$version"
    is "$(sha256sum <"$WORK/files/big")" eval "get files.example.com /big $version | sha256sum"
    is "$(sha256sum <"$WORK/files/big")" eval "get files.example.com / $version --data-binary '@$WORK/files/big' | sha256sum"
    is "$(sha256sum <"$WORK/files/big")" eval "get files.example.com / $version -X POST -T - <'$WORK/files/big' | sha256sum"
    is '404' get files.example.com /nothing "$version" -o "$WORK/body" -w '%{http_code}'
    is '200 0' get files.example.com /big "$version" --head -o "$WORK/body" -w '%{http_code} %{size_download}'
done
# trailers behind a body of known length pass where they can
has 'x-sum: 1' nghttp -v -t 20 -H ':authority: files.example.com' "http://$HTTP/hello"
# many at once share a few connections
h2load -n 3000 -c 8 -m 16 -H ':authority: files.example.com' "http://$HTTP/hello" >"$WORK/load"
has '^requests: 3000 total, 3000 started, 3000 done, 3000 succeeded, 0 failed, 0 errored, 0 timeout' cat "$WORK/load"
[ "$(curl -sS "http://$ADMIN/metrics" | sed -n 's/^martlet_upstream_http2_connections_total //p')" -lt 20 ] || fail 'too many connections'
eventually is 0 requests
has '"protocol":"HTTP/2","status":502,"reason":"ConnectFailed"' cat "$WORK/access.log"
clean_metrics "$ADMIN"
# the end says goodbye
kill -TERM "$gateway"
exits_well() { ! kill -0 "$gateway" 2>/dev/null; }
eventually exits_well
