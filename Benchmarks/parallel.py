"""How well the native runtime's probes use two CPUs."""

import tempfile

from .c_program import compile_c
from .exporter import probe
from .loop import in_c
from .machine import two_cpus
from .report import Finding, Target
from .undisturbed import Sample, judge, repeat

QUESTION = "do two native workers run in parallel without a lock, and not with one?"
TARGETS = {"lockfree": Target(low=1.9), "multiprocess": Target(low=1.9), "gil": Target(0.9, 1.05)}
# Two CPUs may be two hardware threads of one core, or virtual: this is relative to what the pair can reach.
OF_THE_MACHINES = Target(low=0.98)
IN_PARALLEL = ("lockfree", "multiprocess")


def run(setting):
    cpus = two_cpus()
    if cpus is None:
        return [Finding.missing(f"{name} speedup", target, "takes two CPUs") for name, target in TARGETS.items()]
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/loop"
        compile_c("loop.c", program)
        samples = repeat(setting, 11, lambda _: speedups(setting.binary, program, cpus))
    findings = [judge(f"{name} speedup", target, samples[name]) for name, target in TARGETS.items()]
    return findings + [
        judge(f"{name} speedup / of two processes in C", OF_THE_MACHINES, samples[name, "of C's"])
        for name in IN_PARALLEL
    ]


def speedups(binary, program, cpus):
    """Speedups of the probes of one round over its `single`; disturbed if either run was."""
    runs = probe(binary, "native", "single", *TARGETS, cpus=cpus)
    single = runs["single"]
    iterations = single["workers"][0]["iterations"]
    of_c = in_c(program, iterations, cpus) / in_c(program, iterations, cpus, processes=2)
    samples: dict[str | tuple[str, str], Sample] = {}
    for name in TARGETS:
        speedup = single["duration_seconds"] / runs[name]["duration_seconds"]
        disturbed = bool(single["disturbances"] or runs[name]["disturbances"])
        samples[name] = Sample(speedup, disturbed)
        if name in IN_PARALLEL:
            samples[name, "of C's"] = Sample(speedup / of_c, disturbed)
    return samples
