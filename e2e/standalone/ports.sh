#!/bin/bash
# A taken port is an error that names it for `serve`, and is replaced and announced by `dev`.
. "$(dirname "$0")/lib-standalone.sh"

mkdir "$WORK/manifests"
HTTP=127.0.0.1:$(free_port)
start first serve --manifests "$WORK/manifests" --http "$HTTP" --https 127.0.0.1:0 --admin 127.0.0.1:0
eventually is 404 status nobody.example /

exits 3 timeout 10 "$MARTLET" serve --manifests "$WORK/manifests" --http "$HTTP" --https 127.0.0.1:0 --admin 127.0.0.1:0
has "$HTTP.*in use" cat "$WORK/out"

start dev dev --state "$WORK/state" --api-port 0 --http "$HTTP" --https none --admin 127.0.0.1:0
eventually test -e "$WORK/state/env"
has "$HTTP.*(taken|in use)" cat "$WORK/dev.log"
. "$WORK/state/env"
eventually is 404 status nobody.example /
