"""The chart, rendered by Helm."""

import contextlib
import os
from pathlib import Path
from typing import Any

import helm_python
import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "Packaging/kubernetes/chart"
NAME = NAMESPACE = "gil-exporter"
NOTES = "NOTES.txt"


def values():
    """The default values."""
    return yaml.safe_load((CHART / "values.yaml").read_text())


@contextlib.contextmanager
def without_reports():
    """Helm reports each of the links to the dashboards and rules, on standard error."""
    before = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def documents(given: dict[str, Any] | None = None, name=NAME, path=CHART):
    """What Helm renders of each template, by its name.

    Raises:
        helm_python.HelmError: with the reason of the schema or template that rejects the values.
    """
    with without_reports(), helm_python.Chart.load(str(path)) as chart:
        rendered = chart.render(given or {}, name=name, namespace=NAMESPACE)
    return {path.rpartition("/")[2]: text for path, text in rendered.items()}


def objects(given: dict[str, Any] | None = None, **options) -> list[dict[str, Any]]:
    """The rendered objects."""
    texts = [text for name, text in documents(given, **options).items() if name != NOTES]
    return [found for text in texts for found in yaml.safe_load_all(text) if found]


def of_kind(kind, given: dict[str, Any] | None = None, **options):
    """The only rendered object of a kind."""
    (found,) = [each for each in objects(given, **options) if each["kind"] == kind]
    return found


def container(given: dict[str, Any] | None = None):
    """The container of the DaemonSet."""
    (found,) = pod(given)["containers"]
    return found


def pod(given: dict[str, Any] | None = None):
    """The pods of the DaemonSet."""
    return of_kind("DaemonSet", given)["spec"]["template"]["spec"]
