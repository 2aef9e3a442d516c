#!/bin/bash
# A server checks every distinct object of every variant of the chart, unknown fields included, as far as it has their kinds. Which it
# does not have is printed and compared with the list here: scripts/check-chart holds those against Kubernetes' own schemas.
. "$(dirname "$0")/lib-standalone.sh"
python=.build/tools/venv/bin/python

start dev dev --state "$WORK/state" --api-port 0 --http 127.0.0.1:0 --https none --admin 127.0.0.1:0
eventually test -e "$WORK/state/env"
# shellcheck disable=SC1091 # written by martlet dev
. "$WORK/state/env"

"$KUBECTL" api-resources --no-headers | awk '{ print $NF }' | sort -u >"$WORK/kinds"
mapfile -t kinds <"$WORK/kinds"
$python charts/tests/objects.py "${kinds[@]}" >"$WORK/objects.yaml" 2>"$WORK/summary"
cat "$WORK/summary"
is 'ClusterRole ClusterRoleBinding DaemonSet HorizontalPodAutoscaler NetworkPolicy PodDisruptionBudget PrometheusRule Role RoleBinding ServiceMonitor ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding' \
    bash -c "sed -n 's/^rendered only: [0-9]* //p' '$WORK/summary' | tr '\n' ' ' | sed 's/ \$//'"
for namespace in martlet-system shop web; do "$KUBECTL" create namespace $namespace; done
"$KUBECTL" apply --dry-run=server --validate=strict -o name -f "$WORK/objects.yaml" >"$WORK/created"
is "$(sed -n 's/^given: //p' "$WORK/summary" | awk '{ sum += $1 } END { print sum }')" awk 'END { print NR }' "$WORK/created"

# the same server does notice what is wrong
sed 's/imagePullPolicy/imagePullPolice/' "$WORK/objects.yaml" >"$WORK/misspelt.yaml"
has 'imagePullPolice' "$KUBECTL" apply --dry-run=server --validate=strict -o name -f "$WORK/misspelt.yaml"
