#!/bin/bash
# Options come from flags, the environment and a file, in this order, and /config says which; mistakes are told with their place.
. "$(dirname "$0")/lib-standalone.sh"

web_folder
file=$WORK/martlet.yaml
cat >"$file" <<YAML
manifests: $folder
http: ["$HTTP", "127.0.0.1:$(free_port)"]
https: 127.0.0.1:0
access-log: none
drain-delay: 7s
drain-timeout: 9s
YAML
export MARTLET_ADMIN=$ADMIN MARTLET_DRAIN_DELAY=3s MARTLET_SERVICE_HOST=10.0.0.1 MARTLET_WORKER=1
start gateway serve --config "$file" --drain-delay 0
eventually is v1 get web.example.com /
option() { curl -sS "http://$ADMIN/config" | python3 -c 'import json, sys; print(*[(o["value"], o["from"]) for o in json.load(sys.stdin)["options"] if o["option"] == sys.argv[1]])' "$1"; }
is "('0', 'flag')" option drain-delay
is "('$ADMIN', 'environment MARTLET_ADMIN')" option admin
is "('9s', 'file $file line 6')" option drain-timeout
is "('1h', 'default')" option snapshot-max-age
has '^martlet: the variable MARTLET_WORKER means nothing; did you mean MARTLET_WORKERS\?$' cat "$WORK/gateway.log"
kill -TERM "$started" && wait "$started" || fail "the gateway ended with $?"
unset MARTLET_ADMIN MARTLET_DRAIN_DELAY MARTLET_WORKER

exits 0 "$MARTLET" check --config "$file"
sed -i 's/drain-delay: 7s/drain-delay: soon/' "$file"
exits 1 "$MARTLET" check --config "$file"
is "martlet: file $file line 5, drain-delay: The value 'soon' is invalid for '--drain-delay <drain-delay>'" cat "$WORK/out"
sed -i 's/drain-delay: soon/drain-dealy: 7s/' "$file"
exits 1 "$MARTLET" serve --config "$file"
is "martlet: $file:5: there is no option 'drain-dealy'; did you mean 'drain-delay'?" cat "$WORK/out"
exits 3 "$MARTLET" serve --config "$WORK/nowhere.yaml"
MARTLET_DRAIN_DELAY=soon exits 2 "$MARTLET" serve --manifests "$folder"
has 'environment MARTLET_DRAIN_DELAY, drain-delay: .*invalid' cat "$WORK/out"
