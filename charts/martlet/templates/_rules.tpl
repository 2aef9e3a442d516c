{{/* The verbs that the controller uses. docs/operations.md has the same table, and tests compare both with what is really asked. */}}
{{- define "martlet.rules.cluster" -}}
- apiGroups: [""]
  resources: [namespaces]
  verbs: [list, watch]
- apiGroups: [networking.k8s.io]
  resources: [ingressclasses]
  verbs: [list, watch]
{{- end }}

{{- define "martlet.rules.namespaced" -}}
- apiGroups: [""]
  resources: [services]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses/status]
  verbs: [patch]
- apiGroups: [martlet.dev]
  resources: [routes]
  verbs: [get, list, watch]
- apiGroups: [martlet.dev]
  resources: [routes/status]
  verbs: [patch]
# Of pods only metadata, and only where a Rollout goes by what they say.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [martlet.dev]
  resources: [rollouts]
  verbs: [get, list, watch]
- apiGroups: [martlet.dev]
  resources: [rollouts/status]
  verbs: [patch]
{{ include "martlet.rules.events" . }}
{{- end }}

{{- define "martlet.rules.events" -}}
- apiGroups: [""]
  resources: [events]
  verbs: [create, get, patch]
{{- end }}

{{- define "martlet.rules.secrets" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [list, watch]
{{- end }}

{{- define "martlet.rules.lease" -}}
# The name of what is created cannot be part of a rule.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [martlet-leader]
  verbs: [get, update]
{{- end }}

{{/* In the release's namespace; `watched` says whether what is read of it is granted already. */}}
{{- define "martlet.rules.peers" -}}
# The leader keeps what the replicas prove to one another.
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "martlet.peers" .root }}]
  verbs: [list, watch, patch]
{{- if not .watched }}
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
{{ include "martlet.rules.events" .root }}
{{- end }}
{{- end }}
