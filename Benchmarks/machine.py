"""How idle the machine was during a measurement."""

import os
import time
from dataclasses import dataclass

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds():
    """Busy seconds of all CPUs together, and seconds that the hypervisor stole: proc_stat(5)."""
    with open("/proc/stat") as file:
        # cpu user nice system idle iowait irq softirq steal guest guest_nice; guests are in user and nice already.
        ticks = [int(word) for word in file.readline().split()[1:9]]
    user, nice, system, _, _, irq, softirq, steal = (count / TICKS_PER_SECOND for count in ticks)
    return user + nice + system + irq + softirq, steal


def pressure_seconds():
    """Seconds in which at least one task of the host waited for a CPU, or None: Documentation/accounting/psi.rst."""
    try:
        with open("/proc/pressure/cpu") as file:
            return int(file.readline().rpartition("=")[2]) / 1e6
    except OSError:
        return None


def own_cpu_seconds():
    """CPU of this process and of its ended children: times(2)."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@dataclass(frozen=True)
class Conditions:
    """Shares of the time of all CPUs, and the share of time in which a task waited for a CPU."""

    load_before: float
    seconds: float
    others: float
    steal: float
    run_queue: float | None

    def __str__(self):
        waited = "unknown" if self.run_queue is None else f"{self.run_queue:.0%}"
        return (
            f"load {self.load_before:.2f} at the start; during its {self.seconds:.0f} s other programs had "
            f"{self.others:.1%} of all CPU time, the hypervisor {self.steal:.2%}; tasks waited for a CPU {waited} "
            "of the time"
        )


class Watch:
    """Watches the machine until `conditions()`. Children that were started meanwhile must have ended."""

    def __init__(self):
        self.load = os.getloadavg()[0]
        self.started = self.read()

    @staticmethod
    def read():
        return (time.monotonic(), *cpu_seconds(), pressure_seconds(), own_cpu_seconds())

    def conditions(self):
        (start, busy, steal, waited, own), now = self.started, self.read()
        seconds = now[0] - start
        capacity = seconds * os.cpu_count()
        return Conditions(
            load_before=self.load,
            seconds=seconds,
            # Ticks are coarse: on a quiet machine the difference may be slightly negative.
            others=max(0.0, (now[1] - busy) - (now[4] - own)) / capacity,
            steal=max(0.0, now[2] - steal) / capacity,
            run_queue=None if waited is None else (now[3] - waited) / seconds,
        )


def two_cpus():
    """Two CPUs to run on, or None if there are fewer."""
    cpus = sorted(os.sched_getaffinity(0))[:2]
    return cpus if len(cpus) == 2 else None
