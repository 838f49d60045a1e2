"""How fast a scrape is answered while a probe runs on every CPU."""

import contextlib
import os
import random
import statistics
import time

from .exporter import Scraper, daemon
from .machine import two_cpus
from .report import CouldNotRun, Finding, Target

QUESTION = "is a scrape during a probe answered as fast as one outside it?"
LIMIT = Target(high=2)
# Two workers keep two CPUs busy for about a second; a pause of about a second follows.
CONFIGURATION = """
probing:
  interval: 2s
  jitter: 0%
  cpu_budget: 100%
  probes: [lockfree]
runtimes:
  discover: none
  list:
    - name: native
      iterations: {iterations}
"""
ITERATIONS = 4_800_000_000
# Seconds of the measurement, and between two scrapes: as several clients scrape, and so often that the server takes a
# third of a CPU, of which the scheduler gives it no more while others want it.
PACES = {"every 30 ms": (100, 0.03), "every 4 ms": (40, 0.004)}


def run(setting):
    cpus = two_cpus()
    if cpus is None:
        return [Finding.missing(what(pace), LIMIT, "takes two CPUs", "ms") for pace in PACES]
    with daemon(setting.binary, CONFIGURATION.format(iterations=ITERATIONS)) as exporter:
        exporter.await_rounds(1)
        with in_front_of_the_workers() as privileged:
            return [measure(exporter, pace, setting, privileged) for pace in PACES]


def what(pace):
    return f"p99 during a probe − p99 outside, scrapes {pace}"


def measure(exporter, pace, setting, privileged):
    """One p99 of all scrapes: a p99 of few would be their maximum."""
    seconds, between = PACES[pace]
    during, outside = scrape_for_a_while(exporter, setting.scaled(seconds), between)
    note = (
        f"p99 {p99(during):.2f} ms during, {p99(outside):.2f} ms outside, "
        f"median {statistics.median(during):.2f} and {statistics.median(outside):.2f} ms, "
        f"{len(during)} and {len(outside)} scrapes"
    )
    if not privileged:
        note += "; the client had no real-time priority, so its own waits for a CPU are in it"
    return Finding.of(what(pace), LIMIT, [p99(during) - p99(outside)], "ms", note)


@contextlib.contextmanager
def in_front_of_the_workers():
    """Gives this process real-time priority, so that its own waits for a CPU are not measured.

    Yields whether that is allowed: sched(7).
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except PermissionError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def scrape_for_a_while(exporter, seconds, between):
    """Milliseconds that scrapes took during probes, and outside them."""
    during: list[float] = []
    outside: list[float] = []
    scraper = Scraper(exporter.port)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = exporter.children()
        start = time.perf_counter()
        scraper.scrape()
        milliseconds = (time.perf_counter() - start) * 1e3
        # A scrape during which a probe started or ended is neither.
        if exporter.children() == before:
            (during if before else outside).append(milliseconds)
        # Not in step with the scheduler's ticks.
        time.sleep(random.uniform(0.5, 1.5) * between)
    scraper.close()
    if min(len(during), len(outside)) < 100:
        raise CouldNotRun(f"only {len(during)} scrapes fell in probes and {len(outside)} outside, too few for a p99")
    return during, outside


def p99(samples):
    return statistics.quantiles(samples, n=100, method="inclusive")[98]
