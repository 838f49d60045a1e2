{{- define "gil-exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* 52 characters leave room for what is appended, within the 63 of a label. */}}
{{- define "gil-exporter.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "gil-exporter.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "gil-exporter.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "gil-exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "gil-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gil-exporter.labels" -}}
{{ include "gil-exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: metrics
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "gil-exporter.serviceAccountName" -}}
{{- default (ternary (include "gil-exporter.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "gil-exporter.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* Until Kubernetes 1.30 an annotation named the AppArmor profile, and since then a field does. */}}
{{- define "gil-exporter.hasAppArmorField" -}}
{{- if semverCompare ">=1.30-0" (default .Capabilities.KubeVersion.Version .Values.kubeVersionOverride) }}true{{ end }}
{{- end }}

{{- define "gil-exporter.appArmorAnnotation" -}}
{{- $profile := .Values.privileges.appArmorProfile }}
{{- if eq $profile.type "Unconfined" }}unconfined
{{- else if eq $profile.type "RuntimeDefault" }}runtime/default
{{- else }}localhost/{{ $profile.localhostProfile }}
{{- end }}
{{- end }}

{{- define "gil-exporter.scheme" -}}
{{- ternary "https" "http" .Values.web.tls }}
{{- end }}

{{/* The kubelet has neither a password nor a client's certificate. */}}
{{- define "gil-exporter.healthPort" -}}
{{- ternary "health" "metrics" (ne .Values.web.existingSecret "") }}
{{- end }}

{{/* An endpoint of a PodMonitor or ServiceMonitor. */}}
{{- define "gil-exporter.endpoint" -}}
port: metrics
path: /metrics
scheme: {{ include "gil-exporter.scheme" . }}
honorLabels: true
{{- with .Values.monitoring }}
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .basicAuth }}
basicAuth:
  {{- toYaml . | nindent 2 }}
{{- end }}
relabelings:
  # The dashboards and rules identify a host by its instance: the node, which outlives its pods.
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: instance
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: node
  - targetLabel: job
    replacement: {{ .job }}
  # These would name the exporter's own pod: every restart would make new series of all services of the node, and a query
  # by namespace would find the wrong one. The pods that run Python are in gil_process_group_info.
  - action: labeldrop
    regex: namespace|pod|container|service|endpoint
  {{- with .relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
