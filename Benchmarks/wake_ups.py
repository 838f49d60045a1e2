"""The delays of a thread that wakes up beside a countdown: of the native GIL, of CPython's, and measured by hand."""

import statistics
import subprocess
from pathlib import Path

from .exporter import on_cpus, work
from .machine import two_cpus
from .report import Finding, Target

QUESTION = "does a waking thread wait as long for the native GIL as for CPython's, and as long as a plain script finds?"
WAKE_UPS = 60
MILLISECONDS = 1e6


def run(setting):
    cpus = two_cpus()
    if cpus is None:
        return [Finding.missing("delays", Target(), "takes two CPUs")]
    return expected(setting, cpus) + [
        finding for interpreter in setting.interpreters for finding in compare(setting, interpreter, cpus)
    ]


def expected(setting, cpus):
    """What theory expects of two idle CPUs: one switch interval under a shared lock, and nothing without one."""
    shared, free, short = [], [], []
    for _ in setting.repeat(7):
        phases = delays(setting, None, cpus)
        shared += phases["shared"]
        free += phases["none"]
        short += delays(setting, None, cpus, switch_interval=1_000_000)["shared"]
    return [
        share("native, shared lock: share in (5, 6] ms", 0.8, shared, 5, 6),
        share("native, no lock: share below 0.25 ms", 0.9, free, -1, 0.25),
        share("native, interval of 1 ms: share in (1, 2.5] ms", 0.8, short, 1, 2.5),
    ]


def share(what, least, values, low, high):
    inside = sum(low * MILLISECONDS < value <= high * MILLISECONDS for value in values)
    return Finding.of(what, Target(low=least), [inside / len(values)], note=f"of {len(values)} delays")


def compare(setting, interpreter, cpus):
    label = f"{interpreter}"
    if interpreter.implementation != "CPython" or interpreter.free_threaded:
        return [Finding.missing(f"{label}: native / CPython", Target(), "has not the lock that native models")]
    rounds = []
    for _ in setting.repeat(9):
        native, python = (delays(setting, one, cpus)["shared"] for one in (None, interpreter))
        rounds.append((native, python, by_hand(interpreter, cpus)))
    sides = [[quantiles(values) for values in side] for side in zip(*rounds)]
    native, python, script = sides
    alike, agreeing = Target(0.8, 1.2), Target(0.9, 1.1)
    return [
        Finding.of(f"{label}: native / CPython, median", alike, ratios(native, python, "median")),
        Finding.of(f"{label}: native / CPython, p90", alike, ratios(native, python, "p90")),
        Finding.of(f"{label}: probe / plain script, median", agreeing, ratios(python, script, "median")),
        share(f"{label}, shared lock: share in (5, 6] ms", 0.8, [it for one in rounds for it in one[1]], 5, 6),
    ]


def delays(setting, interpreter, cpus, switch_interval=5_000_000):
    """Nanoseconds by lock, less the median alone."""
    job = {"probe": "latency", "workers": 2, "iterations": WAKE_UPS, "switch_interval_ns": switch_interval}
    report = work(setting.binary, job, interpreter, cpus)
    phases = {phase["lock"]: phase["delays_ns"] for phase in report["latency_phases"]}
    alone = statistics.median_low(phases["alone"])
    return {lock: [max(0, delay - alone) for delay in values] for lock, values in phases.items()}


def by_hand(interpreter, cpus):
    script = Path(__file__).with_name("plain_wake_ups.py")
    command = interpreter.command(lock=True) + [script, str(WAKE_UPS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=on_cpus(cpus))
    return [float(line) * 1e9 for line in done.stdout.split()]


def quantiles(values):
    return {"median": statistics.median(values), "p90": statistics.quantiles(values, n=10)[-1]}


def ratios(one, other, name):
    return [mine[name] / theirs[name] for mine, theirs in zip(one, other)]
