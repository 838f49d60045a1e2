"""The cost of observing Python processes."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from .c_program import compile_c, cost_of_calls
from .observed import BUSY, IDLE, process, py_spy_program
from .report import CouldNotRun, Finding, Target

QUESTION = "what does it cost to sample Python processes?"
START, SECONDS = 1, 10
RATE_OF_ONE, RATE_OF_MANY, MANY = 1000, 100, 100
# In addition to system calls, the exporter finds the processes and accounts for each.
OF_THE_KERNEL = Target(high=1.5)
OF_PY_SPY = Target(high=0.2)


def run(setting):
    python = setting.interpreters[0].path
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/observe"
        compile_c("observe.c", program)
        return [*of_one(setting, python, program), *of_many(setting, python, program)]


def of_one(setting, python, program):
    py_spy = py_spy_program(setting)
    ours, theirs, floor, bare, reached = [], [], [], [], []
    for _ in setting.repeat(3):
        with process(python, BUSY) as pid:
            cost, rate = cost_of_watch(setting.binary, RATE_OF_ONE, [pid])
            ours.append(cost)
            reached.append(rate)
            floor.append(RATE_OF_ONE * cost_of_calls(program, RATE_OF_ONE, []))
            bare.append(cost / rate / cost_of_calls(program, RATE_OF_ONE, [pid]))
            theirs.append(cost_of_py_spy(py_spy, pid) if py_spy else None)
    what = "CPU compared to py-spy record --gil --nonblocking"
    return [
        Finding.of(f"CPU of one process at {RATE_OF_ONE} Hz", Target(high=1.5), ours, "%"),
        Finding.of("samples per second of it", Target(low=0.8 * RATE_OF_ONE), reached),
        Finding.of(f"CPU of {RATE_OF_ONE} sleeps a second in C, and nothing else", Target(), floor, "%"),
        Finding.of("CPU of a sample / of its system calls from C", OF_THE_KERNEL, bare),
        Finding.missing(what, OF_PY_SPY, "py-spy is not installed, or could not run")
        if None in theirs
        else Finding.of(what, OF_PY_SPY, [our / their for our, their in zip(ours, theirs)]),
    ]


def of_many(setting, python, program):
    with ExitStack() as stack:
        pids = [stack.enter_context(process(python, IDLE)) for _ in range(MANY)]
        costs, rates, calls, bare = [], [], [], []
        for _ in setting.repeat(3):
            cost, rate = cost_of_watch(setting.binary, RATE_OF_MANY, pids)
            costs.append(cost)
            rates.append(rate)
            round_of_calls = cost_of_calls(program, RATE_OF_MANY, pids)
            calls.append(RATE_OF_MANY * round_of_calls)
            bare.append(cost / rate / round_of_calls)
    return [
        Finding.of(f"CPU of {MANY} processes at {RATE_OF_MANY} Hz", Target(high=5), costs, "%"),
        Finding.of("samples per second of each", Target(low=0.8 * RATE_OF_MANY), rates),
        Finding.of(f"CPU of the system calls for {RATE_OF_MANY} rounds a second, from C", Target(), calls, "%"),
        Finding.of("CPU of a round / of its system calls from C", OF_THE_KERNEL, bare),
    ]


def cost_of_watch(binary, rate, pids):
    """Percent of a CPU that watching uses, and the samples per second that it reached for each process."""
    reached = 0

    def watch(seconds):
        nonlocal reached
        command = [binary, "watch", "--json", "--once", f"--interval={seconds}", f"--rate={rate}", *map(str, pids)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        documents = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode != 0 or len(documents) != len(pids):
            raise CouldNotRun(f"gil-exporter watch saw {len(documents)} of {len(pids)} processes")
        reached = min(document["samples_per_second"] for document in documents)

    return lasting_cost(watch), reached


def lasting_cost(run):
    """Percent of a CPU without the start: the difference of a long and a short run."""
    cpu = []
    for seconds in START, START + SECONDS:
        before = children_cpu_seconds()
        run(seconds)
        cpu.append(children_cpu_seconds() - before)
    return 100 * (cpu[1] - cpu[0]) / SECONDS


def cost_of_py_spy(program, pid):
    """Percent of a CPU that py-spy uses for the same, or None if it does not run."""
    command = [program, "record", "--gil", "--nonblocking", "--rate", str(RATE_OF_ONE), "--format", "raw"]

    def record(seconds):
        with tempfile.TemporaryDirectory() as directory:
            output = os.path.join(directory, "profile")
            subprocess.run(
                [*command, "--duration", str(seconds), "--output", output, "--pid", str(pid)],
                capture_output=True,
                text=True,
                check=True,
            )

    try:
        return lasting_cost(record)
    except subprocess.CalledProcessError as error:
        print(f"py-spy: {error.stderr.strip()}", file=sys.stderr)
        return None


def children_cpu_seconds():
    """CPU of ended children in microseconds, more precise than os.times()."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
