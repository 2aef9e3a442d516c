#!/bin/bash
# Connections and datagrams that are passed on as they are: real servers and clients, several endpoints and arms, an endpoint that refuses,
# ports that are not declared or claimed twice, a drain, and the PROXY protocol as nginx and HAProxy read it.
. "$(dirname "$0")/lib-standalone.sh"
KUBECTL=${KUBECTL:-$PWD/.build/tools/kubectl-1.32}
servers=e2e/standalone/l4_servers.py
client() { python3 e2e/standalone/l4_client.py "$@"; }
edge_cluster
# The gateway of `martlet dev` holds the Lease of the usual namespace.
edge_home

# backend PROTOCOL NAME: a server that says NAME; its port is in $port
backend() {
    port=$(free_port)
    python3 $servers "$1" "$2" "$port" >"$WORK/$2.log" 2>&1 &
    pids+=("$!")
}

# lead NAME PROTOCOL NUMBER PORT… [-- ANNOTATION]: a Service with endpoints at these ports on loopback
lead() {
    local name=$1 protocol=$2 number=$3 slices='' annotation='' each
    shift 3
    for each in "$@"; do
        [ "$each" != -- ] || { annotation=${*: -1} && break; }
        slices+="---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: $name-$each, namespace: default, labels: {kubernetes.io/service-name: $name}}
addressType: IPv4
ports: [{name: p, port: $each, protocol: $protocol}]
endpoints: [{addresses: [127.0.0.1]}]
"
    done
    "$KUBECTL" apply -f - <<YAML
apiVersion: v1
kind: Service
metadata: {name: $name, namespace: default, annotations: {martlet.dev/load-balancer: round-robin${annotation:+, $annotation}}}
spec: {ports: [{name: p, port: $number, protocol: $protocol}]}
$slices
YAML
}

# listen NAME PROTOCOL PORT RULES: a Route that takes a port
listen() {
    "$KUBECTL" apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1, namespace: default}
spec: {ingressClassName: edge, listener: {protocol: $2, port: $3}, rules: $4}
YAML
}

condition() { "$KUBECTL" get route "$1" -o jsonpath="{range .status.parents[0].conditions[?(@.type==\"$2\")]}{.status} {.reason}: {.message}{end}"; }
metric() { curl -sS "http://$ADMIN/metrics" | grep -F "$1" | sed 's/.* //'; }

echo=$(free_port) spare=$(free_port) proxied=$(free_port) told=$(free_port) nobody=$(free_port)
datagrams=$(free_port) others=$(free_port)
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
backend tcp one && one=$port
backend tcp two && two=$port
backend udp three && three=$port
backend udp four && four=$port
gone=$(free_port)
lead echo TCP 7 "$one" "$two"
lead half TCP 7 "$gone" "$two"
lead echo-udp UDP 7 "$three" "$four"
listen echo TCP "$echo" '[{backendRefs: [{name: echo, port: 7}]}]'
listen datagrams UDP "$datagrams" '[{timeouts: {streamIdle: 1s}, backendRefs: [{name: echo-udp, port: 7}]}]'
listen others UDP "$others" '[{timeouts: {streamIdle: 1s}, backendRefs: [{name: echo-udp, port: 7}]}]'
start gateway serve --kubeconfig "$WORK/kubeconfig" --allow-loopback --http "$HTTP" --https none --admin "$ADMIN" --ingress-class edge \
    --controller-name example.com/edge --access-log "$WORK/access.log" --drain-delay 0 --drain-timeout 5s --workers 2 \
    --tcp "127.0.0.1:$echo" --tcp "127.0.0.1:$spare" --tcp "127.0.0.1:$proxied" --tcp "127.0.0.1:$told" \
    --udp "[::]:$datagrams" --udp "0.0.0.0:$others"
gateway=$started

# connections: both directions, each side's end, both endpoints
eventually has '^(one|two):hello\[5 bytes\]$' client tcp "127.0.0.1:$echo" hello
for _ in 1 2 3 4; do client tcp "127.0.0.1:$echo" x; done >"$WORK/answers"
has one cat "$WORK/answers"
has two cat "$WORK/answers"
eventually is 'True Accepted: ' condition echo Accepted
eventually has '"protocol":"tcp","reason":"OK","rule":"Route/default/echo/0".*"bytes_received":5,"bytes_sent":19' cat "$WORK/access.log"
python3 -c 'print("z" * 3000000, end="")' >"$WORK/large"
is 3000016 eval "socat -t 10 - TCP:127.0.0.1:$echo <$WORK/large | sed 's/\(one\|two\)://g' | wc -c"

# an endpoint that refuses is passed over; nobody is asked who cannot be
listen echo TCP "$echo" '[{backendRefs: [{name: half, port: 7}]}]'
eventually has 'default/half:7' curl -sS "http://$ADMIN/graph"
for _ in 1 2 3 4; do is 'two:x[1 bytes]' client tcp "127.0.0.1:$echo" x; done

# arms share connections by weight, and an active one has all
listen echo TCP "$echo" '[{split: {arms: [{name: a, weight: 1, backendRefs: [{name: echo, port: 7}]}, {name: b, weight: 0, backendRefs: [{name: half, port: 7}]}]}}]'
eventually has 'arm a 1' curl -sS "http://$ADMIN/graph"
client tcp "127.0.0.1:$echo" x >"$WORK/answers"
eventually is 1 metric 'martlet_sessions_total{rule="Route/default/echo/0",arm="a"}'

