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
# The speed of a CPU may change by a tenth from one moment to the next, as it warms up, or as a virtual machine's
# neighbours come and go. So one is compared with the very next, and there are many of them.
PAIRS, PAIRS_OF_A_PROCESS = 2000, 100
LIMIT = Target(0.99, 1.01)
# Does one count whenever it is told to, some 20 ms, and says what it took by the clock and in CPU. Both sides of a pair
# are of one process, and so have the same addresses and the same hashes: these make a difference, too.
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
            ratios += pairs(setting.binary, setting.interpreters[0].path, workers)
        for what, samples in zip(["duration", "CPU"], zip(*ratios)):
            findings.append(judge(f"{label}: {what} while observed / alone", samples))
    return findings


def pairs(binary, python, workers):
    """What was observed through what was not, by the clock and in CPU."""
    ratios = []
    with counter(python, workers) as (pid, count), observer(binary, pid) as let:
        count()
        for number in range(PAIRS_OF_A_PROCESS):
            # Observed, alone, alone, observed: what grows or shrinks steadily is on both sides alike.
            results = {}
            for observed in [number % 2 == 0, number % 2 == 1]:
                let(observed)
                results[observed] = count()
            ratios.append([one / other for one, other in zip(results[True], results[False])])
    return ratios


@contextmanager
def counter(python, workers):
    """Its number, and what makes it count once, which gives the seconds by the clock and of CPU."""
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
def observer(binary, pid):
    """What lets the exporter observe, or stops it, so that both sides have it in memory."""
    command = [binary, "watch", "--json", f"--rate={RATE}", "--interval=60", str(pid)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watch:
        # It is looked for, and its locks are, before the first sample.
        time.sleep(0.5)
        if watch.poll() is not None:
            raise CouldNotRun(f"gil-exporter watch ended with {watch.returncode}")
        try:
            yield lambda observed: watch.send_signal(signal.SIGCONT if observed else signal.SIGSTOP)
        finally:
            watch.kill()


def judge(what, ratios):
    """By the interval that the median of all such ratios lies in with 95 %, whatever their distribution."""
    low, high = interval_of_median(ratios)
    if LIMIT.holds(low) and LIMIT.holds(high):
        verdict = REACHED
    else:
        verdict = MISSED if low > LIMIT.high or high < LIMIT.low else UNPROVEN
    note = f"95 % interval {low:.4f} – {high:.4f}"
    return Finding(what, LIMIT, "", statistics.median(ratios), list(ratios), verdict, note)


def interval_of_median(samples):
    """The sign test's: of n samples the k-th from either end, where fewer than k of n coins show heads with 2.5 %."""
    ordered, count = sorted(samples), len(samples)
    # Of all the ways in which so many coins can fall, those with k heads at most.
    k, ways = 0, 1
    while ways * 40 <= 2**count:
        k += 1
        ways += math.comb(count, k)
    if k == 0:
        return -math.inf, math.inf
    return ordered[k - 1], ordered[-k]
