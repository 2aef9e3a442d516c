#!/bin/bash
# What HTTPS agrees on: versions, ciphers and groups, for all listeners and for one, as openssl's client finds them; and what cannot be meant.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/lib-certificates.sh"

# shaken PORT OPTIONS…: what openssl says of a handshake
shaken() { openssl s_client -nocommands -connect "127.0.0.1:$1" -servername web.example.com "${@:2}" 2>&1 </dev/null; }

certificate web web.example.com
present web web web
answering web web.example.com '{secretName: web}'
usual=$(free_port) strict=$(free_port) narrow=$(free_port) ADMIN=127.0.0.1:$(free_port)
start gateway serve --manifests "$folder" --http none --https "127.0.0.1:$usual" --https "127.0.0.1:$strict,min-version=1.3,groups=P-384" \
    --https "127.0.0.1:$narrow,max-version=1.2,ciphers=ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384" --admin "$ADMIN" --access-log none
eventually has 'Verify return code: 0' shaken "$usual" -CAfile "$WORK/ca.crt"

has 'New, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256' shaken "$usual"
has 'New, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256' shaken "$usual" -tls1_2
has 'ECDHE-ECDSA-CHACHA20-POLY1305' shaken "$usual" -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256
has 'alert handshake failure' shaken "$usual" -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256
has 'alert protocol version' shaken "$strict" -tls1_2
has 'Server Temp Key: ECDH, (P-384|secp384r1)' shaken "$strict"
has 'alert handshake failure' shaken "$strict" -groups X25519
has 'New, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384' shaken "$narrow"
has 'alert protocol version' shaken "$narrow" -tls1_3
# a session goes on where the same is agreed on, and nowhere else; each session is used once, for tickets of TLS 1.3 are
session() { has 'HTTP/1.1 200' speak web.example.com -connect "127.0.0.1:$1" -sess_out "$WORK/session" "${@:2}"; }
HTTPS=127.0.0.1:$usual
session "$usual"
has '^Reused' speak web.example.com -sess_in "$WORK/session"
session "$usual" -tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384
has '^Reused' speak web.example.com -tls1_2 -sess_in "$WORK/session"
HTTPS=127.0.0.1:$narrow
has '^New' speak web.example.com -tls1_2 -sess_in "$WORK/session"

is '1.3 P-384' jq -r '.tls[1] | "\(.minVersion) \(.groups | join(" "))"' <(curl -sS "http://$ADMIN/config")

# what cannot be meant is named
refuses() { exits 2 env "${@:2}" && has "$1" cat "$WORK/out"; }
serve() { refuses "$1" "$MARTLET" serve --manifests "$folder" "${@:2}"; }
serve "'FOO' is no cipher of TLS 1.2" --tls-ciphers ECDHE-RSA-AES128-GCM-SHA256:FOO
serve "'AES128-SHA' has no forward secrecy" --tls-ciphers AES128-SHA
serve "'P-7' is no group" --tls-groups X25519,P-7
serve "'1.1' is no version of TLS" --tls-min-version 1.1
serve 'min-version: .1.4. is no version' --https "127.0.0.1:1,min-version=1.4"
serve "'colour=red' is no setting" --https "127.0.0.1:1,colour=red"
serve 'the minimum version 1.3 is above the maximum version 1.2' --https 127.0.0.1:1,min-version=1.3 --tls-max-version 1.2
