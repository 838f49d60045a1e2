"""Whether scrapes succeed while other clients take all they can."""

import contextlib
import http.client
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .exporter import Scraper, daemon
from .idle import BETWEEN_ROUNDS
from .latency import in_front_of_the_workers, p99
from .report import CouldNotRun, Finding, Target

QUESTION = "do scrapes go on under load, 1,000 clients that never finish a request and 200 that never read?"
SECONDS, REST = 60, 20
CONNECTIONS, SLOW, DEAF = 64, 1000, 200
FAILED, SLOWEST, MEMORY, DESCRIPTORS = Target(high=0), Target(high=50), Target(high=1.2), Target(high=0)


def run(setting):
    with daemon(setting.binary, BETWEEN_ROUNDS) as exporter:
        exporter.await_rounds(1)
        # The first scrapes allocate memory once, which is not a leak.
        for _ in range(100):
            exporter.await_scrape()
        memory, descriptors = exporter.resident_megabytes(), exporter.descriptors()
        seconds = max(5, setting.scaled(SECONDS))
        with attacked_by(exporter.port, seconds), in_front_of_the_workers() as privileged:
            took, failures = scrape_each_second(exporter.port, seconds)
        # The exporter notices closed connections at once, silent ones within its time limits.
        time.sleep(REST)
        after, left = exporter.resident_megabytes(), exporter.descriptors() - descriptors
    if not took:
        raise CouldNotRun(f"no scrape succeeded: {failures[0]}")
    note = f"of {len(took) + len(failures)}" + (f"; {failures[0]}" if failures else "")
    own = "" if privileged else "the client had no real-time priority, so its own waits for a CPU are in it"
    return [
        Finding.of("scrapes that failed", FAILED, [len(failures)], note=note),
        Finding.of("p99 of the others", SLOWEST, took, "ms", own, statistic=p99),
        Finding.of("memory afterwards / before", MEMORY, [after / memory], note=f"{memory:.1f} MB before"),
        Finding.of("descriptors left open", DESCRIPTORS, [left]),
    ]


@contextlib.contextmanager
def attacked_by(port, seconds):
    if not shutil.which("wrk"):
        raise CouldNotRun("wrk is not installed")
    clients = [sys.executable, str(Path(__file__).with_name("abuse_clients.py"))]
    load = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
    commands = [
        [*clients, "slow", str(port), str(SLOW)],
        [*clients, "deaf", str(port), str(DEAF)],
        [*load, f"http://127.0.0.1:{port}/metrics"],
    ]
    # The clients stand for other machines, so they must not use the exporter's CPUs.
    attackers = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.nice(10)) for command in commands
    ]
    try:
        time.sleep(1)
        yield
    finally:
        for attacker in attackers:
            attacker.kill()
            attacker.wait()


def scrape_each_second(port, seconds):
    """Milliseconds of each scrape over a new connection, and the errors of the others."""
    took, failures = [], []
    for _ in range(seconds):
        start = time.perf_counter()
        try:
            scraper = Scraper(port)
            scraper.scrape()
            scraper.close()
            took.append((time.perf_counter() - start) * 1e3)
        except (CouldNotRun, OSError, http.client.HTTPException) as error:
            failures.append(f"{type(error).__name__}: {error}")
        time.sleep(max(0, 1 - (time.perf_counter() - start)))
    return took, failures
