"""Durations that the exporter reports for a Python, compared with plain scripts that do the same."""

import subprocess
from pathlib import Path

from .exporter import probe
from .machine import Watch
from .report import Target
from .undisturbed import Sample, judge, repeat

QUESTION = "are a Python's durations what a person would measure by hand?"
PROBES = ["single", "gil", "multiprocess"]
LIMIT = Target(0.95, 1.05)
# Share of all CPU time. Fewer than a few ticks of 10 ms in so short a run may be a rounding effect.
OTHERS = 0.05


def run(setting):
    return [finding for interpreter in setting.interpreters for finding in compare(setting, interpreter)]


def compare(setting, interpreter):
    # The exporter's default.
    iterations = probe(setting.binary, interpreter.path, "single")["single"]["workers"][0]["iterations"]
    samples = repeat(
        setting,
        15,
        lambda turn: {name: pair(setting.binary, interpreter, name, iterations, turn) for name in PROBES},
    )
    return [judge(f"{interpreter} {name}, reported / by hand", LIMIT, samples[name]) for name in PROBES]


def pair(binary, interpreter, name, iterations, turn):
    """The ratio of two runs, one right after the other."""
    sides = [
        lambda: reported(binary, interpreter, name, iterations),
        lambda: by_hand(interpreter, name, iterations),
    ]
    # They take turns at going first: the CPUs may be faster or slower for the second run.
    if turn % 2:
        own, plain = [side() for side in sides]
    else:
        plain, own = [side() for side in reversed(sides)]
    return Sample(own.value / plain.value, own.disturbed or plain.disturbed)


def reported(binary, interpreter, name, iterations):
    run = probe(binary, interpreter.path, name, iterations=iterations)[name]
    return Sample(run["duration_seconds"], bool(run["disturbances"]))


def by_hand(interpreter, name, iterations):
    """A plain script does not know whether it was disturbed, so the machine is watched meanwhile."""
    script = Path(__file__).with_name("plain_countdown.py")
    command = interpreter.command(lock=name == "gil") + [script, name, str(iterations)]
    watch = Watch()
    seconds = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    conditions = watch.conditions()
    return Sample(seconds, conditions.steal > 0 or conditions.others > OTHERS)
