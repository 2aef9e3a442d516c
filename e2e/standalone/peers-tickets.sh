#!/bin/bash
# Replicas share the keys of TLS tickets: a session that one gave goes on at the other, also when the one is gone; and no key is anywhere.
. "$(dirname "$0")/lib-standalone.sh"

edge_cluster
edge_home
{ secret web web.example.com; cat <<YAML; } | "$KUBECTL" apply -f -
---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: web}
spec:
  ingressClassName: edge
  hostnames: [web.example.com]
  tls: {secretName: web}
  rules: [{filters: [{type: DirectResponse, directResponse: {statusCode: 200, body: hello}}]}]
YAML

# replica NAME: a gateway; its process is in $started, its ports in $https and $admin
replica() {
    port=$(free_port) admin=$(free_port) https=$(free_port)
    POD_NAME='' MARTLET_SNAPSHOT_DIR=$WORK/snapshot-$1 start "$1" serve --kubeconfig "$WORK/kubeconfig" --http none --https "127.0.0.1:$https" \
        --admin "127.0.0.1:$admin" --workers 2 --ingress-class edge --controller-name example.com/edge --access-log none --drain-delay 0 --peer "127.0.0.1:$port"
    peer_endpoint "$1" "$port" | "$KUBECTL" -n edge apply -f -
    eventually curl -sSf "http://127.0.0.1:$admin/readyz"
}

# speak PORT OPTIONS…: what s_client says of a connection with one request, which the gateway ends
speak() {
    openssl s_client -nocommands -connect "127.0.0.1:$1" -servername web.example.com "${@:2}" 2>&1 \
        < <(exec 2>/dev/null && printf 'GET / HTTP/1.1\r\nHost: web.example.com\r\nConnection: close\r\n\r\n' && exec sleep 10)
}

# goes_on FROM TO VERSION: a session that the one port gave is taken at the other
goes_on() {
    has 'HTTP/1.1 200' speak "$1" "$3" -sess_out "$WORK/session"
    has "^Reused" speak "$2" "$3" -sess_in "$WORK/session"
}

replica one
one=$started one_https=$https one_admin=$admin
eventually has '"leader":true' curl -sS "http://127.0.0.1:$one_admin/stats"
# what a replica gave while it was alone is good at others later
has 'HTTP/1.1 200' speak "$one_https" -tls1_2 -sess_out "$WORK/early"
replica two
two_https=$https two_admin=$admin
eventually goes_on "$one_https" "$two_https" -tls1_3
goes_on "$two_https" "$one_https" -tls1_3
goes_on "$one_https" "$two_https" -tls1_2
has '^Reused' speak "$two_https" -tls1_2 -sess_in "$WORK/early"

# the leader goes, and one that begins learns the keys of whoever leads then
has 'HTTP/1.1 200' speak "$one_https" -tls1_2 -sess_out "$WORK/session-of-one"
kill -TERM "$one"
wait "$one" || true
"$KUBECTL" -n edge delete endpointslice one
eventually has '"leader":true' curl -sS "http://127.0.0.1:$two_admin/stats"
replica three
three_https=$https three_admin=$admin
eventually goes_on "$two_https" "$three_https" -tls1_3
has '^Reused' speak "$three_https" -tls1_2 -sess_in "$WORK/session-of-one"

# the key's name is in each ticket of TLS 1.2; what follows it in no place that anybody reads
name=$(openssl sess_id -in "$WORK/session-of-one" -noout -text | sed -n 's/^ *0000 - \([0-9a-f -]*\)   .*/\1/p' | tr -d ' -')
[ ${#name} -eq 32 ] || fail "no ticket in the session: '$name'"
for page in config stats metrics graph; do curl -sS "http://127.0.0.1:$two_admin/$page" "http://127.0.0.1:$three_admin/$page"; done >"$WORK/pages"
for file in "$WORK/pages" "$WORK"/one.log "$WORK"/two.log "$WORK"/three.log; do
    if grep -qi "$name" "$file"; then fail "a key of tickets is in $file"; fi
done
python3 - "$name" "$WORK"/snapshot-* <<'PYTHON'
import base64, pathlib, sys
name = bytes.fromhex(sys.argv[1])
for folder in sys.argv[2:]:
    for path in pathlib.Path(folder).rglob("*"):
        text = path.read_bytes() if path.is_file() else b""
        assert name not in text and base64.b64encode(name)[:20] not in text and sys.argv[1].encode() not in text.lower(), path
PYTHON
