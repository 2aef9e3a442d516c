#!/bin/bash
# Deployments, ReplicaSets, pods and endpoints are what kubectl's commands for them expect.
# needs: pods
. "$(dirname "$0")/../lib.sh"

workload one v1 2
k rollout status deployment/one --timeout=10s
k wait --for=condition=Available deployment/one --timeout=10s
has '^one +2/2 +2 +2' k get deployment one
has '1/1 +Running' k get pods -l app=one
has '^Endpoints: +127.0.0.1:[0-9]+,127.0.0.1:[0-9]+' k describe service one
is '2' bash -c "'$KUBECTL' -n '$NAMESPACE' get endpointslices -l kubernetes.io/service-name=one -o name | wc -l"
has 'ScalingReplicaSet' k describe deployment one

# a new template and the old one again; requests do not fail meanwhile
k annotate service one martlet.dev/expose=workloads.e2e.example
eventually is v1 get workloads.e2e.example /
k set image deployment/one sample=martlet/sample:v2
for _ in $(seq 40); do has '^v[12]$' get workloads.e2e.example /; done
k rollout status deployment/one --timeout=20s
eventually is v2 get workloads.e2e.example /
is martlet/sample:v2 k get deployment one -o 'jsonpath={.spec.template.spec.containers[0].image}'
has '^2 ' k rollout history deployment/one
k rollout undo deployment/one
k rollout status deployment/one --timeout=20s
eventually is v1 get workloads.e2e.example /

# scaling, and a pod that goes
k scale deployment one --replicas=1
pods() { k get pods -l app=one -o name | wc -l; }
eventually is 1 pods
old=$(k get pods -l app=one -o 'jsonpath={.items[0].metadata.name}')
k delete pod "$old"
has 'not found' k get pod "$old"
eventually is v1 get workloads.e2e.example /

# an image that cannot run here says why
k create deployment foreign --image=nginx:1.27
eventually has 'ErrImagePull' k get pods -l app=foreign
eventually has 'martlet/sample:VERSION' k describe pods -l app=foreign
has 'selector.*does not match|does not match' k create -f - <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: lost}
spec:
  selector: {matchLabels: {app: lost}}
  template: {metadata: {labels: {app: other}}, spec: {containers: [{name: a, image: "martlet/sample:v1"}]}}
YAML
k delete deployment one foreign
eventually is '' k get pods -o name
