# shellcheck shell=bash
# Backends as a cluster with nodes has them: Deployments whose pods run the sample.

# workload NAME VERSION [REPLICAS]: a sample backend in the script's namespace, as Deployment and Service on port 80
workload() {
    unrecorded create -f - <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, labels: {app: $1}}
spec:
  replicas: ${3:-1}
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1, version: $2}}
    spec: {containers: [{name: sample, image: martlet/sample:$2, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: $1}
spec: {selector: {app: $1}, ports: [{name: http, port: 80, targetPort: http}]}
YAML
}

# scale NAME REPLICAS
scale() { unrecorded scale deployment "$1" --replicas="$2"; }

# replace_one NAME: one of its pods goes, and another comes
replace_one() { unrecorded delete pod "$(unrecorded get pods -l "app=$1" -o 'jsonpath={.items[0].metadata.name}')"; }
