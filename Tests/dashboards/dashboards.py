"""The shipped dashboards and rules, and all their expressions."""

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = [ROOT / "Packaging/prometheus/gil-rules.yml", ROOT / "Packaging/prometheus/gil-alerts.yml"]
# Choices of the variables: all, or one runtime where only one can be chosen.
CHOICES = {"$job": ".+", "$instance": ".+", '=~"$runtime"': '=~".+"', '="$runtime"': '="native"', "$group": ".+"}
CHOICES |= {"$namespace": ".*", "$pod": ".*", "$container": ".*"}


def load_dashboards():
    return {path.name: json.loads(path.read_text()) for path in sorted((ROOT / "Dashboards").glob("*.json"))}


def panels(dashboard):
    for panel in dashboard["panels"]:
        yield from [panel, *panel.get("panels", [])]


def shown(dashboard):
    """The panels with data, without rows."""
    return [panel for panel in panels(dashboard) if panel["type"] != "row"]


def expressions(dashboard):
    """Place, kind of query ("instant" or "range"), and expression."""
    for panel in shown(dashboard):
        for target in panel["targets"]:
            kind = "instant" if target.get("instant") else "range"
            yield f"{panel['title']} / {target['refId']}", kind, target["expr"]
    for annotation in dashboard["annotations"].get("list", []):
        yield f"annotation {annotation['name']}", "range", annotation["expr"]


def expression_at(name, place):
    """The expression at this place of the dashboard."""
    (found,) = (expression for at, _, expression in expressions(load_dashboards()[name]) if at == place)
    return found


def filled_in(expression, rate_interval):
    """The expression as Grafana sends it."""
    for name, value in {**CHOICES, "$__rate_interval": rate_interval, "$__range": rate_interval}.items():
        expression = expression.replace(name, value)
    return expression


def variables(dashboard):
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def rules():
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def metrics_in(expression):
    """The names of the series that an expression reads."""
    bare = re.sub(r'"[^"]*"', "", expression)
    return set(re.findall(r"\b(?:\w+:)?(?:gil_|process_)\w+(?::\w+)?|\bup\b|\bALERTS\b", bare))


def selectors(expression):
    """Pairs of a name and its matchers."""
    return re.findall(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^{}]*)\}", expression)
