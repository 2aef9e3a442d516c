#!/bin/bash
# Whoever has an arm has it in every worker, at every replica and after a restart, by cookie and by header; new weights take away those that they must;
# 100,000 requests are divided as the weights say; and a switch reaches all workers within ten milliseconds, without a request that fails.
. "$(dirname "$0")/lib-standalone.sh"

folder=$WORK/manifests
mkdir "$folder"
sample v1 && service one "$port" >"$folder/one.yaml"
sample v2 && service two "$port" >"$folder/two.yaml"
# route NAME STABLE CANARY [MORE FIELDS OF THE SPLIT]: as YAML
route() {
    cat <<YAML
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1, namespace: default}
spec:
  hostnames: [$1.example.com]
  rules:
  - name: all
    split:
      arms:
      - {name: stable, weight: $2, backendRefs: [{name: one, port: 80}]}
      - {name: canary, weight: $3, backendRefs: [{name: two, port: 80}]}
$(printf '      %s\n' "${@:4}")
YAML
}
# tied STABLE CANARY: both ways to know a client
tied() {
    route cookie "$1" "$2" 'sessionPersistence: {type: Cookie}' >"$WORK/new.yaml"
    route header "$1" "$2" 'sessionPersistence: {type: Header, sessionName: x-user}' >>"$WORK/new.yaml"
    mv "$WORK/new.yaml" "$folder/tied.yaml"
}
tied 60 40
route plain 9 1 >"$folder/plain.yaml"
route switch 1 0 'activeArm: stable' >"$WORK/first"
route switch 1 0 'activeArm: canary' >"$WORK/second"
cp "$WORK/first" "$folder/switch.yaml"

# gateway NAME WORKERS: its ports are in $http and $admin, its process in $started
gateway() {
    http=$(free_port) admin=$(free_port)
    start "$1" serve --manifests "$folder" --http "127.0.0.1:$http" --https none --admin "127.0.0.1:$admin" --workers "$2" --access-log none
    HTTP=127.0.0.1:$http
    eventually is 200 status plain.example.com /
}
# everybody PORT: what each of forty clients sees there, by cookie and by user, each on two connections
everybody() {
    local n
    for n in $(seq 40); do
        curl -sS -m 10 -H 'Host: cookie.example.com' -b "$WORK/jar-$n" -c "$WORK/jar-$n" "http://127.0.0.1:$1/"
        curl -sS -m 10 -H 'Host: header.example.com' -H "x-user: user-$n" "http://127.0.0.1:$1/"
    done | tr '\n' ' '
}
gateway one 3
one=$started one_http=$http
first=$(everybody "$one_http")
for version in v1 v2; do has $version echo "$first"; done
for _ in 1 2 3; do is "$first" everybody "$one_http"; done
gateway two 1
is "$first" everybody "$http"
kill "$one" && wait "$one" || true
gateway three 2
is "$first" everybody "$http"

# Others' weights: nobody goes the other way.
moves() { paste -d ' ' <(tr ' ' '\n' <<<"$first") <(everybody "$http" | tr ' ' '\n') | awk '$1 != $2' | sort -u; }
tied 85 15
eventually is 'v2 v1' moves
tied 60 40
eventually is "$first" everybody "$http"

# 100,000 requests, a tenth for the canary: 10,000, and at most four standard deviations of 95 more or less.
served() { curl -sS "http://127.0.0.1:$admin/metrics" | awk -v arm="arm=\"$1\"" '/^martlet_requests_total.*plain/ && index($0, arm) { n += $2 } END { print n + 0 }'; }
before=$(served canary)
h2load -n 100000 -c 8 -m 8 --h1 -H ':authority: plain.example.com' "http://127.0.0.1:$http/" >"$WORK/load" 2>&1
has '100000 succeeded' cat "$WORK/load"
count=$(($(served canary) - before))
echo "$count of 100000 requests went to the canary"
[ "$count" -gt 9620 ] && [ "$count" -lt 10380 ] || fail "a tenth of 100000 requests should be 10000, give or take 380, the canary had $count"

# A switch, and the workers.
python3 "$(dirname "$0")/switch_workers.py" "$http" switch.example.com "$WORK/first" "$WORK/second" "$folder/switch.yaml"
service one "$(sed -n 's/.*port: \([0-9]*\)}\]$/\1/p' "$folder/one.yaml" | tail -n 1)" 'martlet.dev/switch-to: two' >"$WORK/switched"
cp "$folder/one.yaml" "$WORK/plain"
route service 1 0 | sed 's/split:/backendRefs: [{name: one, port: 80}]/; /arms:/,$d' >"$folder/service.yaml"
eventually is v1 get service.example.com /
HTTP=127.0.0.1:$http python3 "$(dirname "$0")/switch_workers.py" "$http" service.example.com "$WORK/plain" "$WORK/switched" "$folder/one.yaml"
