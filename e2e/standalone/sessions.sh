#!/bin/bash
# A browser comes back to the endpoint that answered it first: at both replicas, after a restart, and until that endpoint is gone.
. "$(dirname "$0")/lib-standalone.sh"

folder=$WORK/manifests
mkdir "$folder"
declare -A ports
for version in v1 v2 v3; do sample $version && ports[$version]=$port; done
# slices VERSION…: the Service with these endpoints, each in a slice of its own since ports differ
slices() {
    local version
    cat <<'YAML'
apiVersion: v1
kind: Service
metadata:
  {name: web, namespace: default, uid: 8f3ce1a2-5b0e-4b53-9a38-0d1f2c3b4a5d, annotations: {martlet.dev/session-persistence: cookie, martlet.dev/load-balancer: round-robin}}
spec: {ports: [{name: http, port: 80}]}
YAML
    for version; do
        cat <<YAML
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-$version, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: ${ports[$version]}}]
endpoints: [{addresses: [127.0.0.1], conditions: {ready: ${ready[$version]:-true}, serving: true, terminating: ${terminating[$version]:-false}}}]
YAML
    done
}
declare -A ready terminating
put() { slices "$@" >"$WORK/new.yaml" && mv "$WORK/new.yaml" "$folder/web.yaml"; }
put v1 v2 v3
cat >"$folder/routes.yaml" <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: web, namespace: default}
spec:
  hostnames: [web.example.com]
  rules:
  - {matches: [{path: {value: /by-header}}], sessionPersistence: {type: Header, sessionName: x-user}, backendRefs: [{name: web, port: 80}]}
  - {backendRefs: [{name: web, port: 80}]}
YAML
declare -A gateways http
# replica NAME: a gateway
replica() {
    start "$1" serve --manifests "$folder" --http "127.0.0.1:${http[$1]}" --https none --admin "127.0.0.1:$(free_port)" --workers 2 --access-log none
    gateways[$1]=$started
    HTTP=127.0.0.1:${http[$1]} eventually has '^v[123]$' get web.example.com /
}
http[one]=$(free_port) http[other]=$(free_port)
replica one
replica other
# at REPLICA PATH [curl options]: the version that answers
at() { HTTP=127.0.0.1:${http[$1]} get web.example.com "${@:2}"; }
# visit REPLICA CLIENT: as a browser that keeps cookies
visit() { at "$1" / -c "$WORK/$2.jar" -b "$WORK/$2.jar"; }

# clients without a cookie go to all three; each stays where it was
is '3' sh -c "for i in 1 2 3 4 5 6; do curl -sS -H 'Host: web.example.com' http://127.0.0.1:${http[one]}/; done | sort -u | wc -l | tr -d ' '"
for client in ann bob cyd dan; do
    first=$(visit one $client)
    for _ in 1 2 3 4 5; do
        is "$first" visit one $client
        is "$first" visit other $client
    done
done
cookie='^set-cookie: martlet-endpoint-[0-9a-f]{8}=[A-Za-z0-9_-]{16}; Path=/; HttpOnly; SameSite=Lax$'
HTTP=127.0.0.1:${http[one]}
has "$cookie" head_of web.example.com /
is '' sh -c "curl -sS -o /dev/null -D - -b '$WORK/ann.jar' -H 'Host: web.example.com' http://$HTTP/ | grep -i set-cookie || true"
# the token holds no address that could be read
token=$(awk '/martlet-endpoint/ { print $7 }' "$WORK/ann.jar")
[[ $token =~ ^[A-Za-z0-9_-]{16}$ ]] || fail "no token: $token"

# the other replica, started again, knows it still
home=$(visit one ann)
kill "${gateways[other]}"
wait "${gateways[other]}" || true
replica other
is "$home" visit other ann

# on its way out it goes on serving those whom it had, and gets no others
ready[$home]=false terminating[$home]=true
put v1 v2 v3
# the change has come when nobody new is sent there
eventually is 0 sh -c "for i in 1 2 3 4 5 6 7 8; do curl -sS -H 'Host: web.example.com' http://$HTTP/; done | grep -c '^$home\$'"
is "$home" visit one ann
is "$home" visit one ann

# gone: another one, told in a new cookie, and kept to
rest=() && for version in v1 v2 v3; do [ $version = "$home" ] || rest+=("$version"); done
put "${rest[@]}"
eventually has "^(${rest[0]}|${rest[1]})$" visit one ann
moved=$(visit one ann)
for _ in 1 2 3 4; do is "$moved" visit other ann; done

# an endpoint that is dead all of a sudden
[ "$moved" = "${rest[0]}" ] && left=${rest[1]} || left=${rest[0]}
fuser -k -n tcp "${ports[$moved]}" >"$WORK/fuser.log" 2>&1
is "$left" visit one ann
is "$left" visit other ann

# by a header, beside the Service's cookie, and without setting one
rm "$folder/web.yaml"
ready=() terminating=()
sample v4 && ports[v4]=$port
sample v5 && ports[v5]=$port
put "$left" v4 v5
eventually has '^v[0-9]$' at one /by-header
users=$(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do at one /by-header -H "x-user: user-$i"; done)
is "$users" sh -c "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -sS -H 'Host: web.example.com' -H \"x-user: user-\$i\" http://127.0.0.1:${http[other]}/by-header; done"
[ "$(sort -u <<<"$users" | wc -l)" = 3 ] || fail "twelve users are at $(sort -u <<<"$users" | tr '\n' ' ')"
is '' sh -c "curl -sS -o /dev/null -D - -H 'Host: web.example.com' -H 'x-user: a' http://$HTTP/by-header | grep -i set-cookie || true"
