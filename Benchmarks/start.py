"""The time of a start."""

from .exporter import daemon
from .report import CouldNotRun, Finding, Target

QUESTION = "how soon after its start is the exporter scraped?"


def run(setting):
    samples = []
    for _ in setting.repeat(15):
        with daemon(setting.binary) as exporter:
            exposition, seconds = exporter.await_scrape()
            if b"\ngil_exporter_build_info{" not in exposition:
                raise CouldNotRun("the first scrape shows no gil_exporter_build_info")
            samples.append(seconds * 1e3)
    return [Finding.of("process start to first good scrape", Target(high=60), samples, "ms")]
