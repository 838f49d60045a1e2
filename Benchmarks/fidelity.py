"""The native GIL compared with CPython's, by exact counts of both, on the same CPUs."""

import json
import os
import statistics
import subprocess
from pathlib import Path

from .exporter import on_cpus, probe
from .machine import two_cpus
from .report import MISSED, REACHED, Finding, Target

QUESTION = "does the native GIL behave as CPython's does?"
LIMIT = Target(0.95, 1.05)
# Long enough for some hundred switches per run, so that the start and the end do not matter.
SECONDS = 2.0
# Below this number per switch there are almost none, and the ratio of two such numbers is meaningless.
ABOUT_NONE = 0.05

NUMBERS = {
    "switches per second": lambda run: run["switches"] / run["duration_seconds"],
    "timed waits per switch": lambda run: run["timed_waits"] / run["switches"],
    "forced hand-offs per switch": lambda run: run["forced_handoffs"] / run["switches"],
    "lock-wait share": lambda run: run["lock_wait_ratio"],
}


def run(setting):
    findings = []
    for interpreter in setting.interpreters:
        for label, cpus in {"two CPUs": two_cpus(), "one CPU": sorted(os.sched_getaffinity(0))[:1]}.items():
            findings += compare(setting, interpreter, f"{interpreter}, {label}", cpus)
    return findings


def compare(setting, interpreter, label, cpus):
    def missing(why):
        return [Finding.missing(f"{label}: {number}", LIMIT, why) for number in NUMBERS]

    if cpus is None:
        return missing("takes two CPUs")
    if interpreter.implementation != "CPython":
        return missing("only CPython's lock can be read")
    for_native = iterations_for_duration(setting.binary, "native")
    for_python = iterations_for_duration(setting.binary, interpreter.path)
    pairs = []
    # Of each run, the share of hand-offs that are forced differs by some percent.
    for _ in setting.repeat(11):
        python, why = in_cpython(interpreter, for_python, cpus)
        if python is None:
            return missing(why)
        pairs.append((native(setting.binary, for_native, cpus), python))
    return [judge(f"{label}: {what}", number, pairs) for what, number in NUMBERS.items()]


def iterations_for_duration(binary, runtime):
    measured = probe(binary, runtime, "single")["single"]
    return round(measured["workers"][0]["iterations"] * SECONDS / measured["duration_seconds"])


def native(binary, iterations, cpus):
    run = probe(binary, "native", "gil", iterations=iterations, cpus=cpus)["gil"]
    keys = ("duration_seconds", "lock_wait_ratio")
    return {**run["lock"], **{key: run[key] for key in keys}}


def in_cpython(interpreter, iterations, cpus):
    """The counts of one run, or None and the reason why they cannot be read."""
    script = Path(__file__).with_name("cpython_gil.py")
    command = interpreter.command(lock=True) + ["-I", script, str(iterations)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=on_cpus(cpus))
    if done.returncode != 0:
        return None, done.stderr.strip().rpartition("\n")[2]
    return json.loads(done.stdout), None


def judge(what, number, pairs):
    own, cpython = ([number(one) for one in side] for side in zip(*pairs))
    medians = statistics.median(own), statistics.median(cpython)
    note = f"native {medians[0]:.3g}, CPython {medians[1]:.3g}"
    if medians[1] < ABOUT_NONE:
        verdict = REACHED if medians[0] < ABOUT_NONE else MISSED
        return Finding(what, LIMIT, verdict=verdict, note=f"{note}: too few for a ratio")
    ratios = [one / other for one, other in zip(own, cpython) if other > 0]
    return Finding.of(what, LIMIT, ratios, note=note, statistic=lambda _: medians[0] / medians[1])
