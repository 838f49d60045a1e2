"""Whether the observed processes notice."""

import math
import signal
import statistics
import subprocess
import time
from contextlib import contextmanager

from .report import MISSED, REACHED, UNPROVEN, CouldNotRun, Finding, Target

QUESTION = "does a process slow down while it is observed a hundred times a second?"
RATE = 100
WATCH = ["watch", "--json", f"--rate={RATE}", "--interval=60"]
# The speed of a CPU may change by a tenth from one moment to the next, with its temperature or with the neighbours of a
# virtual machine. So each run is compared with the very next one, many times.
PAIRS, PAIRS_OF_A_PROCESS = 2000, 100
LIMIT = Target(0.99, 1.01)
# Counts for some 20 ms per line of input, and prints wall time and CPU time. Both runs of a pair are in one process,
# with the same addresses and hashes, which also make a difference.
COUNTER = """
import resource, sys, threading, time
def count(n):
    while n > 0: n -= 1
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
workers = int(sys.argv[1])
for _ in sys.stdin:
    threads = [threading.Thread(target=count, args=(500000 // workers,)) for _ in range(workers)]
    start, before = time.perf_counter(), cpu()
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(time.perf_counter() - start, cpu() - before, flush=True)
"""


def run(setting):
    findings = []
    for workers, label in [(1, "one thread"), (2, "two threads that contend")]:
        ratios = []
        for _ in setting.repeat(PAIRS // PAIRS_OF_A_PROCESS):
            ratios += pairs(setting.interpreters[0].path, workers, [setting.binary, *WATCH])
        for what, samples in zip(["duration", "CPU"], zip(*ratios)):
            findings.append(judge(f"{label}: {what} while observed / alone", samples))
    return findings


def pairs(python, workers, observer):
    """Ratios of observed to unobserved runs, in wall time and in CPU time. The observer takes the process as a word."""
    ratios = []
    with counter(python, workers) as (pid, count), observing([*observer, str(pid)]) as let:
        count()
        for number in range(PAIRS_OF_A_PROCESS):
            # Observed, alone, alone, observed: a steady drift affects both sides equally.
            results = {}
            for observed in [number % 2 == 0, number % 2 == 1]:
                let(observed)
                results[observed] = count()
            ratios.append([one / other for one, other in zip(results[True], results[False])])
    return ratios


@contextmanager
def counter(python, workers):
    """The process number, and a function that counts once and returns seconds of wall time and of CPU."""
    command = [python, "-c", COUNTER, str(workers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        seconds = child.stdout

        def count():
            print(file=child.stdin, flush=True)
            return [float(word) for word in seconds.readline().split()]

        try:
            yield child.pid, count
        finally:
            child.kill()


@contextmanager
def observing(command):
    """A function that stops or continues the exporter, so that it is in memory on both sides."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watch:
        # The exporter first has to find the process and its locks.
        time.sleep(0.5)
        if watch.poll() is not None:
            raise CouldNotRun(f"{' '.join(command)} ended with {watch.returncode}")
        try:
            yield lambda observed: watch.send_signal(signal.SIGCONT if observed else signal.SIGSTOP)
        finally:
            watch.kill()


def judge(what, ratios):
    """Judges by the 95 % interval of the median, whatever the distribution."""
    low, high = interval_of_median(ratios)
    if LIMIT.holds(low) and LIMIT.holds(high):
        verdict = REACHED
    else:
        verdict = MISSED if low > LIMIT.high or high < LIMIT.low else UNPROVEN
    note = f"95 % interval {low:.4f} – {high:.4f}"
    return Finding(what, LIMIT, "", statistics.median(ratios), list(ratios), verdict, note)


def interval_of_median(samples):
    """The interval of the sign test: the k-th of n samples from either end.

    k is such that fewer than k of n coins show heads with a probability of 2.5 % at most.
    """
    ordered, count = sorted(samples), len(samples)
    # The number of ways in which the coins fall with at most k heads.
    k, ways = 0, 1
    while ways * 40 <= 2**count:
        k += 1
        ways += math.comb(count, k)
    if k == 0:
        return -math.inf, math.inf
    return ordered[k - 1], ordered[-k]
