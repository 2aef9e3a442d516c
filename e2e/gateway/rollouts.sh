#!/bin/bash
# A good canary is promoted through its steps, a bad one is taken back by the gateway's own counters while requests run, and nobody but the
# canary's share of clients notices.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../lib-rollouts.sh"

workload one v1
workload two v2
host=$NAMESPACE.example
# route [BACKEND]: further backends of the arm canary
route() { arms 'weight: 1, backendRefs: [{name: one, port: 80}]' "weight: 1, backendRefs: [{name: two, port: 80, weight: 95}${1:-}]"; }
# rollout STEPS
rollout() {
    k apply -f - <<YAML
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {name: shop, sectionName: all}
  stable: stable
  canary: canary
  revision: v1
  strategy: {steps: [$1]}
  analysis:
    interval: 1s
    minRequests: 50
    metrics: [{name: success-rate, min: "99"}, {name: latency-p99, max: 5s}]
YAML
}
drive() { "$MARTLET" rollout "$1" shop -n "$NAMESPACE" "${@:2}"; }

# What is there when the Rollout comes is nothing new, whatever weights the Route has.
route
eventually has . get "$host" /
rollout '{setWeight: 20, pause: {duration: 2s}}, {setWeight: 60, pause: {}}, {setWeight: 100}'
eventually is Healthy field phase
eventually is 'v1=100 ' answers 100

# Step by step, with a gate that a command opens.
revision v2
eventually is '1/3' field progress
eventually has 'v1=.* v2=' answers 300
eventually is Paused field phase
is '2/3' field progress
is 60 field canaryWeight
# What is shown is what is in force, though no graph came with it.
eventually has '^ +arm canary 3$' curl -sS "http://$ADMIN/graph"
has '^NAME +TARGET +PHASE +STEP +WEIGHT +MESSAGE +AGE$' k get mrollout
has '^shop +shop +Paused +2/3 +60 +Step 2 of 3: 60 % of the requests go to revision v2 in arm canary, until promote or abort' k get mrollout
sleep 1
is 60 field canaryWeight
k annotate rollouts.martlet.dev shop martlet.dev/rollout-command=promote@v1/2
eventually has CommandIgnored k get events
is Paused field phase
has 'Rollout .*/shop (Progressing: Step 3 of 3|Healthy: Revision v2)' drive promote
eventually is 'v2=100 ' answers 100
has 'Healthy: Revision v2 was promoted' drive status -w --timeout 10s
# On a terminal it is drawn.
has '^ +canary +v2 +#{30} 100 %' script -qec "'$MARTLET' rollout status shop -n $NAMESPACE -w --timeout 10s" /dev/null
is canary field stableArm
is Promoted field outcome
is True field 'conditions[?(@.type=="Succeeded")].status'
for reason in RolloutStarted StepStarted Promoted; do has "Normal +$reason" k describe rollouts.martlet.dev shop; done

# The arms have changed their parts; what is given up stays where it was.
revision v3
eventually is stable field canaryArm
eventually is '1/3' field progress
has 'Degraded: Revision v3 was given up' drive abort
eventually is 'v2=100 ' answers 100
has 'Warning +Aborted' k describe rollouts.martlet.dev shop
drive status && fail 'the status of a revision that was given up is no success'
# It may come again, and be given up again by the same words.
revision v4
eventually is v4 field revision
revision v3
eventually is Progressing field phase
has 'Degraded: Revision v3 was given up' drive abort
eventually is 'v2=100 ' answers 100
k delete rollouts.martlet.dev shop
eventually has 'v1=.* v2=' answers 200
eventually has RolloutRemoved k describe routes.martlet.dev shop

# A canary of which one answer in twenty is an error, with requests all the time.
route ', {name: gone, port: 80, weight: 5}'
rollout '{setWeight: 10, analysis: true, pause: {duration: 1m}}, {setWeight: 100}'
eventually is Healthy field phase
eventually is 'v1=100 ' answers 100
load() { while [ ! -e "$WORK/enough" ]; do curl -sS -m 10 -o /dev/null -w '%{http_code}\n' -H "Host: $host" "http://$HTTP/?[1-100]" >>"$WORK/codes"; done; }
load &
loading=$!
revision v2
eventually is Degraded field phase
touch "$WORK/enough"
wait "$loading"
is RolledBack field outcome
is 0 field canaryWeight
has 'Revision v2 was taken back.*success-rate 9[0-9.]+ % of [0-9]+ requests, below 99 %' field message
has 'Warning +RolledBack' k describe rollouts.martlet.dev shop
eventually is 'v1=200 ' answers 200
failed=$(grep -vc '^200$' "$WORK/codes" || true) all=$(wc -l <"$WORK/codes")
[ "$failed" -gt 0 ] && [ $((failed * 50)) -lt "$all" ] || fail "$failed of $all requests failed; it should be about 1 in 200"
echo "$failed of $all requests failed until the canary was taken back"

# The same revision is not tried again, and a good one is.
sleep 1
is Degraded field phase
route
revision v3
load2() { for _ in $(seq 40); do curl -sS -m 10 -o /dev/null -H "Host: $host" "http://$HTTP/?[1-100]"; [ "$(field 'analysis.passes')" != 1 ] || return 0; done; }
load2
# The next interval may have found too few requests already: that is no other judgement.
is 1 field analysis.passes
has 'Progressing: Step 1 of 2: 10 %' drive status
drive promote
has 'Healthy: Revision v3 was promoted' drive status -w --timeout 10s
eventually is 'v2=100 ' answers 100

# Mistakes have a field and a remedy, and change no weights.
k patch rollouts.martlet.dev shop --type=merge -p '{"spec": {"targetRef": {"sectionName": "al"}}}'
eventually is Pending field phase
has "has no rule 'al'; its rules are all. Did you mean all" field message
has 'Warning +RuleNotFound' k describe rollouts.martlet.dev shop

# A switch to a version whose last pod goes: everything is with the other one again, without anybody who looks.
k delete rollouts.martlet.dev shop
k apply -f - <<'YAML'
apiVersion: martlet.dev/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  targetRef: {name: shop}
  stable: stable
  canary: canary
  revision: v1
  strategy: {type: BlueGreen, steps: [{setWeight: 100, pause: {}}]}
YAML
eventually is 'v1=50 ' answers 50
revision v2
eventually is 'v2=50 ' answers 50
scale two 0
eventually is 'v1=50 ' answers 50
has 'Warning +ArmNotReady' k describe rollouts.martlet.dev shop
scale two 1
eventually is 'v2=50 ' answers 50
