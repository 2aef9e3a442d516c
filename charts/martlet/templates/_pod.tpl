{{/* The arguments of the container, as a YAML list. */}}
{{- define "martlet.arguments" -}}
{{- $v := .Values }}
- serve
{{- range $name := list "http" "https" }}
{{- $port := index $v.ports $name }}
- {{ ternary (printf "--%s=%s:%d" $name $v.listenAddress (int $port.container)) (printf "--%s=none" $name) $port.enabled | quote }}
{{- end }}
{{- range include "martlet.sessions" . | fromJsonArray }}
- {{ printf "--%s=%s:%d" .flag $v.listenAddress (int .container) | quote }}
{{- end }}
- --admin=127.0.0.1:{{ int $v.ports.admin }}
- {{ printf "--probes=%s:%d" $v.listenAddress (int $v.ports.probes) | quote }}
{{- if $v.peers.enabled }}
- {{ printf "--peer=%s:%d" $v.listenAddress (int $v.peers.port) | quote }}
- --peer-service={{ .Release.Namespace }}/{{ include "martlet.peers" . }}
- --peer-secret={{ .Release.Namespace }}/{{ include "martlet.peers" . }}
{{- end }}
- --ingress-class={{ $v.ingressClass.name }}
- --controller-name={{ $v.controllerName }}
{{- range include "martlet.watched" . | fromJsonArray }}
- --watch-namespace={{ . }}
{{- end }}
{{- if eq $v.scope "namedSecrets" }}
{{- range $v.namedSecrets | uniq }}
- --watch-secret={{ . }}
{{- end }}
{{- end }}
{{- if $v.publish.addresses }}
{{- range $v.publish.addresses }}
- {{ printf "--publish-address=%s" . | quote }}
{{- end }}
{{- else if and $v.publish.service $v.service.enabled }}
- --publish-service={{ .Release.Namespace }}/{{ include "martlet.fullname" . }}
{{- end }}
- {{ printf "--access-log=%s" $v.accessLog | quote }}
{{- if $v.workers }}
- --workers={{ int $v.workers }}
{{- end }}
{{- range $v.trusted }}
- {{ printf "--trusted=%s" . | quote }}
{{- end }}
{{- with $v.defaultCertificate }}
- --default-certificate={{ . }}
{{- end }}
{{- if $v.proxyProtocol }}
- --proxy-protocol
{{- end }}
{{- if $v.allowExternalNames }}
- --allow-external-names
{{- end }}
{{- if $v.sharedHosts }}
- --shared-hosts
{{- end }}
{{- if $v.allowCanaries }}
- --allow-canaries
{{- end }}
{{- if $v.snapshot.enabled }}
- --snapshot-dir=/var/lib/martlet
- --snapshot-max-age={{ $v.snapshot.maxAge }}
{{- end }}
- --drain-delay={{ int $v.drain.delaySeconds }}s
- --drain-timeout={{ int $v.drain.timeoutSeconds }}s
{{- if $v.config }}
- --config=/etc/martlet/martlet.yaml
{{- end }}
{{- range $v.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- define "martlet.containerSecurity" -}}
{{- $context := deepCopy .Values.securityContext }}
{{- if include "martlet.bindsLowPorts" . }}
{{- $capabilities := get $context "capabilities" | default dict }}
{{- $_ := set $capabilities "add" (append (get $capabilities "add" | default list) "NET_BIND_SERVICE" | uniq) }}
{{- $_ := set $context "capabilities" $capabilities }}
{{- end }}
{{- toYaml $context }}
{{- end }}

{{/*
A user other than root gets no use of NET_BIND_SERVICE from container runtimes that grant no ambient capabilities: the pod's own network
namespace then says that all ports are for everybody (a "safe" sysctl since Kubernetes 1.22). The node's namespace is the node's affair.
*/}}
{{- define "martlet.podSecurity" -}}
{{- $context := deepCopy .Values.podSecurityContext }}
{{- if and (include "martlet.bindsLowPorts" .) (not .Values.hostNetwork) }}
{{- $sysctl := dict "name" "net.ipv4.ip_unprivileged_port_start" "value" "0" }}
{{- $_ := set $context "sysctls" (append (get $context "sysctls" | default list) $sysctl) }}
{{- end }}
{{- toYaml $context }}
{{- end }}

