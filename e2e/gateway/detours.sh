#!/bin/bash
# Annotations send a Service's requests elsewhere: a share and those with a header to a canary, all of them by a switch, and none is lost.
. "$(dirname "$0")/../lib.sh"

workload web v1 2
workload next v2 1
host=detours.e2e.example
k annotate service web martlet.dev/expose=$host
eventually is v1 get $host /
# share_of_v2 REQUESTS [curl options]: how many of them v2 answered
share_of_v2() {
    local urls=()
    for _ in $(seq "$1"); do urls+=("http://$HTTP/"); done
    curl -sS -m 20 -H "Host: $host" "${@:2}" "${urls[@]}" | grep -c v2 || true
}

# A canary needs its primary's consent, and is told so.
k annotate service next martlet.dev/canary-of=web martlet.dev/canary-weight=30
eventually has 'CanaryNotAllowed.*martlet.dev/canaries: next' k get events
is 0 share_of_v2 50
k annotate service web martlet.dev/canaries=next
some() { [ "$(share_of_v2 40)" -gt 0 ] && echo some; }
eventually is some some
count=$(share_of_v2 1000)
[ "$count" -gt 220 ] && [ "$count" -lt 380 ] || fail "30 % of 1000 requests should be about 300, v2 had $count"
k annotate service next martlet.dev/canary-header=x-canary=always
eventually is v2 get $host / -H 'X-Canary: always'
is 20 share_of_v2 20 -H 'x-canary: always'
is 0 share_of_v2 50 -H 'x-canary: never'
has 'canary .*/next:80 30% header x-canary = always unless never' "$MARTLET" explain --admin "$ADMIN" GET "http://$host/"
has "^martlet_detoured_requests_total\{cluster=\"$NAMESPACE/web:80\",to=\"$NAMESPACE/next:80\"\} [1-9]" curl -sS "http://$ADMIN/metrics"

# Without an endpoint its share goes back to the primary, at once and for half a minute after it has one again.
scale next 0
eventually is 0 share_of_v2 50
is v1 get $host / -H 'x-canary: always'
scale next 1
eventually is v2 get $host / -H 'x-canary: always'
is 0 share_of_v2 50

# What contradicts itself, leads in a circle or nowhere is told.
workload more v3
k annotate service more martlet.dev/canary-of=web martlet.dev/canary-weight=80
k annotate --overwrite service web martlet.dev/canaries='*'
eventually has 'CanaryWeightsExceed.*110%' k get events
k annotate service more martlet.dev/canary-of- martlet.dev/canary-weight-
k annotate service web martlet.dev/switch-to=nest
eventually has 'ServiceNotFound.*Did you mean next' k get events
is 200 status $host /

# Twenty switches under load: every request is answered.
(while [ ! -e "$WORK/stop" ]; do
    curl -s -m 10 -H "Host: $host" -o /dev/null -w '%{http_code}\n' "http://$HTTP/?[1-50]" || echo failed
done >"$WORK/codes") &
load=$!
for _ in $(seq 10); do
    k annotate --overwrite service web martlet.dev/switch-to=next
    eventually is v2 get $host /
    k annotate --overwrite service web martlet.dev/switch-to=
    eventually is v1 get $host / -H 'x-canary: never'
done
touch "$WORK/stop"
wait $load
bad=$(grep -vc '^200$' "$WORK/codes" || true)
[ "$bad" -eq 0 ] || fail "$bad of $(wc -l <"$WORK/codes") requests during the switches were not answered with 200"
[ "$(wc -l <"$WORK/codes")" -gt 100 ] || fail "there was no load"

# A target that loses its endpoints gives everything back.
k annotate --overwrite service web martlet.dev/switch-to=next
eventually is 50 share_of_v2 50
scale next 0
eventually is 0 share_of_v2 50
eventually has 'SwitchWaits.*next:80 has no ready endpoint' k get events
k annotate service web martlet.dev/switch-force=true
eventually is 503 status $host /
k annotate service web martlet.dev/switch-force-
eventually is v1 get $host /
