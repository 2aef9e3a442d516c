{{/* What a schema cannot say, in sentences with a remedy. Each is a rule of its own, so that all are met at once. */}}
{{- define "martlet.validate" -}}
{{- $v := .Values }}
{{- $wrong := list }}
{{- if and (eq $v.scope "namespaces") (not $v.watchNamespaces) }}
{{- $wrong = append $wrong "scope 'namespaces' needs watchNamespaces; list the namespaces that are to be watched." }}
{{- end }}
{{- if and (eq $v.scope "namedSecrets") (not $v.namedSecrets) }}
{{- $wrong = append $wrong "scope 'namedSecrets' needs namedSecrets; list the Secrets as NAMESPACE/NAME." }}
{{- end }}
{{- if and (eq $v.scope "cluster") $v.watchNamespaces }}
{{- $wrong = append $wrong "watchNamespaces has no effect with scope 'cluster'; set scope to 'namespaces' or 'namedSecrets', or remove it." }}
{{- end }}
{{- if and (ne $v.scope "namedSecrets") $v.namedSecrets }}
{{- $wrong = append $wrong (printf "namedSecrets has no effect with scope '%s'; set scope to 'namedSecrets', or remove it." $v.scope) }}
{{- end }}
{{- $watched := include "martlet.watched" . | fromJsonArray }}
{{- if and $watched (eq $v.scope "namedSecrets") }}
{{- range $v.namedSecrets }}
{{- $namespace := splitList "/" . | first }}
{{- if not (has $namespace $watched) }}
{{- $wrong = append $wrong (printf "namedSecrets has '%s', but watchNamespaces does not have '%s', so nothing there could use it; add the namespace or remove the Secret." . $namespace) }}
{{- end }}
{{- end }}
{{- end }}
{{- $listeners := include "martlet.listeners" . | fromJson }}
{{- $sessions := include "martlet.sessions" . | fromJsonArray }}
{{- if not (or $listeners $sessions) }}
{{- $wrong = append $wrong "No listener is on; set ports.http.enabled or ports.https.enabled." }}
{{- end }}
{{- $used := dict }}
{{- $named := list (list "ports.probes" $v.ports.probes) (list "ports.admin" $v.ports.admin) }}
{{- range $name, $port := $listeners }}{{ $named = append $named (list (printf "ports.%s.container" $name) $port.container) }}{{ end }}
{{- range $sessions }}{{ if eq .protocol "TCP" }}{{ $named = append $named (list (printf "ports.tcp (%d)" (int .container)) .container) }}{{ end }}{{ end }}
{{- if $v.peers.enabled }}{{ $named = append $named (list "peers.port" $v.peers.port) }}{{ end }}
{{- range $named }}
{{- $port := toString (int (last .)) }}
{{- if hasKey $used $port }}
{{- $wrong = append $wrong (printf "%s and %s are both %s; give each port of the pod one use." (get $used $port) (first .) $port) }}
{{- end }}
{{- $_ := set $used $port (first .) }}
{{- end }}
{{- if $v.defaultCertificate }}
{{- $namespace := splitList "/" $v.defaultCertificate | first }}
{{- if and $watched (not (has $namespace $watched)) }}
{{- $wrong = append $wrong (printf "defaultCertificate is '%s', but watchNamespaces does not have '%s'; add the namespace, or choose another Secret." $v.defaultCertificate $namespace) }}
{{- end }}
{{- if and (eq $v.scope "namedSecrets") (not (has $v.defaultCertificate $v.namedSecrets)) }}
{{- $wrong = append $wrong (printf "defaultCertificate is '%s', which namedSecrets does not have, so it could not be read; add it." $v.defaultCertificate) }}
{{- end }}
{{- end }}
{{- if and $v.proxyProtocol (not $v.trusted) }}
{{- $wrong = append $wrong "proxyProtocol needs trusted; list the address ranges of the proxies that send the header." }}
{{- end }}
{{- if $v.hostNetwork }}
{{- range $name, $port := $listeners }}
{{- if and (gt (int $port.host) 0) (ne (int $port.host) (int $port.container)) }}
{{- $wrong = append $wrong (printf "ports.%s.host is %d, but with hostNetwork the node's port is ports.%s.container (%d); leave host at 0." $name (int $port.host) $name (int $port.container)) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $v.autoscaling.enabled (eq $v.kind "DaemonSet") }}
{{- $wrong = append $wrong "A DaemonSet has a pod on each node and cannot be scaled; set autoscaling.enabled to false or kind to Deployment." }}
{{- end }}
{{- if and $v.autoscaling.enabled (gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) }}
{{- $wrong = append $wrong "autoscaling.minReplicas is above autoscaling.maxReplicas; raise the maximum." }}
{{- end }}
{{- if and $v.autoscaling.enabled (not $v.autoscaling.targetCPUUtilizationPercentage) (not $v.autoscaling.targetMemoryUtilizationPercentage) (not $v.autoscaling.metrics) }}
{{- $wrong = append $wrong "autoscaling has nothing to go by; set targetCPUUtilizationPercentage, targetMemoryUtilizationPercentage or metrics." }}
{{- end }}
{{- $needed := add (int $v.drain.delaySeconds) (int $v.drain.timeoutSeconds) }}
{{- if and $v.drain.gracePeriodSeconds (lt (int $v.drain.gracePeriodSeconds) (int $needed)) }}
{{- $wrong = append $wrong (printf "drain.gracePeriodSeconds is %d, but draining may take %d s (delaySeconds and timeoutSeconds); raise it or leave it at 0." (int $v.drain.gracePeriodSeconds) (int $needed)) }}
{{- end }}
{{- if and $v.service.enabled (ne $v.service.type "LoadBalancer") (or $v.service.loadBalancerClass $v.service.loadBalancerSourceRanges) }}
{{- $wrong = append $wrong (printf "service.loadBalancerClass and loadBalancerSourceRanges are for Services of type LoadBalancer, and this one is a %s; remove them." $v.service.type) }}
{{- end }}
{{- if and $v.service.enabled (eq $v.service.type "ClusterIP") }}
{{- range $name, $port := $listeners }}
{{- if $port.node }}
{{- $wrong = append $wrong (printf "ports.%s.node is for Services of type NodePort and LoadBalancer, and this one is a ClusterIP; leave it at 0." $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $v.service.healthCheckNodePort (or (ne $v.service.type "LoadBalancer") (ne $v.service.externalTrafficPolicy "Local")) }}
{{- $wrong = append $wrong "service.healthCheckNodePort needs type LoadBalancer and externalTrafficPolicy Local; set them or leave it at 0." }}
{{- end }}
{{- if and $v.policyKeys.enabled (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) }}
{{- $wrong = append $wrong (printf "policyKeys needs Kubernetes 1.30 (ValidatingAdmissionPolicy v1), and this cluster is %s; set policyKeys.enabled to false." .Capabilities.KubeVersion.Version) }}
{{- end }}
{{- $reserved := include "martlet.ownLabels" . | fromYaml }}
{{- range $where, $labels := dict "commonLabels" $v.commonLabels "podLabels" $v.podLabels "service.labels" $v.service.labels "metrics.serviceMonitor.labels" $v.metrics.serviceMonitor.labels "metrics.dashboard.labels" $v.metrics.dashboard.labels }}
{{- range $label, $_ := $labels }}
{{- if hasKey $reserved $label }}
{{- $wrong = append $wrong (printf "%s has '%s', which the chart sets itself; remove it." $where $label) }}
{{- end }}
{{- end }}
{{- end }}
{{- if $wrong }}{{ fail (printf "\n\nThe values cannot be used:\n- %s\n" (join "\n- " $wrong)) }}{{ end }}
{{- end }}
