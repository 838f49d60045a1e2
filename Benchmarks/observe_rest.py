"""Whether samples go where locks are used."""

import mmap
import statistics
import struct
import tempfile
import time
from contextlib import ExitStack, contextmanager

from .exporter import daemon, sample
from .observed import OBSERVATION_ONLY, await_observed, crowd, process
from .report import Finding, Target

QUESTION = "of 1,000 processes, are those that use their locks sampled well within the CPU budget of 1 %?"
BUSY, LIGHT, ASLEEP, SETTLING, SECONDS = 50, 50, 900, 180, 60
GROUPED = OBSERVATION_ONLY + (
    "observation:\n  group_limit: 250\n  groups:\n"
    "    - {name: '$1', command_line: 'observed-((busy|light|wake)-\\d+)$'}\n"
    "    - {name: asleep, command_line: 'crowd\\.py'}\n    - {exclude: true, command_line: .}\n"
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
    rates: dict[str, list[float]] = {"busy": [], "light": [], "asleep": []}
    errors: dict[str, list[float]] = {"busy": [], "light": []}
    cpu = []
    with holders(python) as (_, truth), crowd(python, ASLEEP), daemon(setting.binary, GROUPED) as exporter:
        await_observed(exporter, BUSY + LIGHT + ASLEEP)
        # Until sleepers rest, and processes are old enough to be checked and asked for their groups as seldom as most.
        time.sleep(SETTLING)
        for _ in setting.repeat(1):
            before = Look(exporter, truth)
            time.sleep(SECONDS)
            after = Look(exporter, truth)
            seconds = after.time - before.time
            cpu.append(100 * (after.cpu - before.cpu) / seconds)
            for group in after.samples:
                kind = group.partition("-")[0]
                rates[kind].append((after.samples[group] - before.samples[group]) / seconds)
                if group in after.truth:
                    found = (after.held[group] - before.held[group]) / (after.observed[group] - before.observed[group])
                    true = (after.truth[group] - before.truth[group]) / seconds
                    errors[kind].append(100 * (found - true))
    asleep = [rate / ASLEEP for rate in rates["asleep"]]
    return [
        Finding.of("CPU of the observation", Target(high=1.1), cpu, "%"),
        Finding.of("samples per second, two threads that contend", Target(low=50), rates["busy"]),
        Finding.of("samples per second, one that holds its lock for 5 ms of 100", Target(low=50), rates["light"]),
        Finding.of("samples per second, asleep", Target(low=0.19), asleep),
        *(
            Finding.of(
                f"greatest error of the held time, {kind}",
                Target(high=2),
                [max(map(abs, errors[kind]))],
                "points",
                note=f"mean {statistics.mean(errors[kind]):+.2f}, deviation {statistics.stdev(errors[kind]):.2f}",
            )
            for kind in errors
        ),
    ]


def holders(python):
    """Starts the programs, and gives a function that returns for how many seconds each has held its lock."""
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

    Gives the memory that it shares with them, and a function that returns by name for how many seconds each has held
    its lock. The memory has two numbers for each: these seconds, and one for what the script needs.
    """
    with tempfile.NamedTemporaryFile() as file, ExitStack() as stack:
        file.truncate(16 * len(names))
        memory = mmap.mmap(file.fileno(), 0)
        for place, name in enumerate(names):
            stack.enter_context(process(python, script, file.name, str(place), *times(name), f"observed-{name}"))
        yield memory, lambda: {name: struct.unpack_from("d", memory, 8 * place)[0] for place, name in enumerate(names)}


class Look:
    def __init__(self, exporter, truth):
        self.time, self.truth = time.perf_counter(), truth()
        self.samples, self.held, self.observed = (
            by_group(exporter, name) for name in ("samples", "held_seconds", "observed_seconds")
        )
        self.cpu = sample(exporter.await_scrape()[0], "gil_exporter_observation_cpu_seconds_total")


def by_group(exporter, counter):
    return {labels.split('"')[1]: value for labels, value in exporter.series(f"gil_process_{counter}_total").items()}
