"""Durations that the exporter reports for a Python against plain scripts that do the same."""

import statistics
import subprocess
from pathlib import Path

from exporter import probe
from report import Finding, Target

QUESTION = "are a Python's durations what a person would measure by hand?"
PROBES = ["single", "gil", "multiprocess"]
LIMIT = Target(0.95, 1.05)


def run(setting):
    return [finding for interpreter in setting.interpreters for finding in compare(setting, interpreter)]


def compare(setting, interpreter):
    # As many as the exporter counts when nobody says how many: that is what it reports all day.
    iterations = probe(setting.binary, interpreter.path, "single")["single"]["workers"][0]["iterations"]
    reported = {name: [] for name in PROBES}
    by_hand = {name: [] for name in PROBES}
    for turn in setting.repeat(15):
        for name in PROBES:
            steps = [
                lambda: reported[name].append(duration(setting.binary, interpreter, name, iterations)),
                lambda: by_hand[name].append(plain(interpreter, name, iterations)),
            ]
            # Who goes first alternates: the CPUs may be faster, or slower, for the second of two.
            for step in steps if turn % 2 else reversed(steps):
                step()
    return [judge(f"{interpreter} {name}", reported[name], by_hand[name]) for name in PROBES]


def duration(binary, interpreter, name, iterations):
    return probe(binary, interpreter.path, name, iterations=iterations)[name]["duration_seconds"]


def plain(interpreter, name, iterations):
    script = Path(__file__).with_name("plain_countdown.py")
    command = interpreter.command(lock=name == "gil") + [script, name, str(iterations)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def judge(what, reported, by_hand):
    medians = statistics.median(reported), statistics.median(by_hand)
    ratio = medians[0] / medians[1]
    note = f"reported {medians[0]:.4f} s, by hand {medians[1]:.4f} s"
    pairs = [one / other for one, other in zip(reported, by_hand)]
    return Finding.of(what, LIMIT, pairs, note=note, statistic=lambda _: ratio)
