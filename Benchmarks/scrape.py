"""The CPU cost of a scrape."""

import shutil

from .exporter import Daemon, daemon, free_port
from .idle import BETWEEN_ROUNDS
from .report import Finding, Target

QUESTION = "what do 10,000 scrapes over one connection cost, and what do they cost node_exporter?"
BATCHES, SCRAPES = 10, 1000
# node_exporter needs tens of times as long for each, so fewer scrapes suffice.
NODE_EXPORTER_SCRAPES = 50
SECONDS, RATIO = Target(high=3), Target(high=0.5)


def run(setting):
    program = node_exporter_program()
    with daemon(setting.binary, BETWEEN_ROUNDS) as exporter:
        exporter.await_rounds(1)
        other = start_node_exporter(program) if program else None
        try:
            own, others = measure(setting, exporter, other)
        finally:
            if other:
                other.stop()
    per_scrape = [seconds / SCRAPES for seconds in own]
    cost = Finding.of(
        "CPU of 10,000 scrapes", SECONDS, [seconds * 10_000 for seconds in per_scrape], "s", statistic=mean
    )
    what = "CPU of a scrape / of node_exporter's"
    if not others:
        return [cost, Finding.missing(what, RATIO, "node_exporter is not installed")]
    ratios = [one / (seconds / NODE_EXPORTER_SCRAPES) for one, seconds in zip(per_scrape, others)]
    note = f"node_exporter: {mean(others) / NODE_EXPORTER_SCRAPES * 1e3:.2f} ms a scrape"
    return [cost, Finding.of(what, RATIO, ratios, note=note)]


def node_exporter_program():
    return shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")


def start_node_exporter(program):
    port = free_port()
    other = Daemon([program, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], port)
    other.await_scrape()
    return other


def measure(setting, exporter, other):
    """CPU seconds of each batch, for both exporters in turn."""
    own, others = [], []
    for _ in setting.steps(BATCHES):
        own.append(cpu_of_scrapes(exporter, SCRAPES))
        if other:
            others.append(cpu_of_scrapes(other, NODE_EXPORTER_SCRAPES))
    return own, others


def cpu_of_scrapes(target, count):
    scraper = target.scraper()
    before = target.cpu_seconds()
    for _ in range(count):
        scraper.scrape()
    scraper.close()
    return target.cpu_seconds() - before


def mean(samples):
    # Ticks of 10 ms make single batches coarse, but not the sum.
    return sum(samples) / len(samples)
