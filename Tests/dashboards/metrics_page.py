"""Compares the tables of Documentation/metrics.md with an exporter, or writes them from it.

    python -m Tests.dashboards.metrics_page [--write] [URL]

Without a URL it starts the built exporter. A row is | `name` | type | labels | meaning |. The meaning begins with the
HELP text of the exporter; additions of the page follow a <br>. Sentences that begin with "Updated" are omitted: the
page has that once for each table.
"""

import argparse
import re
import sys
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from .exporter import exporter_of_everything

PAGE = Path(__file__).resolve().parents[2] / "Documentation/metrics.md"
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|([^|\n]*)\| (.*) \|$", re.M)
# Families without series on some hosts.
CONDITIONAL = {
    "gil_process_unobservable": "only where a process cannot be read",
    "gil_process_group_info": "only where a process is in a container",
}
UPDATED = re.compile(r" Updated [^.]*\.")


@dataclass
class Family:
    kind: str
    help: str = ""
    labels: set[str] = field(default_factory=set)


def scraped(url):
    """The families of an exposition."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        text = answer.read().decode()
    families = {name: Family(kind) for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)}
    for name, words in re.findall(r"^# HELP (\S+) (.*)$", text, re.M):
        families[name].help = UPDATED.sub("", words.replace(r"\n", " ").replace("\\\\", "\\"))
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
        family = name if name in families else re.sub(r"_(bucket|sum|count)$", "", name)
        families[family].labels.update(set(re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', labels)) - {"le"})
    return families


def documented(page):
    return {
        name: Family(kind, meaning.split("<br>")[0].replace("`", ""), set(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels, meaning in ROW.findall(page)
    }


def differences(exposed, page=None):
    listed = documented(PAGE.read_text() if page is None else page)
    found = [f"{name} is exposed, but not on the page" for name in sorted(exposed.keys() - listed.keys())]
    missing = sorted(listed.keys() - exposed.keys() - CONDITIONAL.keys())
    found += [f"{name} is on the page, but not exposed" for name in missing]
    for name in sorted(exposed.keys() & listed.keys()):
        ours, theirs = exposed[name], listed[name]
        if ours.kind != theirs.kind:
            found.append(f"{name} is a {ours.kind}, the page says {theirs.kind}")
        if ours.labels != theirs.labels:
            found.append(f"{name} has the labels {sorted(ours.labels)}, the page says {sorted(theirs.labels)}")
        if ours.help != theirs.help:
            found.append(f"{name}: HELP is “{ours.help}”, the page says “{theirs.help}”; run make metrics-page")
    return found


def quoted(text):
    """The text with names of metrics, keys and paths as code."""
    return re.sub(r"(?<![\w`./])(\w+(?:\.\w+)*_\w+|observation\.\w+|/[\w/-]*\w)(?![\w`])", r"`\1`", text)


def written(exposed, page):
    """The page with the types, labels and meanings of the exposition. A new family goes below its nearest relative."""
    listed = {name: (labels, meaning) for name, _, labels, meaning in ROW.findall(page)}

    def row(name, labels=" ", meaning=""):
        family = exposed[name]
        if set(re.findall(r"`(\w+)`", labels)) != family.labels:
            labels = f" {', '.join(f'`{label}`' for label in sorted(family.labels))} "
        text, mark, more = meaning.partition("<br>")
        if text.replace("`", "") != family.help:
            text = quoted(family.help)
        return f"| `{name}` | {family.kind} |{labels}| {text}{mark}{more} |"

    page = ROW.sub(lambda match: row(match[1], match[3], match[4]) if match[1] in exposed else match[0], page)
    lines = page.split("\n")
    for name in sorted(exposed.keys() - listed.keys()):
        rows = [(relation(name, match[1]), number) for number, line in enumerate(lines) if (match := ROW.match(line))]
        lines.insert(max(rows)[1] + 1, row(name))
    return "\n".join(lines)


def relation(name, other):
    """The number of words that two names share at their beginnings."""
    pairs = zip(name.split("_"), other.split("_"))
    return next((count for count, (one, two) in enumerate(pairs) if one != two), len(name))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the page")
    parser.add_argument("url", nargs="?", help="of an exporter's metrics")
    options = parser.parse_args()
    if options.url:
        exposed = scraped(options.url)
    else:
        with tempfile.TemporaryDirectory() as folder, exporter_of_everything(Path(folder)) as address:
            exposed = scraped(f"http://{address}/metrics")
    if options.write:
        PAGE.write_text(written(exposed, PAGE.read_text()))
    wrong = differences(exposed)
    print("\n".join(wrong) or f"{PAGE.name} lists what the exporter exposes")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
