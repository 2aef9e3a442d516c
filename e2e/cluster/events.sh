#!/bin/bash
# An Event is one object under both of its groups.
. "$(dirname "$0")/../lib.sh"

k create -f - <<YAML
apiVersion: events.k8s.io/v1
kind: Event
metadata: {name: new, namespace: $NAMESPACE}
eventTime: "2026-01-01T00:00:00.000001Z"
reportingController: example.com/controller
reportingInstance: controller-1
action: Do
reason: Done
type: Normal
note: it is done
regarding: {apiVersion: v1, kind: ConfigMap, name: a, namespace: $NAMESPACE}
YAML
k create -f - <<YAML
apiVersion: v1
kind: Event
metadata: {name: old, namespace: $NAMESPACE}
involvedObject: {apiVersion: v1, kind: ConfigMap, name: a, namespace: $NAMESPACE}
reason: Undone
type: Warning
message: it was undone
source: {component: hand}
firstTimestamp: "2026-01-01T00:00:00Z"
lastTimestamp: "2026-01-01T00:00:05Z"
count: 2
YAML
has 'Normal +Done +configmap/a +it is done' k get events
has 'Warning +Undone +configmap/a +it was undone' k get events.v1.events.k8s.io
is 'it is done' k get events.v1. new -o 'jsonpath={.message}'
is 'it was undone' k get events.v1.events.k8s.io old -o 'jsonpath={.note}'
is '2 hand' k get events.v1.events.k8s.io old -o 'jsonpath={.deprecatedCount} {.deprecatedSource.component}'
is 'event/new event/old' bash -c "'$KUBECTL' -n '$NAMESPACE' get events.v1. --field-selector involvedObject.name=a -o name | sort | xargs"
k delete event new
has 'not found' k get events.v1.events.k8s.io new
