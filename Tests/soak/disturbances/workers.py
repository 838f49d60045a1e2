"""Workers that are killed and stopped."""

import contextlib
import os
import signal
import time
from pathlib import Path

from ..schedule import disturbance


def family(pid):
    """The children of a process, and theirs."""
    found = []
    # Any of them may end meanwhile.
    with contextlib.suppress(OSError):
        for file in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in file.read_text().split():
                found += [int(child), *family(child)]
    return found


def strike(stage, seconds, signals, rest):
    """Sends a signal to a random process below the exporter, again and again."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end and stage.pause(stage.chance.uniform(*rest)):
        if workers := family(stage.exporter.pid):
            try:
                os.kill(stage.chance.choice(workers), stage.chance.choice(signals))
                count += 1
            except ProcessLookupError:
                pass
    stage.note(f"{count} signals")


@disturbance("workers that are killed", seconds=(4, 8), pause=4)
def kill(stage, seconds):
    strike(stage, seconds, [signal.SIGKILL], (0.05, 0.4))


@disturbance("workers that are stopped", seconds=(4, 8), pause=4)
def stop(stage, seconds):
    strike(stage, seconds, [signal.SIGSTOP], (0.2, 1))


@disturbance("workers that get signals of all kinds", seconds=(4, 8), pause=4)
def signals(stage, seconds):
    kinds = [
        signal.SIGTERM,
        signal.SIGSEGV,
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGUSR1,
        signal.SIGSTOP,
        signal.SIGCONT,
    ]
    strike(stage, seconds, kinds, (0.05, 0.4))
