"""The findings of a benchmark, their targets, and how they are printed."""

import statistics
from dataclasses import dataclass, field

REACHED, MISSED, UNPROVEN, NOT_MEASURABLE = "reached", "missed", "unproven", "not measurable here"
# For a number to compare others with.
NO_TARGET = "no target"


class CouldNotRun(Exception):
    """The benchmark gave no findings, and why."""


@dataclass(frozen=True)
class Target:
    low: float | None = None
    high: float | None = None

    def holds(self, value):
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def is_none(self):
        return self.low is None and self.high is None

    def __str__(self):
        if self.is_none:
            return "–"
        if self.low is None:
            return f"≤ {self.high:g}"
        if self.high is None:
            return f"≥ {self.low:g}"
        return f"{self.low:g} – {self.high:g}"


@dataclass
class Finding:
    what: str
    target: Target
    unit: str = ""
    measured: float | None = None
    samples: list = field(default_factory=list)
    verdict: str = NOT_MEASURABLE
    note: str = ""
    # Samples of a busy machine, which do not count.
    disturbed: list = field(default_factory=list)

    @classmethod
    def of(cls, what, target, samples, unit="", note="", statistic=statistics.median):
        """A finding that is judged by a statistic of all samples, by default the median."""
        measured = statistic(samples)
        verdict = NO_TARGET if target.is_none else REACHED if target.holds(measured) else MISSED
        return cls(what, target, unit, measured, list(samples), verdict, note)

    @classmethod
    def missing(cls, what, target, why, unit=""):
        return cls(what, target, unit, note=why)

    @property
    def spread(self):
        """The smallest and the largest sample; None for fewer than two."""
        return (min(self.samples), max(self.samples)) if len(self.samples) > 1 else None

    def document(self):
        return {
            "what": self.what,
            "unit": self.unit,
            "target": {"low": self.target.low, "high": self.target.high},
            "measured": self.measured,
            "samples": self.samples,
            "disturbed_samples": self.disturbed,
            "verdict": self.verdict,
            "note": self.note,
        }

    def row(self):
        unit = f" {self.unit}" if self.unit else ""
        measured = "–" if self.measured is None else number(self.measured) + unit
        spread = f"{number(self.spread[0])} – {number(self.spread[1])} of {len(self.samples)}" if self.spread else ""
        target = str(self.target) if self.target.is_none else f"{self.target}{unit}"
        return [self.what, target, measured, spread, self.verdict, self.note]


def number(value):
    """Three significant digits, or all digits of the integer part."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows):
    """Rows of cells as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


HEADER = ["", "target", "measured", "spread", "verdict", "note"]


def print_findings(name, question, findings, conditions):
    print(f"{name}: {question}")
    for line in table([HEADER] + [finding.row() for finding in findings]):
        print(f"  {line}")
    print(f"  machine: {conditions}\n", flush=True)
