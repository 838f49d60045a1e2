"""The cost of finding new processes among many old ones."""

import time

from .exporter import daemon
from .observed import OBSERVATION_ONLY, await_observed, crowd
from .report import CouldNotRun, Finding, Target

QUESTION = "what does a look through 1,000 processes cost?"
# A young process of another program is examined repeatedly, because it may load Python later. Most processes of a host
# are old.
SETTLING, SCANS = 45, 20
OFTEN = f"{OBSERVATION_ONLY}observation:\n  scan_interval: 1s\n  sample_rate: 1\n"
# Half a scan interval: the exporter is idle for so long only between two scans.
REST = 0.5
RESCAN, FIRST = Target(high=20), Target()


def run(setting):
    findings = []
    for pythons, others in [(300, 700), (1000, 0)]:
        with crowd(setting.interpreters[0].path, pythons, others):
            first, rescans = costs(setting, pythons)
        label = f"1,000 processes, {pythons} of them Python"
        findings += [
            Finding.of(f"CPU of a rescan of {label}", RESCAN, rescans, "ms"),
            Finding.of(f"CPU of the first scan of {label}", FIRST, [first], "ms"),
        ]
    return findings


def costs(setting, pythons):
    """Milliseconds of the first scan, and of each later scan."""
    with daemon(setting.binary, OFTEN) as exporter:
        scans = scans_of(exporter)
        first = next(scans)
        await_observed(exporter, pythons)
        settled = time.monotonic() + SETTLING
        while time.monotonic() < settled:
            next(scans)
        return first, [next(scans) for _ in setting.repeat(SCANS)]


def scans_of(exporter):
    """Milliseconds of CPU of each scan, when it ends."""
    before = seen = 0.0
    changed = start = time.monotonic()
    while True:
        time.sleep(0.02)
        now, cpu = time.monotonic(), exporter.thread_cpu_seconds("gil-scan")
        if cpu != seen:
            seen, changed = cpu, now
        elif seen > before and now - changed > REST:
            yield (seen - before) * 1e3
            before, start = seen, now
        elif now - start > 30:
            raise CouldNotRun("there was no scan for half a minute")
