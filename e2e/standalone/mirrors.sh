#!/bin/bash
# Copies of requests reach their mirror, differences are told, and whoever waits for an answer notices nothing of a mirror that hangs, resets or is
# not there.
. "$(dirname "$0")/lib-standalone.sh"
here=$(dirname "$0")

# backend NAME BEHAVIOUR: an endpoint that notes its requests in NAME.asked; its port is in $port
backend() {
    port=$(free_port)
    : >"$WORK/$1.asked"
    python3 "$here/mirrors_backend.py" "$port" "$2" "$WORK/$1.asked" >"$WORK/$1.out" 2>&1 &
    pids+=($!)
    eventually listens "$port"
}
# mirror SERVICE [MORE]: a filter
mirror() { echo "{type: RequestMirror, requestMirror: {backendRef: {name: $1, port: 80}${2:+, $2}}}"; }
asked() { wc -l <"$WORK/$1.asked"; }
# slowest HOST: milliseconds of the 99th percentile of 400 requests, 10 at a time
slowest() {
    curl -sS --no-progress-meter -m 60 -Z --parallel-immediate --parallel-max 10 -H "Host: $1" -o /dev/null -w '%{http_code} %{time_total}\n' "http://$HTTP/?[1-400]" |
        sort -k2 -n | awk '$1 != 200 {bad++} {time[NR] = $2} END {printf "%d\n", (bad || NR != 400) ? 99999 : time[int(NR * 0.99)] * 1000}'
}

folder=$WORK/manifests
mkdir "$folder"
backend web '200 one' && service web "$port" >"$folder/web.yaml"
backend next '200 two' && service next "$port" >"$folder/next.yaml"
backend same '200 one' && service same "$port" >"$folder/same.yaml"
backend silent silent && service silent "$port" >"$folder/silent.yaml"
backend resets resets && service resets "$port" >"$folder/resets.yaml"
service absent "$(free_port)" >"$folder/absent.yaml"
{
    web_route plain "filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-a, value: b}]}}]"
    web_route copied "filters: [$(mirror next 'compare: [status, bodyDigest, latency]'), $(mirror same 'compare: [status, bodyDigest, latency]')]"
    web_route part "filters: [$(mirror same 'percent: 20')]"
    for name in silent resets absent; do web_route "$name" "filters: [$(mirror $name 'timeout: 2s, compare: [status]')]"; done
} >"$folder/routes.yaml"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --workers 2 --access-log "$WORK/access.log"
for name in plain silent resets absent; do eventually is one get $name.example.com /; done

# both mirrors have a copy, marked, with its body and host; what says that it is a copy is served, and not copied again
is one get copied.example.com '/cart?key=secret'
is one curl -sS -H 'Host: copied.example.com' -H 'X-Martlet-Mirror: 1' "http://$HTTP/copy"
is one curl -sS -H 'Host: copied.example.com' -d hello "http://$HTTP/order"
eventually is 2 asked next
eventually is 2 asked same
has '^GET /cart\?key=secret copied.example.com 1 0$' cat "$WORK/next.asked"
has '^POST /order copied.example.com 1 5$' cat "$WORK/same.asked"
has '^POST /order copied.example.com - 5$' cat "$WORK/web.asked"

# what differs is told, and neither bodies nor queries are
rule='rule="Route/default/copied/all"'
eventually is 2 metric "martlet_mirror_differences_total{$rule,mirror=\"default/next:80\",field=\"bodyDigest\"}"
eventually is 2 metric "martlet_mirror_comparisons_total{$rule,mirror=\"default/same:80\",result=\"Same\"}"
is 2 metric "martlet_mirror_requests_total{$rule,mirror=\"default/next:80\",outcome=\"Answered\"}"
has 'GET /cart\?… +bodyDigest +200 \| 200' "$MARTLET" mirrors --admin "$ADMIN"
has '"differs": ?\["bodyDigest"\]' "$MARTLET" mirrors --admin "$ADMIN" -o json
! grep -q 'secret\|hello' <(curl -sS "http://$ADMIN/mirrors") || fail 'a query or a body is on the page'
# the rule's own figures and the log know of originals only
is 3 metric "martlet_requests_total{$rule,arm=\"default\",code=\"2xx\"}"
is 1 metric "martlet_mirror_requests_total{$rule,mirror=\"default/next:80\",outcome=\"IsCopy\"}"
eventually is 3 grep -c copied.example.com "$WORK/access.log"

# a share is a share: of 1000 requests 200, give or take six deviations
before=$(asked same)
curl -sS --no-progress-meter -Z --parallel-max 20 -H 'Host: part.example.com' -o /dev/null "http://$HTTP/?[1-1000]"
sleep 1
part=$(($(asked same) - before))
[ "$part" -gt 124 ] && [ "$part" -lt 276 ] || fail "$part of 1000 requests were copied"

# a mirror that is of no use is not felt
plain=$(slowest plain.example.com)
for name in silent resets absent; do
    slow=$(slowest $name.example.com)
    echo "99 % of requests: $plain ms without a mirror, $slow ms with one that is $name"
    [ "$slow" -lt $((plain * 3 + 50)) ] || fail "with a mirror that is $name 99 % took $slow ms, without $plain ms"
done
outcome() { [ "$(metric "martlet_mirror_requests_total{rule=\"Route/default/$1/all\",mirror=\"default/$1:80\",outcome=\"$2\"}")" -ge "$3" ] && echo yes; }
eventually is yes outcome silent TimedOut 100
eventually is yes outcome absent Unreachable 400
eventually is yes outcome resets Broken 400
is one get silent.example.com /

# bodies beyond the bound are not copied
head -c 100000 /dev/zero >"$WORK/large"
is one curl -sS -H 'Host: copied.example.com' --data-binary "@$WORK/large" "http://$HTTP/large"
eventually is 1 metric "martlet_mirror_requests_total{$rule,mirror=\"default/same:80\",outcome=\"BodyTooLong\"}"

clean_metrics "$ADMIN"
