#!/bin/bash
# TLS to endpoints, spoken by somebody else's TLS: who vouches for them, by which name, what is shown, and what goes wrong.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"

# endpoint CERTIFICATE OPTIONS…: an HTTPS server that tells what was agreed on; its port is in $port
endpoint() {
    port=$(free_port)
    openssl s_server -quiet -accept "127.0.0.1:$port" -cert "$WORK/$1.crt" -key "$WORK/$1.key" -www "${@:2}" >"$WORK/endpoint-$port.log" 2>&1 &
    pids+=("$!")
    eventually listens "$port"
}


# secured NAME PORT [ANNOTATIONS]: a Service whose endpoint speaks TLS, and its host
secured() {
    {
        service "$1" "$2" "martlet.dev/protocol: https${3:+, $3}"
        ingress "$1" "$1.example.com" "$1"
    } >"$WORK/new.yaml"
    mv "$WORK/new.yaml" "$folder/$1.yaml"
}

# trust NAME FILE: a Secret with who vouches
trust() {
    printf '{apiVersion: v1, kind: Secret, metadata: {name: %s}, data: {ca.crt: %s}}\n' "$1" "$(base64 -w0 "$2")" >"$WORK/new.yaml"
    mv "$WORK/new.yaml" "$folder/secret-$1.yaml"
}

reasons() { curl -sS "http://$ADMIN/config" | jq -r '[.problems[].reason] | join(" ")'; }

certificate web web.default.svc
certificate gateway gateway
endpoint web
web=$port
endpoint web -Verify 1 -verify_return_error -CAfile "$WORK/ca.crt"
asking=$port
sample v1
plain=$port
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$WORK/other.key" -out "$WORK/other.crt" -days 2 -subj /CN=other 2>/dev/null

trust ca "$WORK/ca.crt"
present gateway gateway gateway
secured web "$web" 'martlet.dev/tls-ca: ca'
secured system "$web" 'martlet.dev/tls-server-name: web.default.svc'
secured misnamed "$web" 'martlet.dev/tls-ca: ca'
secured unverified "$web" 'martlet.dev/tls-verify: "false"'
secured asking "$asking" 'martlet.dev/tls-ca: ca, martlet.dev/tls-server-name: web.default.svc'
secured shown "$asking" 'martlet.dev/tls-ca: ca, martlet.dev/tls-server-name: web.default.svc, martlet.dev/tls-client-certificate: gateway'
secured plain "$plain"
secured later "$web" 'martlet.dev/tls-ca: later, martlet.dev/tls-server-name: web.default.svc'

HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --access-log "$WORK/access.log"

# verified, with the name in the hello and HTTP/1.1 agreed on
eventually has 'TLSv1.3' get web.example.com /
has 'ca default/ca' curl -sS "http://$ADMIN/graph"

# what is wrong has a name of its own, in the answer and in the log
is '502 UpstreamUntrusted' get system.example.com /
is '502 UpstreamMisnamed' get misnamed.example.com /
# whoever speaks plain HTTP waits for the end of what is no request
is '504 UpstreamTLSTimeout' get plain.example.com /
is '502 UpstreamTLSFailed' get asking.example.com /
is '503 UpstreamTLSNotReady' get later.example.com /
is 502 status system.example.com /
eventually has '"reason":"UpstreamMisnamed"' cat "$WORK/access.log"
has 'TLSv1.3' get unverified.example.com /
has 'Subject: CN *= *e2e' get shown.example.com /
has '^[1-9]' metric martlet_upstream_tls_handshakes_total
has '^[1-9]' metric martlet_upstream_tls_handshake_failures_total
has 'NotVerified' reasons
has 'SecretNotFound' reasons

# connections go on from earlier ones: this server closes each of them
before=$(metric martlet_upstream_tls_resumptions_total)
for _ in 1 2 3; do has 'TLSv1.3' get web.example.com /; done
[ "$(metric martlet_upstream_tls_resumptions_total)" -ge $((before + 2)) ] || fail 'no connection went on from an earlier one'

# a Secret that comes; another authority counts at once; a broken Secret takes nothing away, and one that is gone takes everything
trust later "$WORK/ca.crt"
eventually has 'TLSv1.3' get later.example.com /
trust ca "$WORK/other.crt"
eventually is '502 UpstreamUntrusted' get web.example.com /
trust ca "$WORK/ca.crt"
eventually has 'TLSv1.3' get web.example.com /
trust ca /dev/null
eventually has 'CertificateInvalid|SecretInvalid' reasons
has 'TLSv1.3' get web.example.com /
rm "$folder/secret-ca.yaml"
eventually is '503 UpstreamTLSNotReady' get web.example.com /

# those whom the system trusts are read where the system says
SSL_CERT_FILE=$WORK/ca.crt
export SSL_CERT_FILE
OTHER=127.0.0.1:$(free_port) HTTP=127.0.0.1:$(free_port)
start trusting serve --manifests "$folder" --http "$HTTP" --https none --admin "$OTHER" --access-log none
eventually has 'TLSv1.3' get system.example.com /

# no key is anywhere
for page in graph config stats metrics; do curl -sS "http://$ADMIN/$page"; done >"$WORK/pages"
if grep -q 'PRIVATE KEY\|LS0tLS1CRUdJ' "$WORK/pages" "$WORK/gateway.log"; then fail 'a key or certificate is where none belongs'; fi

# from an API server: a Secret of any type is read when it is referred to, also where Secrets are named one by one
KUBECTL=${KUBECTL:-$(command -v kubectl || echo "$PWD/.build/tools/kubectl-debian")} NAMESPACE=default
start dev dev --state "$WORK/state" --api-port 0 --http 127.0.0.1:0 --https none --admin 127.0.0.1:0
eventually test -e "$WORK/state/env"
export KUBECONFIG=$WORK/state/kubeconfig
k create secret generic late --from-file=ca.crt="$WORK/ca.crt"
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start cluster serve --kubeconfig "$KUBECONFIG" --allow-loopback --http "$HTTP" --https none --admin "$ADMIN" --access-log none
eventually curl -sSf "http://$ADMIN/readyz"
secured web "$web" 'martlet.dev/tls-ca: late'
k apply -f "$folder/web.yaml"
eventually has 'TLSv1.3' get web.example.com /
HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start named serve --kubeconfig "$KUBECONFIG" --allow-loopback --http "$HTTP" --https none --admin "$ADMIN" --access-log none --watch-secret default/late
eventually has 'TLSv1.3' get web.example.com /
