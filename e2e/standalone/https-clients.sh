#!/bin/bash
# Clients that show certificates: who is let in, what endpoints are told, what cannot get around it; and what happens without TLS.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"

# authority NAME, identity NAME AUTHORITY: whom somebody vouches for
authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$WORK/$1.key" -out "$WORK/$1.crt" -days 2 -subj "/CN=$1" 2>/dev/null; }
identity() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$WORK/$1.key" -out "$WORK/$1.csr" -subj "/O=Shop/CN=$1" 2>/dev/null
    openssl x509 -req -in "$WORK/$1.csr" -CA "$WORK/$2.crt" -CAkey "$WORK/$2.key" -days 2 -out "$WORK/$1.crt" \
        -extfile <(echo "subjectAltName=URI:spiffe://shop/$1,DNS:$1.example.com") 2>/dev/null
}
# trust CERTIFICATE: the Secret of those who vouch
trust() {
    printf '{apiVersion: v1, kind: Secret, metadata: {name: partners}, data: {ca.crt: %s}}\n' "$(base64 -w0 "$WORK/$1.crt")" >"$WORK/secret.yaml"
    mv "$WORK/secret.yaml" "$folder/partners.yaml"
}
# route NAME TLS
route() {
    cat >"$folder/route-$1.yaml" <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: $1, namespace: default}
spec:
  hostnames: [$1.example.com]
  tls: $2
  rules: [{backendRefs: [{name: web, port: 80}]}]
YAML
}
# ask HOST OPTIONS…: the status, or 000 without a connection
ask() { curl -s -m 10 --cacert "$WORK/ca.crt" --connect-to "::$HTTPS" -o "$WORK/body" -w '%{http_code}' "https://$1/" "${@:2}"; }
by() { printf -- '--cert %s --key %s' "$WORK/$1.crt" "$WORK/$1.key"; }

authority partners
authority strangers
identity ann partners
identity bob strangers
certificate all closed.example.com maybe.example.com open.example.com
present all all all
# what the endpoint was told of the client
cat >"$WORK/backend.py" <<'PYTHON'
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = (self.headers.get("x-forwarded-client-cert") or "nothing").encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 "$WORK/backend.py" >"$WORK/port" &
pids+=($!)
eventually has '^[0-9]+$' cat "$WORK/port"
{ service web "$(cat "$WORK/port")"; } >"$folder/web.yaml"
route closed '{secretName: all, clientCertificate: {caSecretName: partners}}'
route maybe '{secretName: all, clientCertificate: {caSecretName: partners, mode: Optional}}'
route open '{secretName: all}'
cat >"$folder/ingress.yaml" <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: sent, namespace: default, annotations: {martlet.dev/https-redirect: "true"}}
spec:
  rules: [{host: sent.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
YAML
HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --admin "$ADMIN" --access-log none
eventually is 200 ask open.example.com

# while nobody vouches nobody is let in, and that is told
# shellcheck disable=SC2046 # two options
is 000 ask closed.example.com $(by ann)
has SecretNotFound curl -sS "http://$ADMIN/config"
trust partners
# shellcheck disable=SC2046
eventually is 200 ask closed.example.com $(by ann)
hash=$(openssl x509 -in "$WORK/ann.crt" -outform DER | sha256sum | cut -d' ' -f1)
is "Hash=$hash;Subject=\"CN=ann,O=Shop\";URI=spiffe://shop/ann;DNS=ann.example.com" cat "$WORK/body"
# in HTTP/1.1 as well, and whatever the client says
# shellcheck disable=SC2046
is 200 ask closed.example.com --http1.1 $(by ann) -H 'X-Forwarded-Client-Cert: Hash=00'
has "^Hash=$hash;" cat "$WORK/body"
is 200 ask open.example.com -H 'X-Forwarded-Client-Cert: Hash=00'
is nothing cat "$WORK/body"

# a stranger and a client without a certificate
# shellcheck disable=SC2046
is 000 ask closed.example.com $(by bob)
is 000 ask closed.example.com
is 200 ask maybe.example.com
is nothing cat "$WORK/body"
# shellcheck disable=SC2046
is 000 ask maybe.example.com $(by bob)
# shellcheck disable=SC2046
is 200 ask maybe.example.com $(by ann)
has "^Hash=$hash;" cat "$WORK/body"

# no way around: another host's connection, no name at all, another host's ticket
is 421 ask open.example.com -H 'Host: closed.example.com'
has 'unrecognized name' openssl s_client -connect "$HTTPS" -noservername
for version in tls1_2 tls1_3; do
    speak open.example.com "-$version" -sess_out "$WORK/session" >/dev/null
    has '^Reused' speak open.example.com "-$version" -sess_in "$WORK/session"
    has '^New|alert' speak closed.example.com "-$version" -sess_in "$WORK/session"
    has 'alert (handshake failure|certificate required)|certificate required' speak closed.example.com "-$version" -sess_in "$WORK/session"
done

# without TLS: sent to https
has '^location: https://closed.example.com/a\?b$' head_of closed.example.com '/a?b'
is 308 status closed.example.com /.well-known/acme-challenge/x
is 200 status open.example.com /
is 308 status sent.example.com /
has '^location: https://sent.example.com/$' head_of sent.example.com /
is 200 status sent.example.com /.well-known/acme-challenge/x

# who vouches is changed without a restart
trust strangers
# shellcheck disable=SC2046
eventually is 200 ask closed.example.com $(by bob)
# shellcheck disable=SC2046
is 000 ask closed.example.com $(by ann)
