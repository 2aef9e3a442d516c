#!/bin/bash
# Clients of a deprecated rule are told so, are refused in brown-outs and after the sunset, and it is told who they are.
. "$(dirname "$0")/lib-standalone.sh"

# at SECONDS: the moment so many seconds from now, as RFC 3339
at() { date -u -d "@$(($(date +%s) + $1))" +%Y-%m-%dT%H:%M:%SZ; }
# deprecated NAME FIELDS: a Route for NAME.example.com, as YAML
deprecated() { web_route "$1" "deprecation: {$2}" v1; }

folder=$WORK/manifests
mkdir "$folder"
sample v1
service web "$port" >"$folder/web.yaml"
sunset=$(at 86400)
{
    deprecated told "since: 2026-01-02, sunset: '$sunset', link: 'https://example.com/move', successor: /v2, afterSunset: Gone"
    deprecated brown "since: 2026-01-02, brownouts: [{from: 2026-01-02, to: '$(at 86400)', percent: 50}]"
    deprecated ends "sunset: '$(at -1)', afterSunset: Gone, successor: 'https://example.com/v2'"
    deprecated stays "sunset: '$(at -1)'"
} >"$folder/routes.yaml"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --workers 2 --access-log "$WORK/access.log"
eventually is v1 get told.example.com / -A first-app/1
deprecated later "since: 2026-01-02, brownouts: [{from: '$(at 10)', to: '$(at 86400)', statusCode: 410}]" >"$folder/later.yaml"
eventually is v1 get later.example.com /

# the fields of RFC 9745 and RFC 8594
has '^deprecation: @1767312000$' head_of told.example.com /
has "^sunset: $(date -u -d "$sunset" '+%a, %d %b %Y %H:%M:%S GMT')$" head_of told.example.com /
has '^link: <https://example.com/move>; rel="deprecation"$' head_of told.example.com /
has '^link: <https://example.com/move>; rel="sunset"$' head_of told.example.com /
has '^link: </v2>; rel="successor-version"$' head_of told.example.com /

# a brown-out of half of the requests, one that begins by itself, and the end
statuses() { for _ in $(seq "$2"); do curl -sS -o /dev/null -w '%{http_code}\n' -H "Host: $1" "http://$HTTP/"; done | sort | uniq -c | tr -s ' \n' ' '; }
has '^ [0-9]+ 200 [0-9]+ 503 $' statuses brown.example.com 100
has '^503 BrownOut$' bash -c "for _ in \$(seq 30); do curl -sS -H 'Host: brown.example.com' http://$HTTP/; done"
eventually has '^410 BrownOut$' get later.example.com /
has '^410 Gone: this ended at .* Use https://example.com/v2 instead.$' get ends.example.com /
has '^HTTP/1.1 410 ' head_of ends.example.com /
is v1 get stays.example.com /

# who still calls
for _ in $(seq 5); do is v1 get told.example.com / -A second-app/2; done
has '^ +5 +127.0.0.1 +second-app/2 ' "$MARTLET" deprecations --admin "$ADMIN"
has '"userAgent": ?"first-app/1"' "$MARTLET" deprecations --admin "$ADMIN" -o json
[ "$(metric 'martlet_deprecated_requests_total{rule="Route/default/brown/v1"}')" -ge 130 ] || fail 'requests of a brown-out are not counted'
clean_metrics "$ADMIN"
