#!/bin/bash
# Watches tell what happens, from where they were asked to; an old version is gone.
. "$(dirname "$0")/../lib.sh"

watchers=()
trap 'kill "${watchers[@]}" 2>/dev/null' EXIT
watched() { cat "$WORK/$1"; }

k get configmaps -w >"$WORK/table" 2>&1 &
watchers+=($!)
k get configmaps -w -o name -l on >"$WORK/selected" 2>&1 &
watchers+=($!)
"$KUBECTL" get --raw "/api/v1/namespaces/$NAMESPACE/configmaps" | jq -r .metadata.resourceVersion >"$WORK/version"
version=$(cat "$WORK/version")
"$KUBECTL" get --raw "/api/v1/namespaces/$NAMESPACE/configmaps?watch=1&resourceVersion=$version" >"$WORK/raw" 2>&1 &
watchers+=($!)

k create configmap one
k create configmap two
eventually has '^one ' watched table
eventually has '^two ' watched table
k label configmap two on=yes
eventually has '^configmap/two' watched selected
k delete configmap one
eventually has '"type":"DELETED".*"name":"one"' watched raw
has '"type":"ADDED".*"name":"one"' watched raw
is 1 grep -c '^NAME' "$WORK/table"
! grep -q configmap/one "$WORK/selected" || fail 'a watch showed what it had not selected'

# what begins at a version sees all that came after it, and nothing is said twice
"$KUBECTL" get --raw "/api/v1/namespaces/$NAMESPACE/configmaps?watch=1&timeoutSeconds=1&resourceVersion=$version" >"$WORK/again"
is 'ADDED one,ADDED two,MODIFIED two,DELETED one' \
    jq -rs '[.[] | .type + " " + .object.metadata.name] | join(",")' "$WORK/again"

# wait sees deletions; kubectl 1.20 fails when the object is gone before it has begun to wait
(sleep 2; k delete configmap two >/dev/null) &
k wait --for=delete configmap/two --timeout=20s

# a version of long ago: forgotten, or remembered and told from there on; never an empty silence
"$KUBECTL" get --raw "/api/v1/configmaps?watch=1&timeoutSeconds=2&resourceVersion=5" >"$WORK/old"
has '^(410 Expired|ADDED)$' jq -r 'if .type == "ERROR" then "\(.object.code) \(.object.reason)" else .type end' "$WORK/old"
