"""What the exporter does while there is nothing to do."""

import time

from .exporter import daemon
from .report import Finding, Target

QUESTION = "how often does it wake up between rounds, where no Python runs?"
# This program is a Python, and would be sampled a hundred times a second.
BETWEEN_ROUNDS = "probing:\n  interval: 1h\n  jitter: 0%\nobservation:\n  enabled: false\n"
SECONDS = 5


def run(setting):
    with daemon(setting.binary, BETWEEN_ROUNDS) as exporter:
        exporter.await_rounds(1)
        # The last scrape's connection and the last worker are still being put away.
        time.sleep(2)
        samples = [wakeups_per_second(exporter) for _ in setting.repeat(5)]
    return [Finding.of("wake-ups per second, all threads", Target(high=5), samples)]


def wakeups_per_second(exporter):
    before, start = exporter.voluntary_switches(), time.monotonic()
    time.sleep(SECONDS)
    after, seconds = exporter.voluntary_switches(), time.monotonic() - start
    # A thread that has ended takes its count along; one that is new has none before.
    return sum(count - before.get(thread, 0) for thread, count in after.items()) / seconds
