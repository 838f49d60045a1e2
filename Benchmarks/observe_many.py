"""What 5,000 processes cost, and whether each is still looked at."""

import time

from .exporter import daemon, sample
from .observed import OBSERVATION_ONLY, await_observed, crowd
from .report import Finding, Target

QUESTION = "do 5,000 processes fit in the CPU budget of 1 %, without starvation and without growth?"
# The heap has its lasting size within three minutes.
PROCESSES, HOLDING, SETTLING, SECONDS, LOOKS = 5000, 50, 180, 240, 4
CONFIGURATION = OBSERVATION_ONLY + (
    "observation:\n  groups:\n    - {name: all, command_line: 'crowd\\.py'}\n    - {exclude: true, command_line: .}\n"
)


def run(setting):
    python = setting.interpreters[0].path
    # Those that hold their locks for ever are of known share: 1.
    with (
        crowd(python, HOLDING, hold=True),
        crowd(python, PROCESSES - HOLDING),
        daemon(setting.binary, CONFIGURATION) as exporter,
    ):
        # The search of each has its place in the budget, too.
        await_observed(exporter, PROCESSES, time_limit=900)
        time.sleep(SETTLING)
        looks = [Look(exporter)]
        for _ in setting.steps(LOOKS):
            time.sleep(setting.scaled(SECONDS) / LOOKS)
            looks.append(Look(exporter))
    first, last = looks[0], looks[-1]
    seconds = last.time - first.time
    memory = [look.memory for look in looks]
    observed = (last.observed - first.observed) / seconds / PROCESSES
    held = (last.held - first.held) / seconds
    return [
        Finding.of("CPU of the observation", Target(high=1.1), [100 * (last.cpu - first.cpu) / seconds], "%"),
        Finding.of(
            "samples per second of a process",
            Target(low=0.0125),
            [(last.samples - first.samples) / seconds / PROCESSES],
        ),
        Finding.of("share of the time for which samples stand", Target(0.95, 1.05), [observed]),
        Finding.of("processes found to hold their locks / true", Target(0.95, 1.05), [held / (HOLDING - 1)]),
        Finding.of(
            "growth of the memory", Target(high=1), [memory[-1] - memory[0]], "MB", f"{memory[0]:.0f} MB before"
        ),
    ]


class Look:
    def __init__(self, exporter):
        self.time = time.perf_counter()
        self.samples, self.observed, self.held = (
            sum(exporter.series(f"gil_process_{name}_total").values())
            for name in ("samples", "observed_seconds", "held_seconds")
        )
        self.cpu = sample(exporter.await_scrape()[0], "gil_exporter_observation_cpu_seconds_total")
        # After the scrape: the first one brings back pages of the program that it alone needs.
        self.memory = exporter.resident_megabytes()
