"""The native loop compared with the same loop in C."""

import os
import subprocess
import tempfile

from .c_program import compile_c
from .exporter import on_cpus, probe
from .report import CouldNotRun, Finding, Target

QUESTION = "is the native countdown as fast as the same loop in C?"


def run(setting):
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/loop"
        compile_c("loop.c", program)
        # One CPU for both, so that neither is moved during its run, or runs on the busier CPU.
        cpu = {max(os.sched_getaffinity(0))}
        native, c = [], []
        for _ in setting.repeat(15):
            measured = probe(setting.binary, "native", "single", cpus=cpu)["single"]
            native.append(measured["duration_seconds"])
            c.append(in_c(program, measured["workers"][0]["iterations"], cpu))
    limit = Target(high=1.1)
    return [
        Finding.of("native / C, duration", limit, [one / other for one, other in zip(native, c)]),
        Finding.of("native / C, fastest run of each", limit, [min(native) / min(c)], note=f"C: {min(c):.4f} s"),
    ]


def in_c(program, iterations, cpus, processes=1):
    """Seconds that the slowest of these processes needs for its share."""
    command = [program, str(iterations // processes)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=on_cpus(cpus)) for _ in range(processes)]
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode != 0 for process in running):
        raise CouldNotRun(f"{' '.join(command)} failed")
    return max(int(output) for output in outputs) / 1e9
