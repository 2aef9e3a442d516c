#!/bin/bash
# Under load a Service gets no more than it may: who finds no connection waits, what is too much is refused, and a Service that fails is left alone
# until it is well again.
. "$(dirname "$0")/lib-standalone.sh"
here=$(dirname "$0")

# backend NAME MILLISECONDS: an endpoint that takes that long; its port is in $port
backend() {
    port=$(free_port)
    python3 "$here/bounds_backend.py" "$port" "$2" "$WORK/$1.fails" >"$WORK/$1.log" 2>&1 &
    pids+=($!)
    eventually listens "$port"
}
# under NAME ANNOTATIONS: a Service with the endpoint at $port under NAME.example.com, as YAML
under() {
    service "$1" "$port" "$2"
    ingress "$1" "$1.example.com" "$1"
}
# load HOST REQUESTS CLIENTS: the statuses, each with how many requests had it
load() {
    curl -sS --no-progress-meter -m 60 -Z --parallel-immediate --parallel-max "$3" -H "Host: $1" -o /dev/null -w '%{http_code}\n' "http://$HTTP/?[1-$2]" |
        sort | uniq -c | sed 's/^ *//' | tr '\n' ' '
}
replies() { metric "martlet_local_replies_total{reason=\"$1\"}"; }

folder=$WORK/manifests
mkdir "$folder"
backend narrow 10 && narrow=$port
under narrow 'martlet.dev/max-connections: "8"' >"$folder/narrow.yaml"
backend strict 50 && strict=$port
under strict 'martlet.dev/max-connections: "4", martlet.dev/max-pending-requests: "8"' >"$folder/strict.yaml"
backend busy 50
under busy 'martlet.dev/max-requests: "5"' >"$folder/busy.yaml"
backend sick 0 && sick=$port
under sick 'martlet.dev/breaker: 50%, martlet.dev/outlier-detection: gateway, martlet.dev/breaker-open: 2s' >"$folder/sick.yaml"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --workers 2 --access-log "$WORK/access.log"
for name in narrow strict busy sick; do eventually is here get $name.example.com /; done

# sixty clients and eight connections: all are served, and there are never more (an endpoint sees the end of one a little late)
is '1000 200 ' load narrow.example.com 1000 60
has '^([1-9]|10) 1001$' curl -sS "http://127.0.0.1:$narrow/count"
[ "$(metric martlet_upstream_waits_total)" -gt 100 ] || fail "hardly anybody waited: $(metric martlet_upstream_waits_total)"

# twelve at a time are connected or wait, the others are refused at once
has '^[0-9]+ 200 [0-9]+ 503 $' load strict.example.com 300 60
has '^[1-5] ' curl -sS "http://127.0.0.1:$strict/count"
[ "$(replies TooManyWaiting)" -gt 50 ] || fail "hardly anybody was refused: $(replies TooManyWaiting)"
is '12 200 ' load strict.example.com 12 12

# five requests at a time
has '^[0-9]+ 200 [0-9]+ 503 $' load busy.example.com 300 60
[ "$(replies LimitReached)" -gt 50 ] || fail "hardly anybody was refused: $(replies LimitReached)"
is '20 200 ' load busy.example.com 20 5

# it fails, and is left alone
touch "$WORK/sick.fails"
eventually has '^503 CircuitOpen$' get sick.example.com /
has '^retry-after: [1-3]$' head_of sick.example.com /
asked() { curl -sS "http://127.0.0.1:$sick/count" | cut -d' ' -f2; }
before=$(asked)
is '50 503 ' load sick.example.com 50 10
[ $(($(asked) - before)) -le 5 ] || fail "a Service that fails was asked $(($(asked) - before)) times"
# while it fails a few try now and then; once it is well all are served
sleep 3
eventually has '^retry-after: ([3-9]|10)$' head_of sick.example.com /
rm "$WORK/sick.fails"
eventually is here get sick.example.com /
eventually is '50 200 ' load sick.example.com 50 10
[ "$(metric martlet_upstream_breaker_openings_total)" -ge 2 ] || fail 'the breaker opened once only'

# a bound that is taken back holds no longer
backend narrow 10
under narrow '' >"$folder/narrow.yaml"
eventually is '200 200 ' load narrow.example.com 200 60
wide() { [ "$(curl -sS "http://127.0.0.1:$port/count" | cut -d' ' -f1)" -gt 8 ] && echo yes; }
is yes wide
