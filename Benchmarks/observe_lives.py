"""How much of the life of a short program is counted."""

import random
import re
import subprocess
import time
from pathlib import Path

from .exporter import daemon
from .observed import OBSERVATION_ONLY
from .report import CouldNotRun, Finding, Target

QUESTION = "how much of the life of a short program is counted?"
# Seconds, and the number of programs, one after the other.
LIVES = {0.5: 40, 1: 30, 2: 16, 5: 8, 20: 3}
GROUPS = "observation:\n  groups:\n    - name: life-$1\n      command_line: 'life\\.py (\\S+)'\n"
# The longest pause between two programs, which start at any time between two scans.
PAUSE = 1.0
# After the last scan of a program that has ended.
REST = 6
HELD = {0.5: 75, 1: 85, 2: 90, 5: 95, 20: 98}
RATIO = Target(low=0.9, high=1.1)


def run(setting):
    findings = []
    with daemon(setting.binary, OBSERVATION_ONLY + GROUPS) as exporter:
        time.sleep(REST)
        for length, count in LIVES.items():
            held, cpu = live(setting, length, setting.scaled(count))
            time.sleep(REST)
            counted_held = counted(exporter, "held", length)
            counted_cpu = counted(exporter, "cpu", length)
            cpu_share = f"{100 * counted_cpu / cpu:.0f} % of the CPU time"
            findings.append(
                Finding.of(
                    f"held time of programs of {length:g} s that is counted",
                    Target(low=HELD[length]),
                    [100 * counted_held / held],
                    "%",
                    f"{cpu_share}, of {setting.scaled(count)} programs",
                )
            )
            if counted_cpu:
                ratio = counted_held / counted_cpu / (held / cpu)
                findings.append(Finding.of("counted held time per CPU, per the true one", RATIO, [ratio]))
    return findings


def live(setting, length, count):
    """The seconds for which the programs held their locks, and their CPU time."""
    python, program = setting.interpreters[0].path, str(Path(__file__).with_name("life.py"))
    held = cpu = 0.0
    for _ in setting.steps(count):
        done = subprocess.run([python, program, str(length)], capture_output=True, text=True)
        if done.returncode != 0:
            raise CouldNotRun(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
        seconds, used = map(float, done.stdout.split())
        held, cpu = held + seconds, cpu + used
        time.sleep(random.uniform(0, PAUSE))
    return held, cpu


def counted(exporter, what, length):
    metrics, _ = exporter.await_scrape()
    pattern = rf'^gil_process_{what}_seconds_total{{group="life-{length}"[^}}]*}} (\S+)$'
    return sum(map(float, re.findall(pattern, metrics.decode(), re.MULTILINE)))
