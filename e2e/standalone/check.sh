#!/bin/bash
# check says what an API server and the gateway would refuse, each with file and line, and leaves other products' objects alone.
. "$(dirname "$0")/lib-standalone.sh"
cd "$WORK"

# refused NAME PATTERN: the manifest on standard input, kept as NAME.yaml, is refused with a line that matches
refused() {
    cat >"$1.yaml"
    exits 1 "$MARTLET" check "$1.yaml"
    has "^$1.yaml:$2" cat out
}

refused list '1: error: .*array' <<<'[1, 2]'
refused no-kind '1: error: .*no kind' <<<'apiVersion: v1'
refused no-name '3: error: .*metadata.name' <<<$'apiVersion: v1\nkind: Service\nmetadata: {namespace: x}'
refused old '1: error: .*networking.k8s.io/v1' <<<$'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: old}'
refused kind '2: error: .*did you mean Route' <<<$'apiVersion: martlet.dev/v1alpha1\nkind: Rout\nmetadata: {name: r}'
refused twice-key '3: error: .*duplicate|3: error: .*twice' <<<$'apiVersion: v1\nkind: Service\nkind: Service\nmetadata: {name: x}'
refused tab '2: error: ' <<<$'apiVersion: v1\n\tkind: Service'
printf 'apiVersion: v1\nkind: Service\nmetadata: {name: "\xff"}\n' | refused latin1 '3: error: .*UTF-8'
{ service one 8081; service one 8082; } | refused contradiction '19: error: EndpointSlice default/one-a .*contradiction.yaml:7'
{ service one 8081; service one 8081; } >same.yaml
exits 0 "$MARTLET" check same.yaml
has 'warning: Service default/one' cat out

# the second document of a file, and the third item of a list, have lines of their own
{ service one 8081; ingress web web.example.com ghost; } | refused second '17: error: Ingress default/web spec.rules\[0\].*ghost'
refused items '6: error: .*no name' <<'YAML'
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}
- {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {ports: [{port: 80}]}}
- {apiVersion: v1, kind: Service, metadata: {}}
YAML

# an object that no API server would take
python3 -c 'print("{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"big\"}, \"data\": {\"x\": \"" + "A" * 1600000 + "\"}}")' |
    refused big '1: error: .*at most 1572864'

# other products' objects, with errors of their own, are none of ours
cat >others.yaml <<'YAML'
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: theirs}
spec: {wibble: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: theirs}
YAML
exits 0 "$MARTLET" check others.yaml
has '2 of kinds that are not read' cat out
# nothing at all is fine
: >empty.yaml
exits 0 "$MARTLET" check empty.yaml

exits 2 "$MARTLET" check
exits 1 "$MARTLET" check -o json second.yaml
is '17 Ingress default web BackendNotFound' jq -r '.[] | "\(.line) \(.object.kind) \(.object.namespace) \(.object.name) \(.reason)"' out
