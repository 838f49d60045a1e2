"""The C programs that the exporter is compared with."""

import subprocess
from pathlib import Path

from .report import CouldNotRun


def compile_c(source, program):
    path = Path(__file__).with_name(source)
    try:
        done = subprocess.run(["cc", "-O2", "-Wall", "-o", program, path], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise CouldNotRun("no C compiler found; install gcc or clang as cc") from error
    if done.returncode != 0:
        raise CouldNotRun(f"cc could not compile {source}: {done.stderr}")


def cost_of_calls(program, rate, pids, seconds=10):
    """Percent of a CPU that observe.c uses for one round per second, which every sampler pays."""
    done = subprocess.run([program, str(rate), str(seconds), *map(str, pids)], capture_output=True, text=True)
    if done.returncode != 0:
        raise CouldNotRun(f"observe.c: {done.stderr.strip()}")
    return 100 * float(done.stdout.split()[1]) / 1e9
