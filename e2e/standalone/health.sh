#!/bin/bash
# Endpoints are asked whether they are well, over HTTP, TCP and gRPC; one that is not gets no requests until it is again.
. "$(dirname "$0")/lib-standalone.sh"
here=$(dirname "$0")
python=.build/tools/venv/bin/python

# backend KIND NAME: an endpoint that is well while $WORK/NAME.well is there; its port is in $port
backend() {
    port=$(free_port)
    touch "$WORK/$2.well"
    "$python" "$here/health_backend.py" "$1" "$port" "$WORK/$2.well" >"$WORK/$2.log" 2>&1 &
    pids+=($!)
    eventually listens "$port"
}
# both NAME PORT PORT ANNOTATIONS: a Service with two endpoints under NAME.example.com, as YAML
both() {
    service "$1" "$2" "$4"
    echo ---
    service "$1" "$3" | sed "1,/^---\$/d; s|name: $1-a|name: $1-b|"
    ingress "$1" "$1.example.com" "$1"
}
often='martlet.dev/health-check-interval: 1s, martlet.dev/health-check-failures: "2", martlet.dev/health-check-successes: "1"'

backend http left && left=$port
backend http right && right=$port
backend grpc calm && calm=$port
backend grpc keen && keen=$port
gone=$(free_port)
folder=$WORK/manifests
mkdir "$folder"
{
    both web "$left" "$right" "martlet.dev/health-check-path: /healthz, $often"
    both calls "$calm" "$keen" "martlet.dev/protocol: grpc, martlet.dev/health-check: grpc:e2e.Who, $often"
} >"$folder/all.yaml"
both lost "$left" "$gone" "martlet.dev/health-check: tcp, martlet.dev/outlier-detection: \"off\", $often" >"$folder/lost.yaml"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --workers 2 --access-log "$WORK/access.log"
seen() { for _ in $(seq 20); do get web.example.com /; echo; done | sort -u | tr '\n' ' '; }
called() { "$python" "$here/health_backend.py" ask "$HTTP" calls.example.com | sort -u | tr '\n' ' '; }
pair() { printf '%s\n' "$@" | sort | tr '\n' ' '; }
eventually is "$(pair "$left" "$right")" seen
eventually has "martlet-health-check 127.0.0.1:$left" cat "$WORK/left.log"

# over HTTP
rm "$WORK/left.well"
eventually has "an endpoint is unhealthy.*127.0.0.1:$left.*it answers 503" cat "$WORK/gateway.log"
is "$right " seen
touch "$WORK/left.well"
eventually is "$(pair "$left" "$right")" seen
# nobody is well: better to try than to refuse
rm "$WORK/left.well" "$WORK/right.well"
eventually has "an endpoint is unhealthy.*127.0.0.1:$right" cat "$WORK/gateway.log"
eventually is "$(pair "$left" "$right")" seen

# over gRPC
eventually is "$(pair "$calm" "$keen")" called
rm "$WORK/keen.well"
eventually has "an endpoint is unhealthy.*127.0.0.1:$keen.*it says that it does not serve" cat "$WORK/gateway.log"
is "$calm " called
touch "$WORK/keen.well"
eventually is "$(pair "$calm" "$keen")" called

# by a connection: nobody listens at one of the two, and no request is tried there any more
eventually has "an endpoint is unhealthy.*127.0.0.1:$gone.*no connection is accepted" cat "$WORK/gateway.log"
failures() { curl -sS "http://$ADMIN/metrics" | sed -n 's/^martlet_upstream_connect_failures_total //p'; }
before=$(failures)
for _ in $(seq 30); do is "$left" get lost.example.com /; done
is "$before" failures

# the check is taken back: the endpoint counts as healthy, and the connection that fails goes elsewhere
both lost "$left" "$gone" 'martlet.dev/outlier-detection: "off"' >"$folder/lost.yaml"
tried() { for _ in $(seq 10); do get lost.example.com / >/dev/null; done; [ "$(failures)" -gt "$before" ] && echo yes; }
eventually is yes tried

clean_metrics "$ADMIN"
