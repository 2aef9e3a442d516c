#!/bin/bash
# Connections and datagrams of real clients: Redis behind a TCP listener, names asked for over UDP and TCP.
. "$(dirname "$0")/lib-standalone.sh"
folder=$WORK/manifests
mkdir "$folder"

# lead NAME PROTOCOL LISTENER PORT [IDLE]: a Route from a listener to a server on loopback, as YAML
lead() {
    cat <<YAML
---
apiVersion: v1
kind: Service
metadata: {name: $1, namespace: default}
spec: {ports: [{name: p, port: $3, protocol: $2}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: $1-a, namespace: default, labels: {kubernetes.io/service-name: $1}}
addressType: IPv4
ports: [{name: p, port: $4, protocol: $2}]
endpoints: [{addresses: [127.0.0.1]}]
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1, namespace: default}
spec: {listener: {protocol: $2, port: $3}, rules: [{timeouts: {streamIdle: ${5:-1m}}, backendRefs: [{name: $1, port: $3}]}]}
YAML
}

redis=$(free_port) names=$(free_port)
redis-server --bind 127.0.0.1 --port "$redis" --save '' --dir "$WORK" >"$WORK/redis.log" 2>&1 &
pids+=($!)
long=$(printf ',%0200d' 1 2 3 4 5 6 7 8)
dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user="$(id -un)" --pid-file= --listen-address=127.0.0.1 --bind-interfaces --port="$names" \
    --address=/shop.test/192.0.2.7 "--txt-record=long.test$long" >"$WORK/dnsmasq.log" 2>&1 &
pids+=($!)
eventually is PONG redis-cli -p "$redis" ping
eventually is 192.0.2.7 dig +short -p "$names" @127.0.0.1 web.shop.test

through=$(free_port) asked=$(free_port)
{
    lead redis TCP "$through" "$redis"
    lead names-udp UDP "$asked" "$names" 1s
    lead names-tcp TCP "$asked" "$names"
} >"$folder/all.yaml"
ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http none --https none --admin "$ADMIN" --access-log "$WORK/access.log" --workers 2 \
    --tcp "127.0.0.1:$through" --tcp "127.0.0.1:$asked" --udp "127.0.0.1:$asked"
eventually is PONG redis-cli -p "$through" ping

# a megabyte there and back, and a pipeline of many clients
head -c 786432 /dev/urandom | base64 -w0 >"$WORK/value"
redis-cli -p "$through" -x set big <"$WORK/value"
is "$(sha256sum <"$WORK/value")" bash -c "redis-cli -p $through --raw get big | head -c -1 | sha256sum"
redis-benchmark -p "$through" -c 50 -P 16 -n 50000 -t set,get --csv | tail -n 2 >"$WORK/benchmark"
cat "$WORK/benchmark"
is 2 grep -cE '^"(SET|GET)","[1-9]' "$WORK/benchmark"
# what waits for a message gets it from another client
redis-cli -p "$through" blpop queue 0 >"$WORK/popped" &
waiting=$!
eventually is 1 bash -c "redis-cli -p $redis client list | grep -c 'cmd=blpop'"
redis-cli -p "$through" rpush queue news
wait "$waiting"
has '^news$' cat "$WORK/popped"

# names, over UDP; and over TCP what is too long for a datagram, as a client does by itself
for _ in 1 2 3 4 5; do is 192.0.2.7 dig +short -p "$asked" @127.0.0.1 web.shop.test; done
has 'flags:.* tc' dig +ignore +bufsize=512 -p "$asked" @127.0.0.1 long.test TXT
has 'SERVER.*TCP' dig +bufsize=512 -p "$asked" @127.0.0.1 long.test TXT
logged() { grep -qE "\"protocol\":\"$1\".*\"rule\":\"Route/default/$2/0\"" "$WORK/access.log" && echo yes; }
eventually is yes logged tcp names-tcp
# a client of datagrams has gone when nothing came for a second
eventually is yes logged udp names-udp

# the server is gone: the client is told by the end of its connection, and served again when it is back
kill "${pids[0]}"
eventually has 'closed|reset|refused' redis-cli -p "$through" ping
redis-server --bind 127.0.0.1 --port "$redis" --save '' --dir "$WORK" >>"$WORK/redis.log" 2>&1 &
pids+=($!)
eventually is PONG redis-cli -p "$through" ping
