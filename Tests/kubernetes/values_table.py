"""The table of values in the chart's README, made from the comments in values.yaml.

A comment that begins with "# --" describes the key below it, with everything that the key contains.
"""

import json
import re

import yaml

from .chart import CHART

README = CHART / "README.md"
PLACE = re.compile(r"(<!-- values: .*?-->\n).*(<!-- end of values -->)", re.S)


def comment_above(lines, line):
    """The comment that ends above a line, without "# --"; empty if it is not for the table."""
    first = line
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    words = [text.strip().removeprefix("#").strip() for text in lines[first:line]]
    return " ".join(words).removeprefix("-- ") if words and words[0].startswith("-- ") else ""


def rows():
    """Key, default and description of each described value, and the keys without description."""
    text = (CHART / "values.yaml").read_text()
    lines = text.splitlines()
    described: list[tuple[str, str, str]] = []
    undescribed: list[str] = []

    def visit(node, path):
        for key, value in node.value:
            name = f"{path}{key.value}"
            words = comment_above(lines, key.start_mark.line)
            if words:
                default = yaml.SafeLoader("").construct_document(value)
                described.append((name, json.dumps(default), words))
            elif isinstance(value, yaml.MappingNode) and value.value:
                visit(value, f"{name}.")
            else:
                undescribed.append(name)

    visit(yaml.compose(text), "")
    return described, undescribed


def readme():
    """The README with the table as it should be."""
    described, _ = rows()
    table = ["| value | default | meaning |", "|---|---|---|"]
    table += [f"| `{key}` | `{default}` | {words} |" for key, default, words in described]
    return PLACE.sub(lambda place: f"{place[1]}\n" + "\n".join(table) + f"\n\n{place[2]}", README.read_text())
