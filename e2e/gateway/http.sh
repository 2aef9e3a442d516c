#!/bin/bash
# What clients do: large bodies both ways, Expect, HEAD, chunks, forwarded fields, nonsense.
. "$(dirname "$0")/../lib.sh"

workload one v1
host=http.e2e.example
k annotate service one martlet.dev/expose=$host
eventually is v1 get $host /

head -c 5000000 /dev/urandom >"$WORK/body"
sum=$(sha256sum <"$WORK/body")
is "$sum" bash -c "curl -sS -m 20 -H 'Host: $host' --data-binary @'$WORK/body' http://$HTTP/echo-body | sha256sum"
is "$sum" bash -c "curl -sS -m 20 -H 'Host: $host' -H 'Transfer-Encoding: chunked' -H 'Expect: 100-continue' \
    --data-binary @'$WORK/body' http://$HTTP/echo-body | sha256sum"
is 200 status $host / -I
has '^content-length: 3$' head_of $host / -I
has '^x-forwarded-for: 127.0.0.1' get $host /echo
has '^x-forwarded-for: 127.0.0.1$' get $host /echo -H 'X-Forwarded-For: 6.6.6.6'
has '^x-request-id: .' get $host /echo

raw() { # BYTES: what the gateway answers to them
    exec 3<>"/dev/tcp/${HTTP%:*}/${HTTP##*:}"
    printf '%b' "$1" >&3
    timeout 5 cat <&3 | tr -d '\r' | head -n 1
    exec 3>&-
}
has '^HTTP/1.1 400 ' raw 'rubbish\r\n\r\n'
has '^HTTP/1.1 400 ' raw "POST / HTTP/1.1\r\nHost: $host\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
has '^HTTP/1.1 400 ' raw 'GET / HTTP/1.1\r\n\r\n'
has '^HTTP/1.1 200 ' raw "GET http://$host/ HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n"
is 431 status $host / -H "X-Large: $(head -c 100000 /dev/zero | tr '\0' a)"
is v1 get $host /
