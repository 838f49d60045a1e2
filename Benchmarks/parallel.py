"""What the native runtime's probes make of two CPUs."""

from exporter import probe
from machine import two_cpus
from report import Finding, Target
from undisturbed import Sample, judge, repeat

QUESTION = "do two native workers run in parallel without a lock, and not with one?"
TARGETS = {"lockfree": Target(low=1.9), "multiprocess": Target(low=1.9), "gil": Target(0.9, 1.05)}


def run(setting):
    cpus = two_cpus()
    if cpus is None:
        return [Finding.missing(f"{name} speedup", target, "takes two CPUs") for name, target in TARGETS.items()]
    samples = repeat(setting, 11, lambda _: speedups(probe(setting.binary, "native", "single", *TARGETS, cpus=cpus)))
    return [judge(f"{name} speedup", target, samples[name]) for name, target in TARGETS.items()]


def speedups(runs):
    """Of one round's probes against its own `single`; as good as both runs that it is made of."""
    single = runs["single"]
    return {
        name: Sample(
            single["duration_seconds"] / runs[name]["duration_seconds"],
            disturbed=bool(single["disturbances"] or runs[name]["disturbances"]),
        )
        for name in TARGETS
    }
