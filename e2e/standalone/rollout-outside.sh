#!/bin/bash
# Prometheus and webhooks judge a Rollout beside the gateway's counters: a real Prometheus that scrapes the gateway, and a webhook that says yes,
# no and nothing, that wants a token, and that a pause waits for.
. "$(dirname "$0")/lib-standalone.sh"
. "$(dirname "$0")/../lib-rollouts.sh"
NAMESPACE=default host=shop.example.com

edge_cluster
edge_home
edge_gateway gateway

hooks=$(free_port)
python3 "$(dirname "$0")/webhook_server.py" "$hooks" "$WORK/answers" >"$WORK/asked" &
pids+=("$!")
# answer PATH STATUS [BODY]: what the webhook says from now on
answer() { printf '%s\n' "$1 $2 ${3:-}" >>"$WORK/answers"; }
# asked PATTERN: whether it was asked so
asked() { has "$1" cat "$WORK/asked"; }
answer /gate 403
answer /smoke 200

metrics=$(free_port)
cat >"$WORK/prometheus.yml" <<YAML
global: {scrape_interval: 500ms}
scrape_configs: [{job_name: martlet, static_configs: [{targets: ["127.0.0.1:$admin"]}]}]
YAML
prometheus --config.file "$WORK/prometheus.yml" --storage.tsdb.path "$WORK/tsdb" --web.listen-address "127.0.0.1:$metrics" \
    >"$WORK/prometheus.log" 2>&1 &
prometheus=$!
pids+=("$prometheus")
eventually has Ready curl -sS "http://127.0.0.1:$metrics/-/ready"

events() { "$KUBECTL" describe rollouts.martlet.dev shop; }
load() {
    local urls=()
    for _ in $(seq 50); do urls+=("http://127.0.0.1:$http/"); done
    while [ ! -e "$WORK/enough" ]; do curl -sS -m 20 -o /dev/null -H 'Host: shop.example.com' "${urls[@]}" >"$WORK/load" 2>&1; done
}

# route [BACKEND]: further backends of the arm canary
route() { arms "weight: 1, backendRefs: [{name: web-v1, port: 80, weight: 9}${1:-}]" 'weight: 0, backendRefs: [{name: web-v2, port: 80}]' edge; }
# rollout [WEBHOOK FIELDS]
rollout() {
    "$KUBECTL" apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {name: shop}
  stable: stable
  canary: canary
  revision: ${revision:-v1}
  strategy:
    steps:
    - {setWeight: 50, analysis: true, pause: {duration: 2s, webhook: {url: "http://127.0.0.1:$hooks/gate"}}}
    - {setWeight: 100}
  analysis:
    interval: 1s
    failureLimit: 1
    metrics:
    - name: errors
      prometheus:
        address: http://127.0.0.1:$metrics
        query: |-
          (sum(rate(martlet_requests_total{rule="{{rule}}", arm="{{canaryArm}}", code="5xx"}[3s])) or vector(0))
          / sum(rate(martlet_requests_total{rule="{{ rule }}", arm="{{ canaryArm }}"}[3s]))
      max: "0.01"
    - {name: smoke, webhook: {url: "http://127.0.0.1:$hooks/smoke"${1:-}}}
YAML
}

route
rollout
eventually is Healthy field phase
load &
pids+=("$!")

# A good revision passes, and waits until the webhook of its pause agrees.
revision v2
eventually has '^Passed: errors 0\. smoke: It answered 200\.$' field analysis.message
eventually asked '^/gate .*"metric":"\(pause\)"'
asked '^/smoke .*"canaryArm":"canary".*"revision":"v2"|^/smoke .*"revision":"v2".*"canaryArm":"canary"'
is 1/2 field progress
has 'for 2s and until http://127.0.0.1:[0-9]+/gate agrees' field message
answer /gate 204
eventually is canary field stableArm
is Promoted field outcome

# A webhook that says no takes the revision back, after one that may fail; what it says is told. Redirects are no yes, and nobody follows them.
# failures NUMBER: that may be. Many at first: how often it is asked until the next line runs is nothing to count on.
failures() { k patch rollouts.martlet.dev shop --type=merge -p "{\"spec\": {\"analysis\": {\"failureLimit\": $1}}}"; }
failures 1000
answer /smoke 302
revision v3
eventually has 'AnalysisFailed +.*smoke: It answered 302' events
answer /smoke 200 '{"pass": false, "message": "basket is empty"}'
eventually has 'basket is empty' field analysis.message
is Progressing field phase
failures 1
eventually is Degraded field phase
has 'Revision v3 was taken back.*smoke: basket is empty\.' field message
grep -q '^/elsewhere' "$WORK/asked" && fail 'a redirect was followed'

# So does Prometheus, by what it scraped: one answer in ten of this arm is an error.
answer /smoke 200
route ', {name: gone, port: 80}'
revision v4
eventually has 'errors 0\.[0-9]+, above 0\.01' field message
eventually is Degraded field phase

# A token is sent from a Secret of the right type only. Nothing is decided while there is none, and the gateway says why.
route
"$KUBECTL" create secret generic hook --from-literal=token=s3cret
revision=v4 rollout ', tokenSecret: hook'
answer /smoke 401
# What went wrong before is not to be seen any more.
recent() { curl -sS "http://127.0.0.1:$metrics/api/v1/query" --data-urlencode 'query=sum(increase(martlet_requests_total{code="5xx"}[3s]))' | jq -r '.data.result[0].value[1]'; }
eventually is 0 recent
revision v5
eventually has 'MetricUnavailable +.*no Secret default/hook of type martlet.dev/bearer-token' events
eventually has 'Inconclusive: smoke: There is no Secret' field analysis.message
is 0 field analysis.failures
"$KUBECTL" delete secret hook
"$KUBECTL" create secret generic hook --type martlet.dev/bearer-token --from-literal=token=s3cret
answer /smoke token
eventually is Promoted field outcome
is v5 field stableRevision
grep -q s3cret "$WORK/gateway.log" && fail 'the token is in the log'
has '^martlet_rollout_questions_total\{source="webhook",result="unavailable"\} [1-9]' curl -sS "http://127.0.0.1:$admin/metrics"
has '^martlet_rollout_questions_total\{source="prometheus",result="answered"\} [1-9]' curl -sS "http://127.0.0.1:$admin/metrics"

# Who is gone says nothing: the revision stays where it is.
answer /gate 403
answer /smoke 200
revision v6
eventually has Passed field analysis.message
kill "$prometheus"
eventually has 'MetricUnavailable +.*errors.*Nothing listens' events
eventually has 'Inconclusive: errors: Nothing listens' field analysis.message
is 50 field canaryWeight
touch "$WORK/enough"

clean_metrics "$ADMIN"
