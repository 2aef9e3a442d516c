# shellcheck shell=bash
# What scripts about Rollouts share, behind lib.sh or lib-standalone.sh. Their Rollout is called shop, and so is the Route of $host, if any.

# arms STABLE CANARY [CLASS]: the Route, whose rule `all` has two arms; of each what stands beside its name: weight and backends
arms() {
    k apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {name: shop}
spec:
  ${3:+ingressClassName: $3}
  hostnames: [$host]
  rules:
  - name: all
    split:
      arms:
      - {name: stable, $1}
      - {name: canary, $2}
YAML
}

# field NAME: of the Rollout's status
field() { k get rollouts.martlet.dev shop -o "jsonpath={.status.$1}"; }

# revision NAME: comes into the canary arm
revision() { k patch rollouts.martlet.dev shop --type=merge -p "{\"spec\": {\"revision\": \"$1\"}}"; }

# answers REQUESTS [curl options]: how often each answer of $host came
answers() { curl -sS -m 30 -H "Host: $host" "${@:2}" "http://$HTTP/?[1-$1]" | tr -s '\n' | sort | uniq -c | awk '{printf "%s=%s ", $2, $1}'; }
