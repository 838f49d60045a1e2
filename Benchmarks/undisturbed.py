"""Repeats what is measured until the machine has left it alone often enough to say something.

The targets are for two idle CPUs. Of a run during which the hypervisor gave a CPU to somebody else, or other programs
wanted it, nobody can tell how long it would have taken: its number says something of the machine, and can neither prove
nor disprove what is said of the exporter. So such runs are counted and shown, and the verdict is over the others.
"""

import statistics
from dataclasses import dataclass

from .report import MISSED, REACHED, UNPROVEN, Finding

# Fewer than so many undisturbed samples prove nothing: by chance their median may lie on either side.
FEWEST = 5
# On a busy machine it gives up after so many times the repetitions that it takes on an idle one.
PATIENCE = 3


@dataclass(frozen=True)
class Sample:
    """A number, and whether anything disturbed one of the runs that it is drawn from."""

    # None where the kernel cannot tell.
    value: float | None
    disturbed: bool


def repeat(setting, wanted, measure):
    """All samples by what they are of.

    `measure(turn)` gives one sample of each thing; it is called until there are as many undisturbed ones of each as
    are wanted.
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
    """A finding over the undisturbed samples, with the figure over all of them beside it."""
    quiet = undisturbed(samples)
    disturbed = [sample.value for sample in samples if sample.disturbed]
    measured = statistic(quiet) if quiet else None
    verdict = UNPROVEN if len(quiet) < FEWEST else REACHED if target.holds(measured) else MISSED
    note = ""
    if disturbed:
        over_all = statistic(quiet + disturbed)
        note = f"{len(disturbed)} of {len(samples)} disturbed; over all {over_all:.3g}"
    return Finding(what, target, unit, measured, quiet, verdict, note, disturbed)
