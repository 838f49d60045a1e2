"""What the Prometheus Operator makes of the chart's monitors."""

import re

from . import chart

SWITCHES = {
    "PodMonitor": {"monitoring": {"podMonitor": {"enabled": True}}},
    "ServiceMonitor": {"monitoring": {"serviceMonitor": {"enabled": True}}},
}
# Of a target, as the Operator and the discovery of Kubernetes make them.
LABELS = {
    "__meta_kubernetes_pod_node_name": "node-1",
    "namespace": "gil-exporter",
    "pod": "gil-exporter-x2k8p",
    "container": "gil-exporter",
    "service": "gil-exporter",
    "endpoint": "metrics",
    "job": "gil-exporter/gil-exporter",
}


def snake(text):
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), text)


def scrape_of(kind):
    """The scrape configuration of a monitor, without the discovery of its targets."""
    spec = chart.of_kind(kind, SWITCHES[kind])["spec"]
    (endpoint,) = spec.get("podMetricsEndpoints") or spec["endpoints"]
    return {
        "job_name": kind,
        "metrics_path": endpoint["path"],
        "scheme": endpoint["scheme"],
        "honor_labels": endpoint["honorLabels"],
        "relabel_configs": [{snake(key): value for key, value in each.items()} for each in endpoint["relabelings"]],
    }
