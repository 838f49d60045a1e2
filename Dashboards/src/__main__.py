"""Writes the dashboards as JSON for Grafana: `python -m Dashboards.src FOLDER`."""

import json
import re
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from . import annotations, fleet, host, processes

DASHBOARDS = {
    "gil-fleet.json": fleet.dashboard,
    "gil-host.json": host.dashboard,
    "gil-processes.json": processes.dashboard,
}


def titled(model):
    """The same dashboard, with titles, texts and tags of annotations."""
    for annotation in model["annotations"].get("list", []):
        title, text = annotations.FORMATS[annotation["name"]]
        tags = re.findall(r"\{\{(\w+)\}\}", title + text)
        annotation.update(titleFormat=title, textFormat=text, tagKeys=",".join(tags))
    return model


def numbered(model):
    """The same dashboard with an id on each panel: Grafana assigns none to a dashboard from a file."""
    panels = []
    for panel in model["panels"]:
        panels += [panel, *panel.get("panels", [])]
    for number, panel in enumerate(panels, start=1):
        panel["id"] = number
    return model


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, dashboard in DASHBOARDS.items():
        model = json.loads(json.dumps(dashboard().build(), cls=JSONEncoder))
        (folder / name).write_text(json.dumps(titled(numbered(model)), indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
