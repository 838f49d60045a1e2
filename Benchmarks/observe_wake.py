"""How soon a process that rests is sampled at the full rate when it begins to work."""

import random
import statistics
import struct
import time

from .exporter import daemon
from .observe_rest import GROUPED, HOLDING, OPENING, by_group, holders_of
from .observed import await_observed
from .report import Finding, Target

QUESTION = "is a process that slept sampled at the full rate soon after it begins to work, and is its work counted?"
COUNT, SETTLING, SPREAD, SECONDS, POLL = 20, 40, 10, 30, 0.1
# So that the full rate is the configured one.
CONFIGURATION = GROUPED.replace("observation:\n", "observation:\n  cpu_budget: 10%\n")
# At the full rate there are 100 samples a second, and at rest one in five seconds: with five in one poll, it is awake.
AWAKE = 5
# Sleeps until its flag in the shared memory is set.
WAITING = f"""{OPENING}
count = len(memory) // 16
while not struct.unpack_from("d", memory, 8 * (count + int(place)))[0]: time.sleep(0.05)
{HOLDING}"""


def run(setting):
    names = [f"wake-{number}" for number in range(COUNT)]
    with (
        holders_of(setting.interpreters[0].path, names, WAITING, lambda _: ["0.010", "0.010"]) as (memory, truth, _),
        daemon(setting.binary, CONFIGURATION) as exporter,
    ):
        await_observed(exporter, COUNT)
        time.sleep(SETTLING)
        before = by_group(exporter, "samples")
        held_before = by_group(exporter, "held_seconds")
        began: dict[str, float] = {}
        awake: dict[str, float] = {}
        to_start = {name: time.monotonic() + random.uniform(0, SPREAD) for name in names}
        end = time.monotonic() + SPREAD + SECONDS
        while time.monotonic() < end:
            for place, name in enumerate(names):
                if name not in began and time.monotonic() >= to_start[name]:
                    struct.pack_into("d", memory, 8 * (COUNT + place), 1)
                    began[name] = time.monotonic()
            after = by_group(exporter, "samples")
            for name in began:
                if name not in awake and after[name] - before[name] >= AWAKE:
                    awake[name] = time.monotonic() - began[name]
            before = after
            time.sleep(POLL)
        true, found = truth(), by_group(exporter, "held_seconds")
    delays = [awake.get(name, SECONDS) for name in names]
    shares = sum(found[name] - held_before[name] for name in names) / sum(true.values())
    return [
        Finding.of(
            "longest time to the full rate",
            Target(high=6),
            delays,
            "s",
            note=f"mean {statistics.mean(delays):.1f} s",
            statistic=max,
        ),
        Finding.of("held time found / true, of all, from the first moment on", Target(0.95, 1.05), [shares]),
    ]
