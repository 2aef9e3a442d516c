{{- define "martlet.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Short enough for the suffixes that some objects carry ("-metrics"). */}}
{{- define "martlet.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 54 | trimSuffix "-" }}
{{- else }}
{{- $name := include "martlet.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 54 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 54 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of objects that live in no namespace: two releases of one name in two namespaces must not share them. */}}
{{- define "martlet.clusterName" -}}
{{- $name := include "martlet.fullname" . }}
{{- if eq $name .Release.Namespace }}{{ $name }}{{ else }}{{ printf "%s-%s" .Release.Namespace $name }}{{ end }}
{{- end }}

{{/* Of the Service and the Secret by which replicas find and know each other. */}}
{{- define "martlet.peers" -}}{{ include "martlet.fullname" . }}-peers{{- end }}

{{/* What selectors consist of. They are immutable: nothing that a value changes may come in here. */}}
{{- define "martlet.selector" -}}
app.kubernetes.io/name: {{ include "martlet.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end }}

{{/* Labels that the chart sets; nobody else may. */}}
{{- define "martlet.ownLabels" -}}
{{ include "martlet.selector" . }}
app.kubernetes.io/part-of: martlet
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "martlet.labels" -}}
{{ include "martlet.ownLabels" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "martlet.serviceAccount" -}}
{{- default (ternary (include "martlet.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "martlet.image" -}}
{{- $image := .Values.image }}
{{- $tagged := printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) }}
{{- if $image.digest }}{{ ternary $tagged $image.repository (ne $image.tag "") }}@{{ $image.digest }}{{ else }}{{ $tagged }}{{ end }}
{{- end }}

{{/* The listeners that are on, as JSON: {"http": {…}}. */}}
{{- define "martlet.listeners" -}}
{{- $on := dict }}
{{- range $name := list "http" "https" }}
{{- $port := index $.Values.ports $name }}
{{- if $port.enabled }}{{ $_ := set $on $name $port }}{{ end }}
{{- end }}
{{- toJson $on }}
{{- end }}

{{/* Ports of connections and datagrams, as JSON: [{"name": "tcp-5432", "protocol": "TCP", "flag": "tcp", "container": …}]. */}}
{{- define "martlet.sessions" -}}
{{- $all := list }}
{{- range $flag := list "tcp" "udp" }}
{{- range $port := index $.Values.ports $flag }}
{{- $number := int $port.container }}
{{- $all = append $all (dict "name" (printf "%s-%d" $flag $number) "protocol" (upper $flag) "flag" $flag "container" $number "service" (int (default $number $port.service)) "node" (int (default 0 $port.node))) }}
{{- end }}
{{- end }}
{{- toJson $all }}
{{- end }}

{{/* "true" when a port below 1024 is bound in the pod. */}}
{{- define "martlet.bindsLowPorts" -}}
{{- $ports := list .Values.ports.probes .Values.ports.admin }}
{{- range include "martlet.listeners" . | fromJson }}{{ $ports = append $ports .container }}{{ end }}
{{- range include "martlet.sessions" . | fromJsonArray }}{{ $ports = append $ports .container }}{{ end }}
{{- if .Values.peers.enabled }}{{ $ports = append $ports .Values.peers.port }}{{ end }}
{{- range $ports }}{{ if lt (int .) 1024 }}true{{ break }}{{ end }}{{ end }}
{{- end }}

{{/* "true" when two pods do not fit on one node. */}}
{{- define "martlet.usesHostPorts" -}}
{{- if .Values.hostNetwork }}true{{ else }}
{{- range include "martlet.listeners" . | fromJson }}{{ if gt (int .host) 0 }}true{{ break }}{{ end }}{{ end }}
{{- end }}
{{- end }}

{{- define "martlet.gracePeriod" -}}
{{- $drain := .Values.drain }}
{{- if $drain.gracePeriodSeconds }}{{ int $drain.gracePeriodSeconds }}{{ else }}{{ add (int $drain.delaySeconds) (int $drain.timeoutSeconds) 5 }}{{ end }}
{{- end }}

{{/* Namespaces that are watched, as JSON; none means all. */}}
{{- define "martlet.watched" -}}
{{- if eq .Values.scope "cluster" }}[]{{ else }}{{ .Values.watchNamespaces | uniq | toJson }}{{ end }}
{{- end }}
