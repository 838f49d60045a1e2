"""Repeats a measurement until enough samples are undisturbed.

The targets are for two idle CPUs. If the hypervisor or another program took one of them during a run, the number
describes the machine, and neither proves nor disproves anything about the exporter. Such runs are counted and shown,
but the verdict uses only the others.
"""

import statistics
from dataclasses import dataclass

from .report import MISSED, REACHED, UNPROVEN, Finding

# Fewer undisturbed samples prove nothing: their median may be on either side by chance.
MIN_UNDISTURBED = 5
# On a busy machine it gives up after this multiple of the repetitions on an idle one.
PATIENCE = 3


@dataclass(frozen=True)
class Sample:
    """A number, and whether one of its runs was disturbed."""

    # None where the kernel cannot tell.
    value: float | None
    disturbed: bool


def repeat(setting, wanted, measure):
    """All samples, by name.

    `measure(turn)` returns one sample per name. It is called until each name has enough undisturbed samples.
    """
    wanted = setting.scaled(wanted)
    samples: dict = {}
    for turn in setting.steps(wanted * PATIENCE):
        for what, sample in measure(turn).items():
            samples.setdefault(what, []).append(sample)
        if all(len(undisturbed(of_one)) >= wanted for of_one in samples.values()):
            break
    return samples


def undisturbed(samples):
    return [sample.value for sample in samples if not sample.disturbed]


def judge(what, target, samples, unit="", statistic=statistics.median):
    """A finding over the undisturbed samples, with the figure over all samples in its note."""
    quiet = undisturbed(samples)
    disturbed = [sample.value for sample in samples if sample.disturbed]
    measured = statistic(quiet) if quiet else None
    verdict = UNPROVEN if len(quiet) < MIN_UNDISTURBED else REACHED if target.holds(measured) else MISSED
    note = ""
    if disturbed:
        over_all = statistic(quiet + disturbed)
        note = f"{len(disturbed)} of {len(samples)} disturbed; over all {over_all:.3g}"
    return Finding(what, target, unit, measured, quiet, verdict, note, disturbed)
