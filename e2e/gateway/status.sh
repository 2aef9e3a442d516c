#!/bin/bash
# A Route's status says whether it is accepted and served; entries of others stay, and ours goes when the Route is no longer ours.
. "$(dirname "$0")/../lib.sh"

workload one v1
host=status.e2e.example
route() { # CLASS SERVICE
    cat <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: watched}
spec:
  ingressClassName: $1
  hostnames: [$host]
  rules: [{backendRefs: [{name: $2, port: 80}]}]
YAML
}
conditions() { k get routes.martlet.dev watched -o "jsonpath={range .status.parents[?(@.controllerName=='martlet.dev/ingress-controller')].conditions[*]}{.type}={.status} {end}"; }
others() { k get routes.martlet.dev watched -o 'jsonpath={.status.parents[?(@.controllerName=="example.com/other")].parentRef.name}'; }

route martlet one | k apply -f -
eventually is 'Accepted=True ResolvedRefs=True Programmed=True ' conditions
is v1 get $host /
k wait --for=jsonpath='{.status.parents[0].conditions[0].status}'=True routes.martlet.dev/watched --timeout=5s ||
    "$KUBECTL" version --client | grep -q 'v1.20' || fail 'kubectl wait does not see the condition'

# the status follows the spec, and keeps what somebody else wrote
"$KUBECTL" get --raw "/apis/martlet.dev/v1alpha1/namespaces/$NAMESPACE/routes/watched" |
    jq '.status.parents += [{parentRef: {kind: "Gateway", name: "theirs"}, controllerName: "example.com/other", conditions: []}]' >"$WORK/with-others"
"$KUBECTL" replace --raw "/apis/martlet.dev/v1alpha1/namespaces/$NAMESPACE/routes/watched/status" -f "$WORK/with-others" >/dev/null
is theirs others
route martlet ghost | k apply -f -
eventually is 'Accepted=True ResolvedRefs=False Programmed=True ' conditions
is theirs others
generation=$(k get routes.martlet.dev watched -o 'jsonpath={.metadata.generation}')
is "$generation" k get routes.martlet.dev watched -o "jsonpath={.status.parents[?(@.controllerName=='martlet.dev/ingress-controller')].conditions[0].observedGeneration}"

# nothing is written when nothing changed
version=$(k get routes.martlet.dev watched -o 'jsonpath={.metadata.resourceVersion}')
k annotate service one martlet.dev/expose=other.$host
eventually is v1 get other.$host /
is "$version" k get routes.martlet.dev watched -o 'jsonpath={.metadata.resourceVersion}'

# another class: our entry goes
route somebody-elses one | k apply -f -
eventually is '' conditions
is theirs others
