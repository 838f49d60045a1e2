"""Resident memory of the exporter."""

import time

from .exporter import Scraper, daemon
from .report import Finding, Target

QUESTION = "how much memory does it take, and does scraping make it more?"
ROUND_AFTER_ROUND = "probing:\n  interval: 1s\n  cpu_budget: 100%\n"
ROUNDS, SCRAPES = 5, 100_000


def run(setting):
    with daemon(setting.binary, ROUND_AFTER_ROUND) as exporter:
        exporter.await_rounds(ROUNDS)
        # With the default interval they take minutes; the exporter unmaps the code of its start after ten seconds.
        time.sleep(5)
        early, parts = exporter.resident_megabytes(), exporter.memory_parts()
        samples = []
        scraper = Scraper(exporter.port)
        for _ in setting.steps(10):
            for _ in range(SCRAPES // 10):
                scraper.scrape()
            samples.append(exporter.resident_megabytes())
        scraper.close()
    return [
        Finding.of(f"after {ROUNDS} rounds", Target(high=20), [early], "MB", ", ".join(parts)),
        Finding.of(
            f"after {SCRAPES} scrapes more", Target(high=22), samples, "MB", statistic=lambda samples: samples[-1]
        ),
    ]
