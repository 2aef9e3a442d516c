#!/bin/bash
# A folder of manifests is watched: changes are obeyed, a bad file keeps its last good version, deletion takes effect.
. "$(dirname "$0")/lib-standalone.sh"

sample v1 && one=$port
sample v2 && two=$port
folder=$WORK/manifests
mkdir "$folder"
service one "$one" >"$folder/one.yaml"
service two "$two" >"$folder/two.yaml"
ingress web web.example.com one >"$folder/web.yaml"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https 127.0.0.1:0 --admin "$ADMIN"
gateway=$started

eventually is v1 get web.example.com /
ingress web web.example.com two >"$folder/web.yaml"
eventually is v2 get web.example.com /
ingress web web.example.com one >"$folder/.web.new"
mv "$folder/.web.new" "$folder/web.yaml"
eventually is v1 get web.example.com /

# a bad file: its last good version serves on, other files are obeyed
printf 'kind: Ingress\n  metadata: {name: [unclosed\n' >"$folder/web.yaml"
ingress more more.example.com two >"$folder/more.yaml"
eventually is v2 get more.example.com /
is v1 get web.example.com /
eventually has 'web\.yaml.*2' cat "$WORK/gateway.log"
ingress web web.example.com two >"$folder/web.yaml"
eventually is v2 get web.example.com /

rm "$folder/more.yaml"
eventually is 404 status more.example.com /
mkdir "$folder/deeper" && ingress deep deep.example.com one >"$folder/deeper/deep.json.yaml"

# a thousand changes while requests flow: none fails
wrk -t1 -c4 -d5s -H 'Host: web.example.com' "http://$HTTP/" >"$WORK/wrk.out" &
load=$!
for i in $(seq 200); do ingress web web.example.com "$([ $((i % 2)) = 0 ] && echo one || echo two)" >"$folder/web.yaml"; done
wait $load
grep -E 'Non-2xx|Socket errors' "$WORK/wrk.out" && fail 'requests failed while the manifests changed'

is 200 curl -sS -o /dev/null -w '%{http_code}' "http://$ADMIN/readyz"
kill -TERM "$gateway"
code=0
wait "$gateway" || code=$?
[ $code -eq 0 ] || fail "ended with $code on SIGTERM"
