#!/bin/bash
# Every example passes `check` without a word, alone with its Services and all together, and leads where its comment says.
. "$(dirname "$0")/lib-standalone.sh"
examples=$PWD/examples

# The Secrets that no example holds, because a key belongs into no repository.
for name in shop-example-tls wildcard-example-tls; do secret $name secured.example.com '*.secured.example.com'; done >"$WORK/secrets.yaml"

is '[]' "$MARTLET" check -f "$examples" -f "$WORK/secrets.yaml" -o json
reasons() { "$MARTLET" check "$examples" -o json | jq -r '[.[].reason] | unique | join(" ")'; }
is SecretNotFound reasons
for example in "$examples"/*.yaml; do exits 0 "$MARTLET" check "$example" "$examples/services.yaml"; done

explain() { "$MARTLET" explain GET "$1" --manifests "$examples" "${@:2}"; }
has 'rule Ingress/default/plain/web-v2:80' explain http://plain.example.com/v2/x
has 'rule Ingress/default/plain/web-v1:http' explain http://nobody.example.com/
has 'rule Service/default/exposed/expose' explain http://exposed.example.com/api
has 'arm canary 10' explain http://canary.example.com/
has 'arm canary 0' explain http://rollout.example.com/
has 'arm stable 100' explain http://weights.example.com/
has 'active blue' explain http://blue-green.example.com/
has 'sessions cookie shop-session for 8h permanent' explain http://sessions.example.com/
has 'sessions header x-user' explain http://sessions.example.com/api
has 'balancer maglev query file' explain 'http://balancers.example.com/assets?file=logo.svg'
has 'balancer maglev header x-user' explain http://balancers.example.com/api
has 'hedge 50ms 10%' explain http://hedged.example.com/
has 'rule Route/default/beta/testers' explain http://beta.example.com/ -H 'X-Beta: 1'
has 'rule Route/default/beta/rest' explain http://a.beta.example.com/
has 'rule Ingress/default/secured/web-v1:http' explain https://secured.example.com/
has 'listener https' explain https://a.secured.example.com/
has 'redirect 301' explain http://moved.example.com/old/page
