"""The table of outcomes in the documentation."""

import os
import re

from Tests.syscalls.checks.table import BEGIN, END, Outcome, generated

PAGE = os.path.join(os.path.dirname(__file__), "../../../Documentation/faults.md")
PARTS = (
    "Start",
    "Configuration and reload",
    "The daemon",
    "Web server",
    "Scanning",
    "Sampling",
    "Probing",
    "Worker processes",
    "Libraries",
)


def write(results):
    """`results`: {(place, effect): outcome}"""
    with open(PAGE) as file:
        before, _, after = generated(file.read())
    with open(PAGE, "w") as file:
        file.write(f"{before}{BEGIN}\n{text(results)}\n{END}{after}")


def text(results):
    lines = []
    for part in PARTS:
        rows: dict[tuple[str, str, str], list[str]] = {}
        for (place, effect), outcome in results.items():
            if place.part == part:
                rows.setdefault((place.call, effect, cell(outcome)), []).append(described(place))
        if rows:
            lines += [f"### {part}\n", "\n| call | where | fails with | outcome |\n", "|---|---|---|---|\n"]
            lines += [
                f"| `{call}` | {'; '.join(sorted(set(where)))} | {effect} | {outcome} |\n"
                for (call, effect, outcome), where in sorted(rows.items())
            ]
            lines.append("\n")
    return "".join(lines).rstrip("\n") + "\n"


def described(place):
    where = re.sub(r"[<>|*]", "", place.where)
    return f"{where} (`{place.subject}`)" if place.subject else where


def cell(outcome: Outcome):
    return f"{outcome}".replace("|", "/").replace("\n", " ").replace("<", "‹")
