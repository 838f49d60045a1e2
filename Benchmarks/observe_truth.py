"""Whether the sampled held time is right, by uprobes on CPython's own functions.

bpftrace(8) records when take_gil() returns and when drop_gil() is entered. Both measure the same run, so the overhead
of the uprobes is on both sides, except for half of each trap.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from bisect import bisect_left
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from .machine import Watch
from .observed import process
from .report import CouldNotRun, Finding, Target
from .undisturbed import Sample, judge, repeat

QUESTION = "is the GIL held for as long as is said?"
# Samples per second, and seconds: long enough that chance makes a difference of less than a point.
RATES = {100: 40, 1000: 10}
LIMIT = Target(high=3)
# If the hypervisor takes the sampler's CPU away, the observed thread continues on the other one.
MAX_STEAL = 0.02
START = "import os, sys, threading, time\n"
END = "\nfor one in work: threading.Thread(target=one, daemon=True).start()\nsys.stdin.read()\n"
MIXES = {
    "three threads that compute for 2 ms and sleep for 5": START
    + """
def compute():
    while True:
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end: pass
        time.sleep(0.005)
work = [compute] * 3"""
    + END,
    "short sleeps and reads of pipes": START
    + """
def sleep():
    while True: time.sleep(0.002)
source, sink = os.pipe()
def write():
    while True:
        time.sleep(0.003)
        os.write(sink, b"x" * 4096)
def read():
    while True: sum(os.read(source, 4096))
work = [sleep, sleep, write, read]"""
    + END,
}
# Only the holder of the lock updates these variables, so they need no lock.
PROBES = """
uretprobe:{file}:take_gil /pid == {pid}/ {{ @since = nsecs; @takes++; }}
uprobe:{file}:drop_gil /pid == {pid} && @since/ {{ @held += nsecs - @since; @since = 0; @drops++; }}
interval:ms:50 {{ printf("%llu %llu %llu %llu\\n", nsecs, @held, @takes, @drops); }}
"""


def run(setting):
    why = unable()
    if not why:
        interpreter, file = probeable(setting)
        why = None if interpreter else "no interpreter has the symbols take_gil and drop_gil"
    if why:
        return [Finding.missing(name_of(mix, rate), LIMIT, why, "points") for mix in MIXES for rate in RATES]
    return [finding for mix in MIXES for finding in compare(setting, interpreter, file, mix)]


def name_of(mix, rate):
    return f"{mix}: held share, sampled at {rate} Hz - probed"


def unable():
    if os.geteuid() != 0:
        return "takes root"
    missing = [program for program in ["bpftrace", "nm"] if not shutil.which(program)]
    return f"{missing[0]} is not installed" if missing else None


def probeable(setting):
    """The first interpreter with both functions once in its symbol table, and the file that has them."""
    for interpreter in [*setting.interpreters, *setting.all_interpreters]:
        with process(interpreter.path, "import sys; sys.stdin.read()") as pid:
            time.sleep(0.3)
            maps = Path(f"/proc/{pid}/maps").read_text()
            files = [os.path.realpath(f"/proc/{pid}/exe"), *re.findall(r" (/\S*/libpython\S*)$", maps, re.MULTILINE)]
        for file in dict.fromkeys(files):
            symbols = subprocess.run(["nm", file], capture_output=True, text=True).stdout
            functions = re.findall(r" t ((?:take|drop)_gil(?!\S*\.cold)\S*)$", symbols, re.MULTILINE)
            if sorted(functions) == ["drop_gil", "take_gil"]:
                return interpreter, file
    return None, None


def compare(setting, interpreter, file, mix):
    with process(interpreter.path, MIXES[mix]) as pid, probed(file, pid) as looks:
        for rate, seconds in RATES.items():
            shares = []

            def difference(_):
                watch, start = Watch(), time.monotonic_ns()
                sampled = held_by_watch(setting.binary, pid, rate, seconds)
                end = time.monotonic_ns()
                disturbed = watch.conditions().steal > MAX_STEAL
                true = held_by_probes(looks, start, end)
                shares.append(f"{100 * sampled:.1f} - {100 * true:.1f}{' (disturbed)' if disturbed else ''}")
                return {"difference": Sample(100 * abs(sampled - true), disturbed)}

            samples = repeat(setting, 5, difference)
            finding = judge(name_of(mix, rate), LIMIT, samples["difference"], "points", statistic=max)
            note = f"{', '.join(shares)}; {interpreter}"
            yield replace(finding, note=f"{finding.note}; {note}" if finding.note else note)


@contextmanager
def probed(file, pid):
    """A function that returns all lines so far, available once the uprobes are active."""
    with tempfile.TemporaryFile("w+") as output:
        command = ["bpftrace", "-B", "line", "-e", PROBES.format(file=file, pid=pid)]
        with subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, text=True) as tracer:

            def looks():
                output.seek(0)
                return [tuple(map(int, line.split())) for line in output if re.fullmatch(r"\d+( \d+){3}\n", line)]

            try:
                deadline = time.monotonic() + 30
                while not any(held for _, held, _, _ in looks()):
                    if tracer.poll() is not None or time.monotonic() > deadline:
                        output.seek(0)
                        raise CouldNotRun(f"bpftrace: {output.read().strip()}")
                    time.sleep(0.1)
                yield looks
            finally:
                tracer.terminate()


def held_by_watch(binary, pid, rate, seconds):
    command = [binary, "watch", "--json", "--once", f"--interval={seconds}", f"--rate={rate}", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise CouldNotRun(f"gil-exporter watch: {done.stderr.strip()}")
    return json.loads(done.stdout)["held_ratio"]


def held_by_probes(looks, start, end):
    """The share of the time between the first look after the start and the last."""
    # The last lines may not have arrived yet.
    time.sleep(0.2)
    lines = looks()
    times = [line[0] for line in lines]
    first, last = lines[bisect_left(times, start)], lines[bisect_left(times, end) - 1]
    time_between, held, takes, drops = (b - a for a, b in zip(first, last))
    if abs(takes - drops) > 2 + takes / 100:
        raise CouldNotRun(f"the lock was taken {takes} times and dropped {drops} times: the probes do not see all")
    return held / time_between
