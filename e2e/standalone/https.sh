#!/bin/bash
# HTTPS with certificates from Secrets: by name, renewed without a restart or a new graph, kept while a Secret is wrong, gone with it.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"

# secure HOST [curl options]: the body
secure() { curl -sS -m 10 --cacert "$WORK/ca.crt" --connect-to "$1:443:$HTTPS" "https://$1/" "${@:2}"; }
# presented HOST: fingerprint of the certificate
presented() { openssl s_client -connect "$HTTPS" -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint; }
fingerprint() { openssl x509 -noout -fingerprint -in "$WORK/$1.crt"; }
# reasons: what is wrong at present
reasons() { curl -sS "http://$ADMIN/config" | jq -r '[.problems[].reason] | join(" ")'; }
translations() { curl -sS "http://$ADMIN/stats" | jq .translations; }

certificate shop shop.example.com
certificate wild '*.wild.example.com'
present shop shop shop
present wild wild wild
answering shop shop.example.com '{secretName: shop}'
answering wild '*.wild.example.com' '{secretName: wild}'
HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --admin "$ADMIN" --access-log none
eventually is shop secure shop.example.com
is wild secure a.wild.example.com
is shop get shop.example.com /
is "$(fingerprint wild)" presented a.wild.example.com
has 'listener https' "$MARTLET" explain GET https://shop.example.com/ --admin "$ADMIN"

# a name that nobody serves, and none at all: no other host's certificate is shown
for name in '-servername nobody.example.com' -noservername; do
    # shellcheck disable=SC2086 # an option and its value
    has 'unrecognized name' openssl s_client -connect "$HTTPS" $name
done

# renewed: other bytes, no graph
before=$(translations)
certificate renewed shop.example.com
present shop renewed renewed
eventually is "$(fingerprint renewed)" presented shop.example.com
is shop secure shop.example.com
is "$before" translations

# wrong: what was good is presented on, and said to be wrong
present shop shop wild
eventually is CertificateInvalid reasons
is "$(fingerprint renewed)" presented shop.example.com
is wild secure a.wild.example.com
certificate other other.example.com
present shop other other
eventually is HostNotCovered reasons
eventually is "$(fingerprint other)" presented shop.example.com
present shop shop shop
eventually is '' reasons
eventually is "$(fingerprint shop)" presented shop.example.com

# resumed with a ticket, which is counted
has '^Reused, ' openssl s_client -connect "$HTTPS" -servername a.wild.example.com -tls1_2 -reconnect </dev/null
has '^martlet_tls_resumptions_total [1-9]' curl -sS "http://$ADMIN/metrics"

# the end of each is a metric, and no key is anywhere
end=$(date -d "$(openssl x509 -noout -enddate -in "$WORK/shop.crt" | cut -d= -f2)" +%s)
has "martlet_certificate_expiry_timestamp_seconds\\{secret=\"default/shop\"\\} $end$" curl -sS "http://$ADMIN/metrics"
for page in graph config stats metrics; do curl -sS "http://$ADMIN/$page"; done >"$WORK/pages"
grep -q 'PRIVATE KEY\|LS0tLS1CRUdJ' "$WORK/pages" "$WORK/gateway.log" && fail 'a key or certificate is where none belongs'

# gone with its Secret
rm "$folder/shop.yaml"
eventually is SecretNotFound reasons
eventually has 'unrecognized name' openssl s_client -connect "$HTTPS" -servername shop.example.com
is wild secure a.wild.example.com

# `none` opens nothing
PLAIN=127.0.0.1:$(free_port) OTHER=127.0.0.1:$(free_port)
start plain serve --manifests "$folder" --http "$PLAIN" --https none --admin "$OTHER" --access-log none
eventually has '"http ' curl -sS "http://$OTHER/config"
is "http $PLAIN" eval "curl -sS http://$OTHER/config | jq -r '.listeners | join(\" \")'"

# a host of the development cluster is secured
start dev dev --state "$WORK/state" --api-port 0 --http 127.0.0.1:0 --https 127.0.0.1:0 --admin 127.0.0.1:0
eventually test -e "$WORK/state/env"
# shellcheck disable=SC1091 # written by martlet dev
. "$WORK/state/env"
eventually is v1 curl -sS -m 10 --cacert "$CACERT" --connect-to "secure.example.com:443:$HTTPS" https://secure.example.com/

clean_metrics "$ADMIN"
