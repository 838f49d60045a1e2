"""Whether samples go where locks are used."""

import mmap
import statistics
import struct
import tempfile
import time
from contextlib import ExitStack, contextmanager

from .c_program import compile_c, cost_of_calls
from .exporter import daemon, sample
from .observed import OBSERVATION_ONLY, await_observed, crowd, process
from .report import Finding, Target

QUESTION = "of 1,000 processes, are those that use their locks sampled well within the CPU budget of 1 %?"
BUSY, LIGHT, ASLEEP, RATE, SETTLING, SECONDS = 50, 50, 900, 50, 180, 60
# The same measurement where the budget limits nothing, at a rate a little above the target.
GENEROUS_BUDGET, GENEROUS_RATE = "10%", 60
IN_PLENTY = f"with a budget of {GENEROUS_BUDGET} and {GENEROUS_RATE} samples a second"
GROUPED = OBSERVATION_ONLY + (
    "observation:\n  group_limit: 250\n  groups:\n"
    "    - {name: '$1', command_line: 'observed-((busy|light|wake)-\\d+)$'}\n"
    "    - {name: asleep, command_line: 'crowd\\.py'}\n    - {exclude: true, command_line: .}\n"
)
GENEROUS = GROUPED.replace(
    "observation:\n", f"observation:\n  sample_rate: {GENEROUS_RATE}\n  cpu_budget: {GENEROUS_BUDGET}\n"
)
# Holds its lock and releases it, in turn, and adds up for how long it held it. It does so in C and
# without a CPU, so that a hundred of them fit on one host.
OPENING = """
import ctypes, mmap, os, struct, sys, threading, time
file, place, held, free, _ = sys.argv[1:]
usleep = ctypes.PyDLL(None).usleep
memory = mmap.mmap(os.open(file, os.O_RDWR), 0)
"""
HOLDING = """
total = 0.0
while True:
    began = time.perf_counter()
    usleep(int(float(held) * 1e6))
    total += time.perf_counter() - began
    struct.pack_into("d", memory, 8 * int(place), total)
    time.sleep(float(free))
"""
# Of a busy one, a second thread wants the lock.
WANTING = """
def want():
    while True: time.sleep(0.008)
if float(held) > 0.005: threading.Thread(target=want, daemon=True).start()
"""


def run(setting):
    python = setting.interpreters[0].path
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        program = f"{directory}/observe"
        compile_c("observe.c", program)
        _, truth, pids = stack.enter_context(holders(python))
        stack.enter_context(crowd(python, ASLEEP))
        with daemon(setting.binary, GROUPED) as exporter:
            await_observed(exporter, BUSY + LIGHT + ASLEEP)
            # Until sleepers rest, and processes are old enough to be checked, and asked for their groups, seldom.
            time.sleep(SETTLING)
            minutes = [Minute(exporter, truth) for _ in setting.repeat(1)]
        calls = [RATE * cost_of_calls(program, RATE, pids) for _ in setting.repeat(3)]
        with daemon(setting.binary, GENEROUS) as exporter:
            await_observed(exporter, BUSY + LIGHT + ASLEEP)
            time.sleep(SETTLING)
            plenty = Minute(exporter, truth)
    samples = sum(sum(rates) for rates in plenty.rates.values())
    of_the_calls = plenty.cpu / (statistics.median(calls) * samples / (RATE * (BUSY + LIGHT)))
    return [
        Finding.of("CPU of the observation", Target(high=1.1), [minute.cpu for minute in minutes], "%"),
        *rates(minutes),
        Finding.of(
            "samples per second, asleep",
            Target(low=0.19),
            [rate / ASLEEP for minute in minutes for rate in minute.rates["asleep"]],
        ),
        *errors(minutes),
        Finding.of(
            f"CPU of a program in C that only reads the {BUSY + LIGHT}, {RATE} times a second",
            Target(),
            calls,
            "%",
            note="always more than the budget: the targets cannot be reached here" if min(calls) > 1 else "",
        ),
        Finding.of(f"{IN_PLENTY}: CPU", Target(), [plenty.cpu], "%"),
        Finding.of(f"{IN_PLENTY}: CPU of a sample / in C", Target(), [of_the_calls]),
        *rates([plenty], f"{IN_PLENTY}: "),
        *errors([plenty], f"{IN_PLENTY}: "),
    ]


