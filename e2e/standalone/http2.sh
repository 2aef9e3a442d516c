#!/bin/bash
# HTTP/2 from real clients, over TLS and in the clear: bodies in every framing, trailers, errors, clients that leave or break rules,
# WebSocket by extended CONNECT, and the end of a gateway.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"
here=$(dirname "$0")
client() { .build/tools/venv/bin/python "$here/http2_client.py" "$@"; }

# secured NAME: an Ingress of NAME.example.com with a certificate
secured() { ingress "$1" "$1.example.com" "$1" | sed "s/^spec: {/&tls: [{secretName: $1}], /"; }

backend=$(free_port) chat=$(free_port) nobody=$(free_port)
python3 "$here/http2_backend.py" "$backend" &
pids+=($!)
python3 "$here/websocket.py" serve "$chat" &
pids+=($!)
sample v1
for name in web chat load; do
    certificate $name $name.example.com
    present $name $name $name
done
{
    service web "$backend"; secured web
    service chat "$chat"; secured chat
    service load "$port"; secured load
    service refusing "$nobody"; ingress refusing refusing.example.com refusing
    service empty 1 | sed 's/ready: true/ready: false/'; ingress empty empty.example.com empty
} >"$folder/all.yaml"
HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
serve() {
    start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --admin "$ADMIN" --access-log "$WORK/access.log" "$@"
    gateway=$started
    eventually is web get web.example.com /
}
serve
eventually is web curl -sS "http://127.0.0.1:$backend/"

# ask HOST PATH [curl options]: over $over, which is h2c or tls
ask() {
    case $over in
        h2c) curl -sS -m 20 --http2-prior-knowledge --connect-to "$1:80:$HTTP" "http://$1$2" "${@:3}" ;;
        tls) curl -sS -m 20 --http2 --cacert "$WORK/ca.crt" --connect-to "$1:443:$HTTPS" "https://$1$2" "${@:3}" ;;
    esac
}
# answer HOST PATH [curl options]: version, status and size of the body
answer() { ask "$@" -o "$WORK/body" -w '%{http_version} %{http_code} %{size_download}'; }
# frames PATH [nghttp options]: what nghttp saw, line by line while it comes
frames() {
    case $over in
        h2c) stdbuf -oL nghttp -v -t 20 -H ':authority: web.example.com' "http://$HTTP$1" "${@:2}" ;;
        tls) stdbuf -oL nghttp -v -t 20 -H ':authority: web.example.com' "https://$HTTPS$1" "${@:2}" ;;
    esac 2>&1 | sed -u 's/\x1b\[[0-9;]*m//g'
}
# requests: under way at the gateway; left: readers that the backend lost
requests() { curl -sS "http://$ADMIN/stats" | jq '.["downstream.requests"]'; }
left() { curl -sS "http://127.0.0.1:$backend/left"; }

head -c 300000 /dev/urandom >"$WORK/upload"
sum=$(sha256sum <"$WORK/upload" | cut -d' ' -f1)
for over in h2c tls; do
    is '2 200 4' answer web.example.com /
    has '^x-protocol: HTTP/1.1' ask web.example.com / -D - -o "$WORK/body"
    is '2 200 0' answer web.example.com / --head
    has '^content-length: 4' ask web.example.com / --head
    # bodies: as long as was said; as long as it is
    is "300000 300000 $sum" ask web.example.com /echo --data-binary "@$WORK/upload"
    is "chunked 300000 $sum" eval "ask web.example.com /echo -X POST -T - <'$WORK/upload'"
    # a reader that is slower than the backend
    is '2 200 10000000' answer web.example.com /big --limit-rate 8M
    is "$(python3 -c 'print("0123456789" * 1_000_000, end="")' | sha256sum)" eval "sha256sum <'$WORK/body'"
    # trailers are a HEADERS frame behind the data
    frames /trailers >"$WORK/frames"
    grep -A9 'DATA frame' "$WORK/frames" | grep -q 'x-checksum: 2cf24d' || fail "no trailers behind the data: $(cat "$WORK/frames")"
    # more than a head may have
    is '2 431' eval "answer web.example.com / -H 'x-long: $(printf '%040000d' 0)' | cut -d' ' -f1,2"
    # what cannot be answered well
    is '2 502' eval "answer web.example.com /broken | cut -d' ' -f1,2"
    # a client that leaves in the middle of an answer, with its connection, and with its stream only
    before=$(left)
    ask web.example.com /endless -m 2 --limit-rate 100K -o "$WORK/body" &
    reader=$!
    eventually is 1 requests
    wait $reader && fail 'a reader of an endless answer read to its end'
    eventually is 0 requests
    eventually is $((before + 1)) left
    case $over in
        h2c) client cancel "$HTTP" web.example.com ;;
        tls) client cancel "$HTTPS" web.example.com "$WORK/ca.crt" ;;
    esac || fail 'a stream that was reset'
    eventually is 0 requests
    eventually is $((before + 2)) left
