"""What is true of a process, by its own memory and by the kernel."""

import os
import struct
import time

from .watch import Watch

WINDOW = 0.6


class Ledger:
    """What a process does from now on until `close`: what its lock counts, and how its threads spend their time.

    Nothing is asked of the process meanwhile, which would have to wait for its lock, and might for seconds. The first
    thread is left out, which waits for questions.
    """

    def __init__(self, pid, places):
        self.pid = pid
        # The process said itself where its lock counts.
        self.places = places
        self.threads = [number for number in os.listdir(f"/proc/{pid}/task") if int(number) != pid]
        self.blur = 0.0
        self.began, self.before = time.monotonic(), self.read()

    def read(self):
        began = time.monotonic()
        counts = [self.word(place) for place in self.places or ()]
        # Nanoseconds on a CPU, nanoseconds waiting for one, and how often: the kernel's scheduler/sched-stats.rst.
        times = [0, 0]
        for number in self.threads:
            with open(f"/proc/{self.pid}/task/{number}/schedstat") as file:
                times = [total + int(word) for total, word in zip(times, file.read().split())]
        self.blur += time.monotonic() - began
        return counts + times

    def word(self, place):
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            return struct.unpack("<Q", os.pread(memory.fileno(), 8, place))[0]

    def close(self):
        self.seconds = time.monotonic() - self.began
        *counts, cpu, run_queue = (late - early for early, late in zip(self.before, self.read()))
        self.cpu, self.run_queue = cpu / 1e9 / self.seconds, run_queue / 1e9 / self.seconds
        # On a busy machine it may take long to read all that, and what is read last is then of another moment.
        self.blur /= self.seconds
        # Threads that are neither on a CPU nor waiting for one, on average.
        self.asleep = len(self.threads) - self.cpu - self.run_queue
        self.switches, self.waits, self.handoffs = None, None, None
        if counts:
            self.switches = counts[0] / self.seconds
            # `__wseq` has another bit below.
            self.waits, self.handoffs = (count / 2 / self.seconds for count in counts[1:])
        return self


def observe(pid, places=None):
    """What the exporter says of a window of time, and what was true in it."""
    with Watch(pid, seconds=WINDOW) as watch:
        # The end of one window is the beginning of the next.
        watch.next()
        ledger = Ledger(pid, places)
        return watch.next(), ledger.close()
