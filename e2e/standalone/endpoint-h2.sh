#!/bin/bash
# HTTP/2 over TLS to endpoints: demanded and chosen, of gRPC's own library, nghttpd and nginx, with and without HTTP/2.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"
here=$(dirname "$0")
calls() { .build/tools/venv/bin/python "$here/grpc_calls.py" "$@"; }

# secured NAME PORT PROTOCOL [ANNOTATIONS]: a Service whose endpoint speaks TLS, and its host
secured() {
    {
        service "$1" "$2" "martlet.dev/protocol: $3, martlet.dev/tls-ca: ca, martlet.dev/tls-server-name: web.default.svc${4:+, $4}"
        ingress "$1" "$1.example.com" "$1"
    } >"$WORK/new.yaml"
    mv "$WORK/new.yaml" "$folder/$1.yaml"
}

# web PORT [http2]: an nginx that says what it was spoken to in
web() {
    mkdir -p "$WORK/nginx-$1"
    cat >"$WORK/nginx-$1/conf" <<CONF
daemon off; pid $WORK/nginx-$1/pid; error_log $WORK/nginx-$1/error.log; worker_processes 1;
events { worker_connections 1024; }
http {
    access_log off; client_body_temp_path $WORK/nginx-$1/b; proxy_temp_path $WORK/nginx-$1/p; fastcgi_temp_path $WORK/nginx-$1/f;
    uwsgi_temp_path $WORK/nginx-$1/u; scgi_temp_path $WORK/nginx-$1/s; keepalive_requests 100;
    server {
        listen 127.0.0.1:$1 ssl ${2:-}; ssl_certificate $WORK/web.crt; ssl_certificate_key $WORK/web.key;
        location / { return 200 "\$server_protocol \$ssl_session_reused\n"; }
        location /files/ { alias $WORK/files/; }
    }
}
CONF
    nginx -c "$WORK/nginx-$1/conf" 2>"$WORK/nginx-$1/log" &
    web=$!
    pids+=("$web")
    eventually listens "$1"
}

certificate web web.default.svc
certificate gateway gateway
printf '{apiVersion: v1, kind: Secret, metadata: {name: ca}, data: {ca.crt: %s}}\n' "$(base64 -w0 "$WORK/ca.crt")" >"$folder/ca.yaml"
present gateway gateway gateway
mkdir "$WORK/files"
head -c 3000000 /dev/urandom >"$WORK/files/big"
echo hello >"$WORK/files/hello"
grpc=$(free_port) asking=$(free_port) files=$(free_port) framed=$(free_port) old=$(free_port) changing=$(free_port)
.build/tools/venv/bin/python "$here/grpc_calls.py" serve "$grpc" "$WORK/web.crt" "$WORK/web.key" &
pids+=($!)
.build/tools/venv/bin/python "$here/grpc_calls.py" serve "$asking" "$WORK/web.crt" "$WORK/web.key" "$WORK/ca.crt" &
pids+=($!)
nghttpd --echo-upload --trailer 'x-sum: 1' -d "$WORK/files" "$files" "$WORK/web.key" "$WORK/web.crt" >"$WORK/nghttpd.log" 2>&1 &
pids+=($!)
web "$framed" http2
web "$old"
web "$changing" http2
secured calls "$grpc" grpcs
secured asked "$asking" grpcs
secured shown "$asking" grpcs 'martlet.dev/tls-client-certificate: gateway'
secured files "$files" h2
secured choosing "$files" https
secured framed "$framed" https
secured demanded "$framed" h2
secured old "$old" https
secured refused "$old" h2
secured changing "$changing" https
secured misnamed "$framed" h2
sed -i 's/web.default.svc/other.default.svc/' "$folder/misnamed.yaml"
service port "$framed" | sed 's/{name: http, port: 80}/{name: http, port: 80, appProtocol: kubernetes.io\/h2}/; s|^metadata: {name: port, namespace: default}|metadata: {name: port, namespace: default, annotations: {martlet.dev/tls-ca: ca, martlet.dev/tls-server-name: web.default.svc}}|' >"$folder/port.yaml"
ingress port port.example.com port >>"$folder/port.yaml"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --access-log "$WORK/access.log" --workers 2
requests() { curl -sS "http://$ADMIN/stats" | jq '.["downstream.requests"]'; }

# what was chosen, and what was demanded
eventually has '^HTTP/2.0' get framed.example.com /
has '^HTTP/2.0' get demanded.example.com /
has '^HTTP/2.0' get port.example.com /
has '^HTTP/1.1' get old.example.com /
is '502 UpstreamNotHTTP2' get refused.example.com /
is '502 UpstreamMisnamed' get misnamed.example.com /
has 'UpstreamNotHTTP2' cat "$WORK/access.log"
# many at once, when nothing is known of the endpoint yet
secured cold "$old" https
eventually has 'cluster default/cold' curl -sS "http://$ADMIN/graph"
h2load -n 2000 -c 20 -m 8 -H ':authority: cold.example.com' "http://$HTTP/" >"$WORK/load"
has '^requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout' cat "$WORK/load"
h2load -n 3000 -c 8 -m 16 -H ':authority: framed.example.com' "http://$HTTP/" >"$WORK/load"
has '^requests: 3000 total, 3000 started, 3000 done, 3000 succeeded, 0 failed, 0 errored, 0 timeout' cat "$WORK/load"

# files, bodies and trailers
for host in files choosing; do
    for version in --http1.1 --http2-prior-knowledge; do
        is hello get "$host.example.com" /hello "$version"
        is "$(sha256sum <"$WORK/files/big")" eval "get $host.example.com /big $version | sha256sum"
        is "$(sha256sum <"$WORK/files/big")" eval "get $host.example.com / $version --data-binary '@$WORK/files/big' | sha256sum"
        is 404 get "$host.example.com" /nothing "$version" -o "$WORK/body" -w '%{http_code}'
    done
    has 'x-sum: 1' nghttp -v -t 20 -H ":authority: $host.example.com" "http://$HTTP/hello"
done
# a WebSocket to an endpoint that may choose is asked for in HTTP/1.1
has '^HTTP/1.1' get framed.example.com / -H 'Connection: upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='

# gRPC
eventually calls call "$HTTP" calls.example.com
has '^unary hello' calls call "$HTTP" calls.example.com
has '^at once 124750' calls call "$HTTP" calls.example.com
is 'DEADLINE_EXCEEDED in time' calls late "$HTTP" calls.example.com
has 'grpc-web-text\+proto Count 0 1 2 grpc-status: 0' calls web "$HTTP" calls.example.com
is 'UNAVAILABLE UpstreamTLSFailed' calls status "$HTTP" asked.example.com /e2e.Calls/Echo
has '^unary hello' calls call "$HTTP" shown.example.com
eventually is 0 requests

# connections go on from earlier sessions: this server ends each after a hundred requests
before=$(metric martlet_upstream_tls_resumptions_total)
h2load -n 1000 -c 1 -m 1 -H ':authority: framed.example.com' "http://$HTTP/" >"$WORK/load"
has ' 1000 succeeded, 0 failed' cat "$WORK/load"
[ "$(metric martlet_upstream_tls_resumptions_total)" -ge $((before + 5)) ] || fail 'no connection went on from an earlier one'

# an endpoint that changes what it speaks
has '^HTTP/2.0' get changing.example.com /
for spoken in '' http2; do
    kill "$web" && wait "$web" || true
    web "$changing" $spoken
    wanted=1.1
    [ -z "$spoken" ] || wanted=2.0
    eventually has "^HTTP/$wanted" get changing.example.com /
done
