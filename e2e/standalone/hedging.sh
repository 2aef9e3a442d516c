#!/bin/bash
# One endpoint of two now and then takes 300 ms. Without hedges that is what the slowest requests take; with them a second endpoint is asked
# after 30 ms, and its answer is the one that counts.
. "$(dirname "$0")/lib-standalone.sh"
here=$(dirname "$0")

# backend EVERY: an endpoint whose EVERY-th answer is slow; its port is in $port
backend() {
    port=$(free_port)
    python3 "$here/hedging_backend.py" "$port" "$1" &
    pids+=($!)
    eventually listens "$port"
}
backend 5 && paused=$port
backend 0 && quick=$port
folder=$WORK/manifests
mkdir "$folder"
{
    service web "$paused" 'martlet.dev/load-balancer: round-robin'
    echo ---
    service web "$quick" | sed '1,/^---$/d; s|name: web-a|name: web-b|'
    web_route plain
    web_route hedged 'hedge: {after: 30ms, maxPercent: 50}'
    web_route never 'hedge: {after: 2s}, timeouts: {backendRequest: 1s}'
} >"$folder/all.yaml"
has "warning: Route default/never spec.rules\[0\].hedge.after: .*no second endpoint is ever asked" "$MARTLET" check "$folder"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --workers 2 --access-log "$WORK/access.log"
eventually has "^($paused|$quick)$" get plain.example.com /

# slowest HOST: of 200 requests one after the other, what 99 in 100 took at most, in milliseconds
slowest() {
    curl -sSf -H "Host: $1" -w '%{stderr}%{time_total}\n' "http://$HTTP/[1-200]" 2>&1 >"$WORK/answers" \
        | awk '{print int($1 * 1000)}' | sort -n | sed -n 198p
}
before=$(slowest plain.example.com)
after=$(slowest hedged.example.com)
echo "of 100 requests 99 took at most $before ms without hedges and $after ms with them"
[ "$before" -ge 300 ] || fail "without hedges nothing was slow: $before ms"
[ "$after" -lt 200 ] || fail "with hedges something was slow: $after ms"

won() { jq -s '[.[] | select(.hedge == "won" and .tries == 2)] | length' "$WORK/access.log"; }
many() { [ "$(won)" -ge 10 ] && echo yes; }
eventually is yes many
is 0 jq -s '[.[] | select(.host == "plain.example.com" and .hedge)] | length' "$WORK/access.log"
is "$(won)" metric martlet_upstream_hedges_won_total
is 0 metric martlet_upstream_retries_total
# An endpoint that was overtaken has not failed.
is 0 metric martlet_upstream_ejections_total
