"""What the native runtime finds about reference counts, and how its loops compare with the same loops in C."""

import os
import subprocess
import tempfile

from .c_program import compile_c
from .exporter import on_cpus, work
from .report import CouldNotRun, Finding, Target

QUESTION = "are the loops that count references as fast as in C, and do they show what is known of each scheme?"
SCHEMES = ["unprotected", "gil", "object_lock", "atomic", "biased"]
PROTECTED = SCHEMES[1:]
# Enough for each loop to last tens of milliseconds.
PAIRS = 5_000_000
# As the exporter measures each minute.
USUAL_PAIRS = 200_000


def run(setting):
    return compare_with_c(setting) + compare_schemes(setting)


def compare_with_c(setting):
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/refcount"
        compile_c("refcount.c", program)
        # One CPU for both, so that neither is moved during its run.
        cpu = {max(os.sched_getaffinity(0))}
        ratios: dict[str, list[float]] = {scheme: [] for scheme in SCHEMES}
        for _ in setting.repeat(9):
            native = measure(setting, 1, PAIRS, cpu)
            for scheme in SCHEMES:
                ratios[scheme].append(pair_time(native[scheme, "private", 1]) / in_c(program, scheme, cpu))
    limit = Target(high=1.1)
    return [Finding.of(f"{scheme}, native / C", limit, ratios[scheme]) for scheme in SCHEMES]


def in_c(program, scheme, cpus):
    """Nanoseconds for a pair."""
    command = [program, scheme, str(PAIRS)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=on_cpus(cpus))
    if done.returncode != 0:
        raise CouldNotRun(f"{' '.join(command)} failed: {done.stderr}")
    return int(done.stdout) / PAIRS


def compare_schemes(setting):
    runs = [measure(setting, 2, USUAL_PAIRS) for _ in setting.repeat(40)]

    def ratio(one, other):
        return [pair_time(phases[one]) / pair_time(phases[other]) for phases in runs]

    plain = ("unprotected", "private", 1)
    lost = [phases["unprotected", "shared", 2] for phases in runs]
    protected = [phase for phases in runs for (scheme, _, _), phase in phases.items() if scheme in PROTECTED]
    return [
        Finding.of("biased / unprotected, private", Target(high=2), ratio(("biased", "private", 1), plain)),
        Finding.of("atomic / unprotected, private", Target(low=1.5), ratio(("atomic", "private", 1), plain)),
        Finding.of(
            "atomic, shared, time of a pair with two workers / one",
            Target(low=1),
            ratio(("atomic", "shared", 2), ("atomic", "shared", 1)),
        ),
        Finding.of(
            "share of runs in which unprotected counts lose updates",
            Target(low=0.95),
            [sum(losses(phase) > 0 for phase in lost) / len(lost)],
        ),
        Finding.of("share of updates lost", Target(), [losses(phase) / (2 * phase["pairs"]) for phase in lost]),
        Finding.of(
            "updates lost under protection",
            Target(high=0),
            [sum(map(losses, protected))],
            note=f"of {sum(phase['pairs'] for phase in protected):.2g} pairs",
        ),
    ]


def measure(setting, workers, pairs, cpus=None):
    """The phases of one run, by scheme, sharing and workers."""
    report = work(setting.binary, {"probe": "refcount", "workers": workers, "iterations": pairs}, cpus=cpus)
    return {(it["scheme"], it["sharing"], it["workers"]): it for it in report["refcount_phases"]}


def pair_time(phase):
    return phase["duration_ns"] * phase["workers"] / phase["pairs"]


def losses(phase):
    return phase["leaked"] + phase["released_early"]
