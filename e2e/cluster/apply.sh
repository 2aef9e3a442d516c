#!/bin/bash
# kubectl apply --server-side works as with any cluster: owners, conflicts, force, and the way there from client-side apply.
. "$(dirname "$0")/../lib.sh"

# apply DATA [kubectl options]: a ConfigMap from the server's side
apply() {
    k apply --server-side "${@:2}" -f - <<YAML
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: $1
YAML
}
data() { k get configmap settings -o 'jsonpath={.data}'; }
# managers: name and operation of each, one on a line (kubectl hides managedFields in -o yaml, not from JSONPath)
managers() {
    k get configmap settings -o 'jsonpath={range .metadata.managedFields[*]}{.manager} {.operation}{"\n"}{end}'
}
version() { k get configmap settings -o 'jsonpath={.metadata.resourceVersion}'; }

# made, changed, left alone
has 'configmap/settings serverside-applied' apply '{a: "1", b: "1"}'
is 'kubectl Apply' managers
before=$(version)
has 'serverside-applied' apply '{a: "1", b: "1"}'
is "$before" version
has 'serverside-applied' apply '{a: "2"}'
is '{"a":"2"}' data
has 'serverside-applied' apply '{a: "3"}' --dry-run=server
is '{"a":"2"}' data

# a second manager: its own fields, shared fields, conflicts, force
has 'serverside-applied' apply '{b: "1"}' --field-manager=ops
is '{"a":"2","b":"1"}' data
has 'serverside-applied' apply '{a: "2", b: "1"}' --field-manager=ops
has 'Apply failed with 1 conflict: conflict with "kubectl": .data.a' apply '{a: "9", b: "1"}' --field-manager=ops
has 'force-conflicts' apply '{a: "9", b: "1"}' --field-manager=ops
is '{"a":"2","b":"1"}' data
has 'serverside-applied' apply '{a: "9", b: "1"}' --field-manager=ops --force-conflicts
is '{"a":"9","b":"1"}' data
is 'ops Apply' managers
has 'Apply failed with 1 conflict: conflict with "ops": .data.a' apply '{a: "2"}'

# other writes own what they change
k label configmap settings tier=front
has 'kubectl-label Update|kubectl Update' managers
k patch configmap settings --type merge -p '{"data": {"a": "10"}}'
has 'Apply failed with 1 conflict: conflict with "kubectl(-patch)?" using v1: .data.a' apply '{a: "9", b: "1"}' --field-manager=ops

# a difference is shown before it is made; kubectl diff ends with 1 then
has '^\+ +a: "11"' k diff --server-side --force-conflicts --field-manager=ops -f - <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "11", b: "1"}
YAML
is '{"a":"10","b":"1"}' data

# kubectl hides the owners, unless it is told to show them (1.21 and newer)
if "$KUBECTL" get --help | grep show-managed-fields >/dev/null; then
    has 'f:data' k get configmap settings -o yaml --show-managed-fields
    [ "$(k get configmap settings -o yaml | grep -c managedFields)" = 0 ] || fail "kubectl shows managedFields unasked"
fi

# from client-side apply to server-side apply: no conflict with oneself, and what is left out then goes
workload_yaml() { # REPLICAS ENV
    cat <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: $1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: sample, image: "martlet/sample:v1", env: $2, ports: [{name: http, containerPort: 8080}]}]}
YAML
}
env() { k get deployment web -o 'jsonpath={.spec.template.spec.containers[0].env[*].name}'; }
workload_yaml 1 '[{name: ONE, value: "1"}, {name: TWO, value: "2"}]' | k apply -f -
workload_yaml 2 '[{name: ONE, value: "1"}]' | has 'serverside-applied' k apply --server-side -f -
is 2 k get deployment web -o 'jsonpath={.spec.replicas}'
has 'ONE' env
workload_yaml 2 '[{name: ONE, value: "3"}]' | has 'serverside-applied' k apply --server-side -f -
is 3 k get deployment web -o 'jsonpath={.spec.template.spec.containers[0].env[0].value}'

# scaling takes the replicas away from whoever applied them
k scale deployment web --replicas=1
workload_yaml 2 '[{name: ONE, value: "3"}]' | has 'Apply failed with 1 conflict: conflict with .*: .spec.replicas' k apply --server-side -f -

# what cannot be is refused with its path
has 'field not declared in schema|unknown field' k apply --server-side --validate=false -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {colour: red}
YAML
has 'duplicate entries for key \[name="a"\]' k apply --server-side --validate=false -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a}, {name: a}]}}}
YAML
has 'expected numeric' k apply --server-side --validate=false -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: many}
YAML
