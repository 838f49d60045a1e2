"""Durations that the exporter reports for a Python against plain scripts that do the same."""

import subprocess
from pathlib import Path

from .exporter import probe
from .machine import Watch
from .report import Target
from .undisturbed import Sample, judge, repeat

QUESTION = "are a Python's durations what a person would measure by hand?"
PROBES = ["single", "gil", "multiprocess"]
LIMIT = Target(0.95, 1.05)
# Of all CPU time; less than a few ticks of 10 ms in so short a run may be a matter of how they are counted.
OTHERS = 0.05


def run(setting):
    return [finding for interpreter in setting.interpreters for finding in compare(setting, interpreter)]


def compare(setting, interpreter):
    # As many as the exporter counts when nobody says how many: that is what it reports all day.
    iterations = probe(setting.binary, interpreter.path, "single")["single"]["workers"][0]["iterations"]
    samples = repeat(
        setting,
        15,
        lambda turn: {name: pair(setting.binary, interpreter, name, iterations, turn) for name in PROBES},
    )
    return [judge(f"{interpreter} {name}, reported / by hand", LIMIT, samples[name]) for name in PROBES]


def pair(binary, interpreter, name, iterations, turn):
    """One run of each, neighbours in time: their ratio."""
    sides = [
        lambda: reported(binary, interpreter, name, iterations),
        lambda: by_hand(interpreter, name, iterations),
    ]
    # Who goes first alternates: the CPUs may be faster, or slower, for the second of two.
    if turn % 2:
        own, plain = [side() for side in sides]
    else:
        plain, own = [side() for side in reversed(sides)]
    return Sample(own.value / plain.value, own.disturbed or plain.disturbed)


def reported(binary, interpreter, name, iterations):
    run = probe(binary, interpreter.path, name, iterations=iterations)[name]
    return Sample(run["duration_seconds"], bool(run["disturbances"]))


def by_hand(interpreter, name, iterations):
    """A plain script does not know who disturbed it, so the machine is watched meanwhile."""
    script = Path(__file__).with_name("plain_countdown.py")
    command = interpreter.command(lock=name == "gil") + [script, name, str(iterations)]
    watch = Watch()
    seconds = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    conditions = watch.conditions()
    return Sample(seconds, conditions.steal > 0 or conditions.others > OTHERS)
