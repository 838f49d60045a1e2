"""Compares Documentation/metrics.md with an exporter."""

import re
import sys
import urllib.request
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "Documentation/metrics.md"

# Families that a host may have nothing for.
CONDITIONAL = {"gil_process_unobservable": "only where a process cannot be read"}


def scraped(url):
    """The families of an exposition, with their types and labels."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        text = answer.read().decode()
    families: dict[str, tuple[str, set[str]]] = {
        name: (kind, set()) for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)
    }
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
        family = name if name in families else re.sub(r"_(bucket|sum|count)$", "", name)
        families[family][1].update(re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', labels))
    return {name: (kind, labels - {"le"}) for name, (kind, labels) in families.items()}


def documented():
    """The same, as the tables of the page say it: | `name` | type | labels | meaning |"""
    row = re.compile(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", re.M)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in row.findall(PAGE.read_text())}


def differences(exposed):
    listed = documented()
    found = [f"{name} is exposed, but not on the page" for name in sorted(exposed.keys() - listed.keys())]
    found += [
        f"{name} is on the page, but not exposed"
        for name in sorted(listed.keys() - exposed.keys() - CONDITIONAL.keys())
    ]
    for name in sorted(exposed.keys() & listed.keys()):
        (kind, labels), (said_kind, said_labels) = exposed[name], listed[name]
        if kind != said_kind:
            found.append(f"{name} is a {kind}, the page says {said_kind}")
        if labels != said_labels:
            found.append(f"{name} has the labels {sorted(labels)}, the page says {sorted(said_labels)}")
    return found


if __name__ == "__main__":
    wrong = differences(scraped(sys.argv[1]))
    print("\n".join(wrong) or f"{PAGE.name} lists what {sys.argv[1]} exposes")
    sys.exit(bool(wrong))
