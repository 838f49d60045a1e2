"""What it costs to observe Python processes, and whether they notice."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager

from c_program import compile_c
from report import CouldNotRun, Finding, Target

QUESTION = "what does observation cost, and do the observed processes notice?"
SECONDS = 10

# Two threads that contend for the lock for as long as they are let.
BUSY = """
import sys, threading
def count():
    while True: pass
for _ in range(2): threading.Thread(target=count, daemon=True).start()
sys.stdin.read()
"""
IDLE = "import sys; sys.stdin.read()"
# A count of fixed length, timed by itself.
TIMED = """
import threading, time
def count(n):
    while n > 0: n -= 1
threads = [threading.Thread(target=count, args=(8000000,)) for _ in range(2)]
start = time.monotonic()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(time.monotonic() - start)
"""
RATE_OF_ONE, RATE_OF_MANY, MANY = 1000, 100, 100
# Beside its system calls the exporter keeps the books of every process, and finds them in the first place.
OF_THE_KERNEL = Target(high=1.5)


def run(setting):
    python = setting.interpreters[0].path
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/observe"
        compile_c("observe.c", program)
        findings = [*of_one(setting, python, program), *of_many(setting, python, program)]
    ratios = [slowdown(setting.binary, python, observed_first=bool(number % 2)) for number in setting.repeat(10)]
    findings.append(Finding.of("duration while observed / duration alone", Target(0.99, 1.01), ratios))
    return findings


def of_one(setting, python, program):
    ours, theirs, bare, reached = [], [], [], []
    for _ in setting.repeat(3):
        with process(python, BUSY) as pid:
            cost, rate = cost_of_watch(setting.binary, RATE_OF_ONE, [pid])
            ours.append(cost)
            reached.append(rate)
            bare.append(cost / rate / cost_of_calls(program, RATE_OF_ONE, [pid]))
            theirs.append(cost_of_py_spy(pid))
    what, target = "CPU compared to py-spy record --gil --nonblocking", Target(high=0.2)
    return [
        Finding.of(f"CPU of one process at {RATE_OF_ONE} Hz", Target(high=1.5), ours, "%"),
        Finding.of("samples per second of it", Target(low=0.8 * RATE_OF_ONE), reached),
        Finding.of("CPU of a sample / of its system calls from C", OF_THE_KERNEL, bare),
        Finding.missing(what, target, "there is no py-spy on PATH")
        if None in theirs
        else Finding.of(what, target, [our / their for our, their in zip(ours, theirs)]),
    ]


def of_many(setting, python, program):
    with ExitStack() as stack:
        pids = [stack.enter_context(process(python, IDLE)) for _ in range(MANY)]
        costs, rates, bare = [], [], []
        for _ in setting.repeat(3):
            cost, rate = cost_of_watch(setting.binary, RATE_OF_MANY, pids)
            costs.append(cost)
            rates.append(rate)
            bare.append(cost / rate / cost_of_calls(program, RATE_OF_MANY, pids))
    return [
        Finding.of(f"CPU of {MANY} processes at {RATE_OF_MANY} Hz", Target(high=5), costs, "%"),
        Finding.of("samples per second of each", Target(low=0.8 * RATE_OF_MANY), rates),
        Finding.of("CPU of a round / of its system calls from C", OF_THE_KERNEL, bare),
    ]


@contextmanager
def process(python, script):
    with subprocess.Popen([python, "-c", script], stdin=subprocess.PIPE) as child:
        try:
            yield child.pid
        finally:
            child.kill()


def cost_of_watch(binary, rate, pids):
    """Percent of a CPU that watching takes, all of it, and the samples per second that it reached for each process."""
    command = [binary, "watch", "--json", "--once", f"--interval={SECONDS}", f"--rate={rate}", *map(str, pids)]
    before, start = children_cpu_seconds(), time.monotonic()
    with tempfile.TemporaryFile() as output:
        # Not a communicate(): what this process uses is no part of it, and neither are its other children, which live.
        code = subprocess.call(command, stdout=output)
        seconds, cpu = time.monotonic() - start, children_cpu_seconds() - before
        output.seek(0)
        documents = [json.loads(line) for line in output]
    if code != 0 or len(documents) != len(pids):
        raise CouldNotRun(f"gil-exporter watch saw {len(documents)} of {len(pids)} processes")
    return 100 * cpu / seconds, min(document["samples_per_second"] for document in documents)


def cost_of_calls(program, rate, pids):
    """Percent of a CPU for one round a second, as far as it is the kernel's: whoever samples pays so much."""
    done = subprocess.run([program, str(rate), str(SECONDS), *map(str, pids)], capture_output=True, text=True)
    if done.returncode != 0:
        raise CouldNotRun(f"observe.c: {done.stderr.strip()}")
    return 100 * float(done.stdout.split()[1]) / 1e9


def cost_of_py_spy(pid):
    """The same of py-spy, or None where it is not installed."""
    if shutil.which("py-spy") is None:
        return None
    command = ["py-spy", "record", "--gil", "--nonblocking", "--rate", str(RATE_OF_ONE), "--duration", str(SECONDS)]
    before, start = children_cpu_seconds(), time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            [*command, "--format", "raw", "--output", os.path.join(directory, "profile"), "--pid", str(pid)],
            capture_output=True,
            text=True,
        )
    if done.returncode != 0:
        print(f"py-spy: {done.stderr.strip()}", file=sys.stderr)
        return None
    return 100 * (children_cpu_seconds() - before) / (time.monotonic() - start)


def slowdown(binary, python, *, observed_first):
    """How much longer a count takes while it is observed, by two runs, one right after the other."""
    durations = {}
    for observed in [observed_first, not observed_first]:
        with subprocess.Popen([python, "-c", TIMED], stdout=subprocess.PIPE, text=True) as child:
            command = [binary, "watch", "--json", f"--rate={RATE_OF_MANY}", str(child.pid)]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            watch = subprocess.Popen(command, **quiet) if observed else None
            durations[observed] = float(child.stdout.read())
            if watch:
                watch.kill()
                watch.wait()
    return durations[True] / durations[False]


def children_cpu_seconds():
    times = os.times()
    return times.children_user + times.children_system
