"""Whether short-lived processes leave anything behind, or are counted as others."""

import itertools
import re
import statistics
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from .exporter import daemon, sample, series
from .observed import IDLE, OBSERVATION_ONLY, await_observed, process
from .report import CouldNotRun, Finding, Target

QUESTION = "do ten thousand processes, born and gone in a minute, leave anything behind?"
PER_SECOND, SECONDS, LASTING = 175, 60, 3
# The first processes allocate memory once, which is not a leak.
WARMING, REST = 20, 5
GROUPS = """observation:
  scan_interval: 1s
  groups:
    - name: lasting
      command_line: ' lasting$'
    - name: passing
      command_line: 'churn\\.py'
"""
NONE = Target(high=0)
# Tolerances in seconds and in megabytes: the heap may grow by a few pages.
HELD, MEMORY = Target(high=0.01), Target(high=3)
COUNTER = re.compile(r"^(gil_process_\w+_total{.*}) (\S+)$", re.MULTILINE)


def run(setting):
    python, seconds = setting.interpreters[0].path, setting.scaled(SECONDS)
    with ExitStack() as stack:
        for _ in range(LASTING):
            stack.enter_context(process(python, IDLE, "lasting"))
        exporter = stack.enter_context(daemon(setting.binary, OBSERVATION_ONLY + GROUPS))
        await_observed(exporter, LASTING)
        churn(exporter, python, WARMING)
        before = rest(exporter)
        born, looks = churn(exporter, python, seconds)
        after = rest(exporter)
        looks = [before, *looks, after]
    lasting, passing = (gains(before, after, group) for group in ("lasting", "passing"))
    at_once = statistics.mean(look.processes("passing") for look in looks[1:-1])
    of_them = f"of {born} processes, {at_once:.0f} were observed at a time"
    cpu = 100 * (after.cpu - before.cpu) / (after.time - before.time)
    return [
        Finding.of("descriptors left open", NONE, [after.descriptors - before.descriptors], note=of_them),
        Finding.of(
            "memory that has come", MEMORY, [after.memory - before.memory], "MB", f"{before.memory:.1f} MB before"
        ),
        Finding.of(
            "counters that went back",
            NONE,
            [went_back(looks)],
            note=f"of {len(after.counters)}, in {len(looks)} looks",
        ),
        Finding.of(
            "switches given to idle processes",
            NONE,
            [lasting["switches"]],
            note=f"the others had {passing['switches']:.0f}",
        ),
        Finding.of(
            "held time given to them",
            HELD,
            [lasting["held_seconds"]],
            "s",
            f"the others had {passing['held_seconds']:.1f} s, by {passing['samples']:.0f} samples",
        ),
        Finding.of("processes that remain observed", NONE, [after.processes("passing")]),
        Finding.of("long-lived ones that are missed", NONE, [LASTING - after.processes("lasting")]),
        Finding.of("CPU of finding and sampling them meanwhile", Target(), [cpu], "%"),
    ]


def gains(before, after, group):
    """The growth of the group's counters."""
    names = {what: f'gil_process_{what}_total{{group="{group}"}}' for what in ("switches", "held_seconds", "samples")}
    return {what: after.counters[name] - before.counters.get(name, 0.0) for what, name in names.items()}


def went_back(looks):
    return sum(
        now.counters.get(name, 0.0) < value
        for then, now in itertools.pairwise(looks)
        for name, value in then.counters.items()
    )


class Look:
    """The values of a scrape, and the kernel's numbers of the exporter."""

    def __init__(self, exporter):
        metrics, _ = exporter.await_scrape()
        self.time = time.monotonic()
        self.counters = {name: float(value) for name, value in COUNTER.findall(metrics.decode())}
        self.present = series(metrics, "gil_processes")
        self.cpu = sample(metrics, "gil_exporter_observation_cpu_seconds_total")
        self.memory = exporter.resident_megabytes()
        # A scan has some open for moments.
        self.descriptors = exporter.descriptors()
        for _ in range(20):
            time.sleep(0.05)
            self.descriptors = min(self.descriptors, exporter.descriptors())

    def processes(self, group):
        return sum(count for labels, count in self.present.items() if f'group="{group}"' in labels)


def churn(exporter, python, seconds):
    """The number of processes, and a look per second meanwhile."""
    command = [python, str(Path(__file__).with_name("churn.py")), str(PER_SECOND), str(seconds)]
    looks: list[Look] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        try:
            while parent.poll() is None:
                looks.append(Look(exporter))
                time.sleep(1)
            assert parent.stdout
            born = parent.stdout.read()
        finally:
            parent.kill()
    if parent.returncode != 0:
        raise CouldNotRun("the host does not allow so many processes")
    return int(born), looks


def rest(exporter):
    """A look after everything has settled."""
    time.sleep(REST)
    return Look(exporter)
