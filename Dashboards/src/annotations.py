"""Marks on the time axis: what has changed when a number changes."""

from grafana_foundation_sdk.builders import dashboard as build

from .panels import BAD, BOTH, NEUTRAL
from .queries import rate, select
from .variables import DATASOURCE

WINDOW = "$__rate_interval"

# Title and text of each, fields that the SDK does not know. The tags are the labels that they name.
FORMATS = {
    "Restarts": ("Restarted: {{group}}", "{{instance}}: the oldest process of the group has ended"),
    "Python versions": ("Python {{version}}: {{group}}", "{{instance}}"),
    "Interpreters": ("{{runtime}} is {{version}} now", "{{instance}}"),
    "Exporter restarts": ("gil-exporter restarted", "{{instance}}"),
    "Exporter versions": ("gil-exporter {{version}}", "first exporters of this version"),
    "Disturbed measurements": ("Disturbed: {{reason}}", "{{instance}}"),
}


def annotation(name, expression, color, enabled=True):
    assert name in FORMATS
    return build.AnnotationQuery().name(name).datasource(DATASOURCE).enable(enabled).icon_color(color).expr(expression)


def appeared(labels, of, metric, *matchers):
    """Where a version appears for the first time: not at the beginning of what it is a version of."""
    now, before = select(metric, *matchers), f"{select(metric, *matchers)} offset {WINDOW}"
    return f"max by ({labels}) ({now} > 0) unless max by ({labels}) ({before} > 0) and on ({of}) ({before} > 0)"


def restarts(*matchers, enabled=True):
    started = select("gil_process_oldest_start_time_seconds", *matchers)
    return annotation("Restarts", f"max by (instance, group) (changes({started}[{WINDOW}])) > 0", NEUTRAL, enabled)


def python_versions(*matchers):
    expression = appeared("instance, group, version", "instance, group", "gil_processes", *matchers)
    return annotation("Python versions", expression, BOTH)


def interpreters(*matchers):
    expression = appeared("instance, runtime, version", "instance, runtime", "gil_runtime_info", *matchers)
    return annotation("Interpreters", expression, BOTH)


def exporter_restarts():
    started = select("process_start_time_seconds")
    return annotation("Exporter restarts", f"max by (instance) (changes({started}[{WINDOW}])) > 0", NEUTRAL)


def exporter_versions():
    return annotation("Exporter versions", appeared("version", "", "gil_exporter_build_info"), BOTH)


def disturbed(*matchers):
    runs = rate("gil_probe_disturbed_runs_total", *matchers)
    return annotation("Disturbed measurements", f"sum by (instance, reason) ({runs}) > 0", BAD)
