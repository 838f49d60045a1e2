"""What the exporter does while it is idle."""

import time

from .exporter import daemon
from .report import Finding, Target

QUESTION = "how often does it wake up between rounds, where no Python runs?"
# Without observation: this program is a Python, and would be sampled a hundred times a second.
BETWEEN_ROUNDS = "probing:\n  interval: 1h\n  jitter: 0%\nobservation:\n  enabled: false\n"
SECONDS = 5


def run(setting):
    with daemon(setting.binary, BETWEEN_ROUNDS) as exporter:
        exporter.await_rounds(1)
        # The exporter still cleans up after the last scrape and the last worker.
        time.sleep(2)
        samples = [wakeups_and_cpu(exporter) for _ in setting.repeat(5)]
    wakeups, cpu = zip(*samples)
    return [
        Finding.of("wake-ups per second, all threads", Target(high=5), wakeups),
        Finding.of("CPU", Target(high=0.1), cpu, "%"),
    ]


def wakeups_and_cpu(exporter):
    switches, cpu, start = exporter.voluntary_switches(), exporter.threads_cpu_seconds(), time.monotonic()
    time.sleep(SECONDS)
    seconds = time.monotonic() - start
    return (
        growth(switches, exporter.voluntary_switches()) / seconds,
        100 * growth(cpu, exporter.threads_cpu_seconds()) / seconds,
    )


def growth(before, after):
    """The count of a thread ends with the thread; a new thread had none before."""
    return sum(count - before.get(thread, 0) for thread, count in after.items())
