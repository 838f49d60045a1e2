"""What the native runtime's probes make of two CPUs."""

from exporter import disturbances, probe
from machine import two_cpus
from report import MISSED, NOT_MEASURABLE, Finding, Target

QUESTION = "do two native workers run in parallel without a lock, and not with one?"
TARGETS = {"lockfree": Target(low=1.9), "multiprocess": Target(low=1.9), "gil": Target(0.9, 1.05)}


def run(setting):
    cpus = two_cpus()
    if cpus is None:
        return [Finding.missing(f"{name} speedup", target, "takes two CPUs") for name, target in TARGETS.items()]
    rounds = [probe(setting.binary, "native", "single", *TARGETS, cpus=cpus) for _ in setting.repeat(11)]
    return [judge(name, target, rounds) for name, target in TARGETS.items()]


def judge(name, target, rounds):
    # A speedup is as good as both runs that it is made of.
    pairs = [(one["single"], one[name]) for one in rounds]
    note = disturbances([run for pair in pairs for run in pair])
    finding = Finding.of(f"{name} speedup", target, [run["speedup_ratio"] for _, run in pairs], note=note)
    # By the exporter's own account there was no machine to measure on, so it is not the exporter that fell short.
    if finding.verdict == MISSED and all(run["disturbances"] for pair in pairs for run in pair):
        finding.verdict = NOT_MEASURABLE
    return finding