# datagrams: one endpoint for each client, answers to whoever asked, and an end when nothing comes
for _ in 1 2 3 4; do
    client udp "127.0.0.1:$datagrams" p q p >"$WORK/answers.one"
    is 1 eval "sed 's/:.*//' $WORK/answers.one | sort -u | wc -l"
    is 'p q p' eval "sed 's/.*://' $WORK/answers.one | tr '\n' ' ' | sed 's/ $//'"
    cat "$WORK/answers.one" >>"$WORK/answers.udp"
done
# answers leave from the address that was asked, whichever of the machine's that is, and large ones are whole
for address in "127.0.0.1:$datagrams" "127.0.0.77:$datagrams" "127.0.0.1:$others" "127.0.0.77:$others"; do
    has '^(three|four):p$' client udp "$address" p
done
large=$(printf 'y%.0s' $(seq 9000))
has '^(three|four):y+$' client udp "127.0.0.1:$others" "$large"
has '^900[67]$' eval "client udp 127.0.0.1:$datagrams $large | wc -c"
has three cat "$WORK/answers.udp"
has four cat "$WORK/answers.udp"
eventually has '"protocol":"udp","reason":"OK".*"endpoint":"127.0.0.1:[0-9]+".*"bytes_received":3' cat "$WORK/access.log"

# what explain says
has "passed on as it is, by rule Route/default/echo/0" "$MARTLET" explain GET "tcp://gateway:$echo" --admin "$ADMIN"
has "no listener speaks tcp on port $nobody" "$MARTLET" explain GET "tcp://gateway:$nobody" --admin "$ADMIN"
has "no Route claims the port" "$MARTLET" explain GET "tcp://gateway:$spare" --admin "$ADMIN"
is '' client tcp "127.0.0.1:$spare" ''
eventually has '"protocol":"tcp","reason":"NoRoute"' cat "$WORK/access.log"

# bad input: what is wrong and what to do is in the status, and nothing else suffers
listen undeclared TCP "$nobody" '[{backendRefs: [{name: echo, port: 7}]}]'
eventually has "False NoMatchingParent: spec.listener.port: The gateway does not listen on TCP port $nobody: its --tcp ports are .*Start it with --tcp" condition undeclared Accepted
listen second TCP "$echo" '[{backendRefs: [{name: echo, port: 7}]}]'
eventually has "False PortClaimed: spec.listener: Route default/echo, which is older, has TCP port $echo" condition second Accepted
listen matching TCP "$spare" "[{matches: [{path: {value: /x}}], backendRefs: [{name: echo, port: 7}]}]"
eventually has "False UnsupportedValue: spec.rules\[0\].matches: What comes to TCP port $spare is taken as it is, so 'matches' can have no effect; remove it." condition matching Accepted
listen missing TCP "$spare" '[{backendRefs: [{name: nothing, port: 7}]}]'
"$KUBECTL" delete route matching
eventually has 'False BackendNotFound' condition missing ResolvedRefs
has '^(one|two):still' client tcp "127.0.0.1:$echo" still
"$KUBECTL" delete route missing undeclared second

# PROXY v2 as HAProxy reads it, v1 as nginx does; a connection for each client, in HTTP as well
introduced '%[src] %[fc_rcvd_proxy] %[dst_port]' && haproxy=$port
nginx=$(free_port)
mkdir "$WORK/nginx"
cat >"$WORK/nginx/nginx.conf" <<CFG
daemon off; master_process off; pid $WORK/nginx/pid; error_log $WORK/nginx/error.log;
events { worker_connections 64; }
http {
    access_log off;
    server {
        listen 127.0.0.1:$nginx proxy_protocol;
        location / { return 200 "\$proxy_protocol_addr \$proxy_protocol_server_port \$connection\n"; }
    }
}
CFG
nginx -p "$WORK/nginx" -c "$WORK/nginx/nginx.conf" >"$WORK/nginx/log" 2>&1 &
pids+=("$!")
lead proxied TCP 80 "$haproxy" -- 'martlet.dev/proxy-protocol: v2'
lead told TCP 80 "$nginx" -- 'martlet.dev/proxy-protocol: v1'
listen proxied TCP "$proxied" '[{backendRefs: [{name: proxied, port: 80}]}]'
listen told TCP "$told" '[{backendRefs: [{name: told, port: 80}]}]'
ingress told told.example.com told | sed 's/^spec: {/spec: {ingressClassName: edge, /' | "$KUBECTL" apply -f -
eventually is "127.0.0.1 1 $proxied" curl -sS -m 5 "http://127.0.0.1:$proxied/"
eventually has "^127.0.0.1 $told [0-9]+$" curl -sS -m 5 "http://127.0.0.1:$told/"
eventually has "^127.0.0.1 ${HTTP#*:} [0-9]+$" get told.example.com /
curl -sS -m 5 -H 'Host: told.example.com' "http://$HTTP/" "http://$HTTP/" | sed 's/.* //' >"$WORK/connections"
is 2 eval "sort -u $WORK/connections | wc -l"
"$KUBECTL" annotate service told --overwrite martlet.dev/proxy-protocol=v3
eventually has "'v3' is not supported; use one of v1, v2" curl -sS "http://$ADMIN/config"

clean_metrics "$ADMIN"
# a session that is under way has the drain's time, and no longer
client hold "127.0.0.1:$echo" >"$WORK/held" &
held=$!
eventually has '^(one|two):held$' cat "$WORK/held"
kill -TERM "$gateway"
eventually is '000' eval "curl -s -m 1 -o /dev/null -w '%{http_code}' http://127.0.0.1:$echo/ || true"
has '^(one|two):held$' cat "$WORK/held"
wait "$gateway" || true
wait "$held" || true
has '^(ended|ConnectionResetError)$' cat "$WORK/held"
has 'tunnels=1' cat "$WORK/gateway.log"
has '"protocol":"tcp","reason":"Draining"' cat "$WORK/access.log"
