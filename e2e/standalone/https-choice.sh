#!/bin/bash
# Which certificate is presented: the default one for names that nobody has, one for each kind of key that clients know; and what tickets are good for.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"

# subject OPTIONS…: whose certificate is presented
subject() { openssl s_client -connect "$HTTPS" "$@" </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName | tail -n 1 | tr -d ' '; }
# kind OPTIONS…: what kind of key it has
kind() { openssl s_client -connect "$HTTPS" -servername shop.example.com "$@" </dev/null 2>/dev/null | openssl x509 -noout -text | sed -n 's/ *Public Key Algorithm: //p'; }
code() { curl -sS -m 10 -k -o /dev/null -w '%{http_code}' "$@"; }

certificate shop shop.example.com
KEY=rsa:2048 certificate rsa shop.example.com
certificate other other.example.com
certificate fallback fallback.example.com
present shop shop shop
present rsa rsa rsa
present other other other
answering shop shop.example.com '{secretName: shop}'
answering other other.example.com '{secretName: other}'
cat >"$folder/ingress.yaml" <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: rsa, namespace: default}
spec:
  tls: [{hosts: [shop.example.com], secretName: rsa}]
  rules: []
YAML
cat >"$folder/route-plain.yaml" <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: plain, namespace: default}
spec:
  hostnames: [plain.example.com]
  rules: [{filters: [{type: DirectResponse, directResponse: {statusCode: 200, body: plain}}]}]
YAML
HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --admin "$ADMIN" --access-log none --default-certificate default/fallback
eventually is shop get shop.example.com /

# the default certificate may come later, and is told while it is not there
has SecretNotFound curl -sS "http://$ADMIN/config"
has 'unrecognized name' openssl s_client -connect "$HTTPS" -servername nobody.example.com
present fallback fallback fallback
eventually is DNS:fallback.example.com subject -servername nobody.example.com
is DNS:fallback.example.com subject -noservername
is DNS:other.example.com subject -servername other.example.com
is '[]' eval "curl -sS http://$ADMIN/config | jq -c .problems"

# a host without a certificate of its own is served with it; others are another connection's business
is 200 code --connect-to "plain.example.com:443:$HTTPS" https://plain.example.com/
is 404 code --connect-to "nobody.example.com:443:$HTTPS" https://nobody.example.com/
is 421 code --connect-to "nobody.example.com:443:$HTTPS" -H 'Host: other.example.com' https://nobody.example.com/

# two kinds of keys for one host
eventually is id-ecPublicKey kind
is id-ecPublicKey kind -tls1_2
is rsaEncryption kind -sigalgs RSA-PSS+SHA256:RSA+SHA256
is rsaEncryption kind -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
# gone with its Secret, for those who know nothing else
rm "$folder/rsa.yaml"
eventually is '' kind -sigalgs RSA-PSS+SHA256:RSA+SHA256 2>/dev/null
is id-ecPublicKey kind

# resumed NAME VERSION OPTIONS…: New or Reused
resumed() { speak "$1" "-$2" "${@:3}" | sed -n 's/^\(New\|Reused\), .*/\1/p' | head -n 1; }
# a ticket is good where the same certificate is presented, and nowhere else
for version in tls1_2 tls1_3; do
    is New resumed other.example.com "$version" -sess_out "$WORK/session"
    is Reused resumed other.example.com "$version" -sess_in "$WORK/session"
    is New resumed shop.example.com "$version" -sess_in "$WORK/session"
    is New resumed nobody.example.com "$version" -sess_in "$WORK/session"
done
# not after a renewal
is New resumed other.example.com tls1_2 -sess_out "$WORK/session"
certificate renewed other.example.com
present other renewed renewed
fingerprint() { openssl s_client -connect "$HTTPS" -servername other.example.com </dev/null 2>/dev/null | openssl x509 -noout -fingerprint; }
eventually is "$(openssl x509 -noout -fingerprint -in "$WORK/renewed.crt")" fingerprint
is New resumed other.example.com tls1_2 -sess_in "$WORK/session"
