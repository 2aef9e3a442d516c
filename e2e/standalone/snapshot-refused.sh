#!/bin/bash
# A snapshot that is too old, damaged, readable by others or of another cluster is refused, with a line in the log, and the gateway is not ready.
. "$(dirname "$0")/lib-snapshot.sh"

sample v1
api_server dev-1
{ service one "$port"; ingress web gone.example.com one; } | k apply -f -
serve gateway-1
eventually is v1 get gone.example.com /
end_gateway TERM
test -e "$(snapshot)" || fail 'nothing was kept at the end'
end_api_server
cp -p "$(snapshot)" "$WORK/good"

touch "$WORK/before"
until [ $(($(date +%s) - $(stat -c %Y "$(snapshot)"))) -ge 2 ]; do sleep 0.2; done
serve old --snapshot-max-age 1s
not_ready_because 'it is [0-9]+ s old; --snapshot-max-age' old
end_gateway TERM

sed -i 's/gone.example.com/evil.example.com/' "$(snapshot)"
serve damaged
not_ready_because 'the snapshot is damaged: its checksum does not hold' damaged
end_gateway TERM

cp -p "$WORK/good" "$(snapshot)"
sed -i '1s/ 1 / 99 /' "$(snapshot)"
serve version
not_ready_because 'the snapshot has the format 99' version
end_gateway TERM

cp -p "$WORK/good" "$(snapshot)"
chmod 644 "$(snapshot)"
serve open
not_ready_because 'others may use it' open
end_gateway TERM

# the same file under another cluster's name: other namespaces make it another one
chmod 600 "$(snapshot)"
serve narrow --watch-namespace default
not_ready_because 'there is no snapshot of this cluster' narrow
end_gateway TERM

serve none --snapshot-dir none
eventually grep -q 'the api server cannot be reached' "$WORK/none.log"
is 503 readyz
end_gateway TERM

# and the good one, after all that, is served
serve good
eventually is v1 get gone.example.com /
end_gateway TERM