done
over=h2c
is '2 404' eval "answer nobody.example.com / | cut -d' ' -f1,2"
is '2 502' eval "answer refusing.example.com / | cut -d' ' -f1,2"
is '2 503' eval "answer empty.example.com / | cut -d' ' -f1,2"

# HTTP/1.1 is spoken with those who want it, and with those who ask for an upgrade, which RFC 9113 has no longer
over=tls
is '1.1 200 4' answer web.example.com / --http1.1
is '1.1 200' get web.example.com / --http2 -o "$WORK/body" -w '%{http_version} %{http_code}'
# a host with another certificate is not served on this connection, which goes on
is '421 1 200 0 ' ask web.example.com / -H 'Host: chat.example.com' -o "$WORK/body" -w '%{http_code} %{num_connects} ' \
    --next -sS --cacert "$WORK/ca.crt" --connect-to "web.example.com:443:$HTTPS" https://web.example.com/ -o "$WORK/body" -w '%{http_code} %{num_connects} '

# many at once
for over in h2c tls; do
    case $over in
        h2c) h2load -n 2000 -c 8 -m 16 -H ':authority: load.example.com' "http://$HTTP/" ;;
        tls) h2load -n 2000 -c 8 -m 16 --connect-to="$HTTPS" https://load.example.com/ ;;
    esac >"$WORK/load"
    has '^requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout' cat "$WORK/load"
    has '^status codes: 2000 2xx' cat "$WORK/load"
done

# a WebSocket over HTTP/2 is one with an upgrade at the endpoint; other protocols of extended CONNECT are not known
client websocket "$HTTP" chat.example.com || fail 'a WebSocket over h2c'
client websocket "$HTTPS" chat.example.com "$WORK/ca.crt" || fail 'a WebSocket over TLS'
is 501 client protocol "$HTTP" chat.example.com
eventually is 0 requests

# more than twice what a head may have is not answered: the stream is reset (INTERNAL_ERROR), and the others go on
is '2 200' client long "$HTTP" web.example.com

# who makes work for nothing is told to calm down (11), and the others go on
is 11 client resets "$HTTP" web.example.com
is 11 client pings "$HTTP" web.example.com
is '2 200 4' answer web.example.com /
eventually is 0 requests

# what is told of it
eventually has '"protocol":"HTTP/2","status":200,' cat "$WORK/access.log"
eventually has '"protocol":"HTTP/2","status":421,"reason":"Misdirected"' cat "$WORK/access.log"
eventually has '"protocol":"HTTP/1.1"' cat "$WORK/access.log"
[ "$(metric martlet_http2_streams_total)" -gt 4000 ] || fail 'the streams are not counted'
[ "$(metric martlet_http2_connections_total)" -gt 16 ] || fail 'the connections are not counted'
[ "$(metric martlet_tls_handshakes_total)" -gt 8 ] || fail 'the handshakes are not counted'

# the end: those who have begun finish, and are told not to begin anything else
kill -TERM "$gateway"
wait "$gateway" || fail "the gateway ended with $?"
serve --drain-delay 0 --drain-timeout 30s
over=tls
mkfifo "$WORK/until"
client silent "$HTTPS" web.example.com "$WORK/ca.crt" <"$WORK/until" >"$WORK/silent" &
exec 9>"$WORK/until"
eventually is 200 cat "$WORK/silent"
frames /gated >"$WORK/frames" &
download=$!
eventually is 1 requests
SECONDS=0
kill -TERM "$gateway"
eventually has 'recv GOAWAY' cat "$WORK/frames"
last='recv DATA frame <.*flags=0x01'
grep -q "$last" "$WORK/frames" && fail 'the download was over before the gateway ended'
is open curl -sS "http://127.0.0.1:$backend/open"
wait $download || fail 'the download was cut'
grep -q "$last" "$WORK/frames" || fail "the download has no end: $(cat "$WORK/frames")"
[ "$(tr -cd b <"$WORK/frames" | wc -c)" -ge 10000 ] || fail 'the download is not whole'
wait "$gateway" || fail "the gateway ended with $?: $(cat "$WORK/gateway.log")"
grep -q 'ended, all requests finished finished=1 cut=0' "$WORK/gateway.log" || fail "the log does not count: $(cat "$WORK/gateway.log")"
[ $SECONDS -lt 15 ] || fail "a client at rest that does not answer held the gateway up for $SECONDS s"
exec 9>&-
