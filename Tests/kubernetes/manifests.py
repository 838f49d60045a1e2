"""The manifests for clusters without Helm, rendered from the chart, and the table of its README.

python -m Tests.kubernetes.manifests      writes both: `make manifests`
"""

import re

from . import values_table
from .chart import ROOT, documents

FOLDER = ROOT / "Packaging/kubernetes/manifests"
# Every file is of a template. Those in "monitoring" need the Prometheus Operator.
FILES = {
    "configmap.yaml": "configmap.yaml",
    "daemonset.yaml": "daemonset.yaml",
    "networkpolicy.yaml": "networkpolicy.yaml",
    "service.yaml": "service.yaml",
    "serviceaccount.yaml": "serviceaccount.yaml",
    "monitoring/podmonitor.yaml": "podmonitor.yaml",
    "monitoring/prometheusrule.yaml": "prometheusrule.yaml",
}
# The AppArmor profile is a field since 1.30.
VALUES = {
    "kubeVersionOverride": "1.30",
    "monitoring": {"podMonitor": {"enabled": True}},
    "prometheusRule": {"enabled": True},
}
HEADER = "# Rendered from Packaging/kubernetes/chart by `make manifests`.\n"


def manifests():
    """The text of each file."""
    rendered = documents(VALUES)
    return {name: HEADER + plain(rendered[template]) for name, template in FILES.items()}


def plain(text):
    """Without the labels that name Helm, because nothing else manages these objects."""
    text = re.sub(r"^ *(app\.kubernetes\.io/managed-by|helm\.sh/chart): .*\n", "", text, flags=re.M)
    return text.strip() + "\n"


def write():
    for name, text in manifests().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    values_table.README.write_text(values_table.readme())


if __name__ == "__main__":
    write()