{{/* The pod template of the Deployment and of the DaemonSet. */}}
{{- define "martlet.pod" -}}
{{- $v := .Values }}
{{- $listeners := include "martlet.listeners" . | fromJson }}
metadata:
  {{- if or $v.podAnnotations $v.config }}
  annotations:
    {{- if $v.config }}
    checksum/config: {{ toYaml $v.config | sha256sum }}
    {{- end }}
    {{- with $v.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  labels:
    {{- $labels := merge (include "martlet.labels" . | fromYaml) $v.podLabels }}
    {{- toYaml (omit $labels "helm.sh/chart") | nindent 4 }}
spec:
  serviceAccountName: {{ include "martlet.serviceAccount" . }}
  automountServiceAccountToken: {{ $v.automountServiceAccountToken }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "martlet.gracePeriod" . }}
  {{- with $v.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $v.hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- with default (ternary "ClusterFirstWithHostNet" "" $v.hostNetwork) $v.dnsPolicy }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- with $v.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $v.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- include "martlet.podSecurity" . | nindent 4 }}
  containers:
  - name: martlet
    image: {{ include "martlet.image" . | quote }}
    imagePullPolicy: {{ $v.image.pullPolicy }}
    args:
    {{- include "martlet.arguments" . | trim | nindent 4 }}
    env:
    - name: POD_NAME
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    - name: POD_NAMESPACE
      valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
    - name: POD_IP
      valueFrom: {fieldRef: {fieldPath: status.podIP}}
    - name: MARTLET_NODE
      valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
    - name: MARTLET_ZONE
      valueFrom: {fieldRef: {fieldPath: "metadata.labels['topology.kubernetes.io/zone']"}}
    {{- with $v.extraEnv }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    ports:
    {{- range $name, $port := $listeners }}
    - name: {{ $name }}
      containerPort: {{ int $port.container }}
      {{- if $v.hostNetwork }}
      hostPort: {{ int $port.container }}
      {{- else if $port.host }}
      hostPort: {{ int $port.host }}
      {{- end }}
      protocol: TCP
    {{- end }}
    {{- range include "martlet.sessions" . | fromJsonArray }}
    - name: {{ .name }}
      containerPort: {{ int .container }}
      {{- if $v.hostNetwork }}
      hostPort: {{ int .container }}
      {{- end }}
      protocol: {{ .protocol }}
    {{- end }}
    - name: probes
      containerPort: {{ int $v.ports.probes }}
      {{- if $v.hostNetwork }}
      hostPort: {{ int $v.ports.probes }}
      {{- end }}
      protocol: TCP
    {{- if $v.peers.enabled }}
    - name: peers
      containerPort: {{ int $v.peers.port }}
      {{- if $v.hostNetwork }}
      hostPort: {{ int $v.peers.port }}
      {{- end }}
      protocol: TCP
    {{- end }}
    startupProbe:
      httpGet: {path: /healthz, port: probes}
      {{- toYaml $v.probes.startup | nindent 6 }}
    livenessProbe:
      httpGet: {path: /healthz, port: probes}
      {{- toYaml $v.probes.liveness | nindent 6 }}
    readinessProbe:
      httpGet: {path: /readyz, port: probes}
      {{- toYaml $v.probes.readiness | nindent 6 }}
    {{- with $v.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext:
      {{- include "martlet.containerSecurity" . | nindent 6 }}
    {{- if or $v.snapshot.enabled $v.config $v.extraVolumeMounts }}
    volumeMounts:
    {{- if $v.snapshot.enabled }}
    - name: snapshot
      mountPath: /var/lib/martlet
    {{- end }}
    {{- if $v.config }}
    - name: config
      mountPath: /etc/martlet
      readOnly: true
    {{- end }}
    {{- with $v.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- end }}
  {{- if or $v.snapshot.enabled $v.config $v.extraVolumes }}
  volumes:
  {{- if $v.snapshot.enabled }}
  - name: snapshot
    emptyDir: {medium: Memory, sizeLimit: {{ $v.snapshot.sizeLimit }}}
  {{- end }}
  {{- if $v.config }}
  - name: config
    configMap: {name: {{ include "martlet.fullname" . }}}
  {{- end }}
  {{- with $v.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- end }}
  {{- with $v.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $v.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $v.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and $v.topologySpreadConstraints (eq $v.kind "Deployment") }}
  topologySpreadConstraints:
  {{- range $v.topologySpreadConstraints }}
  {{- $own := dict "labelSelector" (dict "matchLabels" (include "martlet.selector" $ | fromYaml)) }}
  - {{ toYaml (merge (deepCopy .) $own) | nindent 4 | trim }}
  {{- end }}
  {{- end }}
{{- end }}
