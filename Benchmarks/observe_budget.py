"""Whether sampling keeps its CPU budget with too many processes."""

import statistics
import time

from .exporter import daemon, sample, series
from .observed import OBSERVATION_ONLY, await_observed, crowd
from .report import Finding, Target

QUESTION = "do 1,000 processes stay within the CPU budget of 1 %, and is the rate reported?"
# The pauses between rounds are random, so some hundred rounds are counted.
PROCESSES, SECONDS, STEP = 1000, 240, 0.5
# The exporter lowers the rate after it knows the cost of a round, so it may use slightly more at first.
CPU, REPORTED, SETTLED = Target(high=1.3), Target(0.8, 1.2), Target()
# Tolerance, relative to the final rate.
NEAR = 0.25


def run(setting):
    python = setting.interpreters[0].path
    # Those that sleep would be sampled seldom.
    with crowd(python, PROCESSES, hold=True), daemon(setting.binary, OBSERVATION_ONLY) as exporter:
        early = look_on(exporter, setting.scaled(20))
        await_observed(exporter, PROCESSES)
        late = look_on(exporter, setting.scaled(SECONDS))
    seconds = late[-1].time - late[0].time
    cpu = 100 * (late[-1].cpu - late[0].cpu) / seconds
    taken = (late[-1].samples - late[0].samples) / seconds / late[-1].processes
    reported = statistics.mean(look.rate for look in late)
    unsettled = [look for look in early if abs(look.rate / reported - 1) > NEAR]
    settled = unsettled[-1].time + STEP if unsettled else 0.0
    used = 100 * early[-1].cpu / early[-1].time
    return [
        Finding.of(f"CPU of sampling {PROCESSES} processes over {seconds:.0f} s", CPU, [cpu], "%"),
        Finding.of(
            "samples per second of each as reported / as taken",
            REPORTED,
            [reported / taken],
            note=f"reported {reported:.3g}, taken {taken:.3g} per second, in {taken * seconds:.0f} rounds",
        ),
        Finding.of(
            f"time from the start until the rate is within {NEAR:.0%} of that",
            SETTLED,
            [settled],
            "s",
            note=f"CPU of the first {early[-1].time:.0f} s: {used:.3g} %",
        ),
    ]


class Look:
    """The values of a scrape, and the CPU of the sampling thread. Times count from the exporter's start."""

    def __init__(self, exporter):
        metrics, _ = exporter.await_scrape()
        self.time = time.perf_counter() - exporter.started
        self.cpu = exporter.thread_cpu_seconds("gil-sample")
        self.rate = sample(metrics, "gil_exporter_observation_sample_rate")
        self.samples = sum(series(metrics, "gil_process_samples_total").values())
        self.processes = sum(series(metrics, "gil_processes").values())


def look_on(exporter, seconds):
    end = time.monotonic() + seconds
    looks = [Look(exporter)]
    while time.monotonic() < end:
        time.sleep(STEP)
        looks.append(Look(exporter))
    return looks
