#!/bin/bash
# check, graph, diff and explain work offline, name what is wrong, and end with the promised codes.
. "$(dirname "$0")/lib-standalone.sh"
cd "$WORK"

mkdir good
{ service one 8081; ingress web web.example.com one; } >good/all.yaml
exits 0 "$MARTLET" check -f good
exits 0 "$MARTLET" check good/all.yaml
exits 0 "$MARTLET" check -f - <good/all.yaml

mkdir bad
{ service one 8081; ingress web web.example.com ghost; } >bad/dangling.yaml
exits 1 "$MARTLET" check -f bad
has 'ghost' cat out
has 'dangling.yaml:[0-9]+' cat out
printf 'a: b\nkind: [unclosed\n' >bad/broken.yaml
exits 1 "$MARTLET" check bad/broken.yaml
has 'broken.yaml:[0-9]+' cat out
printf '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"},, }' >bad/broken.json
exits 1 "$MARTLET" check bad/broken.json
has 'broken.json:1' cat out
sed 's/pathType: Prefix/pathTipe: Prefix/' good/all.yaml >bad/typo.yaml
exits 1 "$MARTLET" check bad/typo.yaml
has 'pathTipe' cat out
head -c 1200000 /dev/zero | tr '\0' 'x' >bad/huge.yaml
exits 1 "$MARTLET" check bad/huge.yaml
exits 1 "$MARTLET" check -f bad -o json
jq -e . out >/dev/null || fail "not JSON: $(head -c 300 out)"
exits 3 "$MARTLET" check nowhere.yaml

exits 0 "$MARTLET" graph -f good
has 'web.example.com' cat out
"$MARTLET" graph -f good >a.graph
exits 0 "$MARTLET" diff good a.graph
sed 's/web.example.com/shop.example.com/' good/all.yaml >other.yaml
exits 1 "$MARTLET" diff good other.yaml
has 'shop.example.com' cat out
exits 0 "$MARTLET" diff good good

exits 0 "$MARTLET" explain GET http://web.example.com/cart --manifests good
has 'Ingress/default/web' cat out
exits 0 "$MARTLET" explain GET http://nobody.example.com/ --manifests good
has '404' cat out
exits 3 "$MARTLET" explain GET http://web.example.com/ --admin 127.0.0.1:1
exits 3 "$MARTLET" graph --kubeconfig nowhere

exits 2 "$MARTLET" serve --no-such-option
exits 2 "$MARTLET" serve --manifests good --http none --https none
exits 2 "$MARTLET" serve --manifests good --https none --https 127.0.0.1:0
MARTLET_HTTPS=nowhere exits 2 "$MARTLET" serve --manifests good
exits 2 "$MARTLET" explain
exits 2 "$MARTLET" nonsense
for command in '' serve dev check explain graph diff; do
    # shellcheck disable=SC2086 # no command is no word
    exits 0 "$MARTLET" $command --help
done
