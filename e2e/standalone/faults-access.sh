#!/bin/bash
# Permissions that are withdrawn for some kinds and the Lease, and a token that expires, under a running gateway: what was known goes on
# serving, everything else is kept up with, the log and the metrics say what is missing, and it is taken up again.
. "$(dirname "$0")/lib-doors.sh"

TOKEN_FILE=$WORK/token
echo first >"$TOKEN_FILE"
world
open_doors a
rules 'token first'
replica a
ready a
HTTP=${http_of[a]}
route one | k apply -f -
eventually is v1 get one.example.com /
up() { curl -sS "http://${admin_of[a]}/metrics" | sed -n "s/^martlet_watch_up{.*resource=\"$1\".*} //p"; }

rules 'token first' '403 routes|secrets|endpointslices list|watch'
for kind in routes.martlet.dev secrets endpointslices.discovery.k8s.io; do
    within 15 is 0 up $kind
    eventually says a "cannot be read.* resource=$kind .*grant the verb"
done
is 1 up ingresses.networking.k8s.io
sample v2
{ service one "$port" | sed 's/namespace: default/namespace: shop/' && route two; } | k apply -f -
ingress web web.example.com one | sed 's/namespace: default/namespace: shop/;s/^spec: {/spec: {ingressClassName: edge, /' | k apply -f -
eventually is v1 get web.example.com /
is v1 get one.example.com /
is 404 status two.example.com /

# Without its Lease nobody leads, and so nobody writes: the Ingress has its status, the next one has none.
eventually is 192.0.2.1 k get ingress web -o 'jsonpath={.status.loadBalancer.ingress[*].ip}'
rules 'token first' '403 routes|secrets|endpointslices list|watch' '403 leases .*'
within 15 is 0 leads a
eventually says a "leader's lease cannot be kept.*grant the verb"
ingress more more.example.com one | sed 's/namespace: default/namespace: shop/;s/^spec: {/spec: {ingressClassName: edge, /' | k apply -f -
eventually is v1 get more.example.com /
is '' k get ingress more -o 'jsonpath={.status.loadBalancer.ingress[*].ip}'

rules 'token first'
within 15 is 192.0.2.1 k get ingress more -o 'jsonpath={.status.loadBalancer.ingress[*].ip}'
within 20 is v2 get two.example.com /
within 20 is v2 get one.example.com /
for kind in routes.martlet.dev secrets endpointslices.discovery.k8s.io; do
    within 20 is 1 up $kind
    eventually says a "can be read again resource=$kind"
done
eventually is 'True 1' programmed two

# The token expires; the file brings another one later.
rules 'token second'
within 15 is 0 up routes.martlet.dev
eventually says a 'does not know who is asking'
route three | k apply -f -
is v2 get one.example.com /
is 200 curl -sS -o /dev/null -w '%{http_code}' "http://${admin_of[a]}/readyz"
echo second >"$TOKEN_FILE"
within 20 is v2 get three.example.com /
within 20 is 1 up endpointslices.discovery.k8s.io
within 20 is 'True 1' programmed three
end a
