#!/bin/bash
# Clients stay in their arm, by cookie, over HTTP/1.1 and HTTP/2; new weights move those that must move; overrides, empty arms, and switches
# that wait for endpoints and lose no request.
. "$(dirname "$0")/../lib.sh"

workload one v1 2
workload two v2
workload three v3 0
host=arms.e2e.example
split() { # CANARY-SERVICE WEIGHT-OF-STABLE WEIGHT-OF-CANARY [FIELDS OF THE SPLIT]
    k apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: arms}
spec:
  hostnames: [$host]
  rules:
  - name: all
    split:
      arms:
      - {name: stable, weight: $2, backendRefs: [{name: one, port: 80}]}
      - {name: canary, weight: $3, backendRefs: [{name: $1, port: 80}]}
$(printf '      %s\n' "${@:4}")
YAML
}
cookie='sessionPersistence: {type: Cookie, absoluteTimeout: 24h}'
# client N [curl options]: what the N-th client sees, who keeps its cookies
client() { get $host / -b "$WORK/jar-$1" -c "$WORK/jar-$1" "${@:2}"; }
# everybody_by PROTOCOL: what each of forty clients sees
everybody_by() { for n in $(seq 40); do client "$n" "--$1" && echo; done | tr -d '\n' | sed 's/v/ v/g'; }
everybody() { everybody_by http1.1; }
# moves FROM TO: each kind of change between two lists, once
moves() { paste -d ' ' <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$2") | awk '$1 != $2' | sort -u; }

# Half of the clients each; a client stays, whatever it speaks.
split two 50 50 "$cookie"
eventually has '^v[12]$' get $host /
first=$(everybody)
has 'v1' echo "$first"
has 'v2' echo "$first"
is "$first" everybody
is "$first" everybody_by http2-prior-knowledge
has '^set-cookie: martlet-arm=[A-Za-z0-9_-]{16}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400$' head_of $host /
has '^set-cookie: martlet-arm=[A-Za-z0-9_-]{16}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400$' head_of $host / --http2-prior-knowledge
again() { head_of $host / -b "$WORK/jar-1" | grep -c '^set-cookie' || true; }
is 0 again

# Other weights: some go from the canary to stable, nobody the other way, and all come back.
split two 95 5 "$cookie"
moved() { moves "$first" "$(everybody)"; }
eventually is 'v2 v1' moved
split two 50 50 "$cookie"
eventually is "$first" everybody

# By hand to an arm that nobody else sees.
split two 1 0 "$cookie" 'overrides:' '- {headers: [{name: x-canary, value: always}], arm: canary}' \
    '- {cookies: [{name: beta, type: RegularExpression, value: "on|yes"}], arm: canary}'
eventually is v2 get $host / -H 'x-canary: always'
is v2 get $host / -b beta=yes
is v1 get $host / -b beta=no
is v1 get $host / -H 'x-canary: never'

# An empty arm gives its clients away, and takes nobody else's.
split two 50 50 "$cookie"
eventually is "$first" everybody
scale two 0
eventually is 'v2 v1' moved
is "${first//v2/v1}" everybody
has "martlet_arm_changes_total\{rule=\"Route/$NAMESPACE/arms/all\",arm=\"canary\",to=\"empty\"\} 1" curl -sS "http://$ADMIN/metrics"

# A switch waits until there is something to switch to, and the Route says so.
condition() { k get routes.martlet.dev arms -o 'jsonpath={.status.parents[0].conditions[?(@.type=="ActiveArmReady")].'"$1"'}'; }
split three 1 0 'activeArm: canary'
eventually is ArmNotReady condition reason
has "Service $NAMESPACE/three" condition message
eventually has ArmNotReady k get events
is v1 get $host /
scale three 1
eventually is v3 get $host /
eventually is True condition status

# There and back under load.
urls=()
for _ in $(seq 200); do urls+=("http://$HTTP/" -o /dev/null); done
for _ in $(seq 8); do curl -sS -m 100 -H "Host: $host" -w '%{http_code}\n' "${urls[@]}"; done >"$WORK/codes" 2>&1 &
load=$!
while kill -0 $load 2>/dev/null; do
    for arm in stable canary; do
        k patch routes.martlet.dev arms --type=json -p "[{\"op\": \"replace\", \"path\": \"/spec/rules/0/split/activeArm\", \"value\": \"$arm\"}]" >/dev/null
    done
done
codes() { sort "$WORK/codes" | uniq -c | xargs; }
is '1600 200' codes

# Whoever insists gets what there is: nothing.
scale three 0
eventually is ArmNotReady condition reason
eventually is v1 get $host /
split three 1 0 'activeArm: canary' 'force: true'
eventually is 503 status $host /
is '' condition status