def rates(minutes, prefix=""):
    kinds = {"busy": "two threads that contend", "light": "one that holds its lock for 5 ms of 100"}
    return [
        Finding.of(
            f"{prefix}samples per second, {what}",
            Target(low=RATE),
            [rate for minute in minutes for rate in minute.rates[kind]],
        )
        for kind, what in kinds.items()
    ]


def errors(minutes, prefix=""):
    findings = []
    for kind in "busy", "light":
        found = [error for minute in minutes for error in minute.errors[kind]]
        findings.append(
            Finding.of(
                f"{prefix}greatest error of the held time, {kind}",
                Target(high=2),
                [max(map(abs, found))],
                "points",
                note=f"mean {statistics.mean(found):+.2f}, deviation {statistics.stdev(found):.2f}",
            )
        )
    return findings


def holders(python):
    """Starts the programs that use their locks: ``holders_of``."""
    names = [f"busy-{number}" for number in range(BUSY)] + [f"light-{number}" for number in range(LIGHT)]
    return holders_of(
        python,
        names,
        OPENING + WANTING + HOLDING,
        lambda name: ["0.010", "0.010"] if name.startswith("busy") else ["0.005", "0.095"],
    )


@contextmanager
def holders_of(python, names, script, times):
    """Starts a script for each name, which holds its lock and releases it for the two times.

    Gives the memory that it shares with them, a function that returns by name for how many seconds each has held its
    lock, and their process numbers. The memory has two numbers for each: these seconds, and one for what the script
    needs.
    """
    with tempfile.NamedTemporaryFile() as file, ExitStack() as stack:
        file.truncate(16 * len(names))
        memory = mmap.mmap(file.fileno(), 0)
        pids = [
            stack.enter_context(process(python, script, file.name, str(place), *times(name), f"observed-{name}"))
            for place, name in enumerate(names)
        ]

        def truth():
            return {name: struct.unpack_from("d", memory, 8 * place)[0] for place, name in enumerate(names)}

        yield memory, truth, pids


class Minute:
    """What was found in a minute that begins now: the CPU that the observation took in percent, and of each kind of
    process the samples a second, and the errors of the held time in points."""

    def __init__(self, exporter, truth):
        before = Look(exporter, truth)
        time.sleep(SECONDS)
        after = Look(exporter, truth)
        seconds = after.time - before.time
        self.cpu = 100 * (after.cpu - before.cpu) / seconds
        self.rates: dict[str, list[float]] = {"busy": [], "light": [], "asleep": []}
        self.errors: dict[str, list[float]] = {"busy": [], "light": []}
        for group in after.samples:
            kind = group.partition("-")[0]
            self.rates[kind].append((after.samples[group] - before.samples[group]) / seconds)
            if group in after.truth:
                found = (after.held[group] - before.held[group]) / (after.observed[group] - before.observed[group])
                true = (after.truth[group] - before.truth[group]) / seconds
                self.errors[kind].append(100 * (found - true))


class Look:
    def __init__(self, exporter, truth):
        self.time, self.truth = time.perf_counter(), truth()
        self.samples, self.held, self.observed = (
            by_group(exporter, name) for name in ("samples", "held_seconds", "observed_seconds")
        )
        self.cpu = sample(exporter.await_scrape()[0], "gil_exporter_observation_cpu_seconds_total")


def by_group(exporter, counter):
    return {labels.split('"')[1]: value for labels, value in exporter.series(f"gil_process_{counter}_total").items()}
