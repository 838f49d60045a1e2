"""The Python processes that are observed."""

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from .report import CouldNotRun

# The probes of one short round, and then nothing but observation.
OBSERVATION_ONLY = "probing:\n  interval: 1h\n  jitter: 0%\n  probes: [single]\nruntimes:\n  discover: none\n"

# Two threads that contend for the lock for as long as they are let.
BUSY = """
import sys, threading
def count():
    while True: pass
for _ in range(2): threading.Thread(target=count, daemon=True).start()
sys.stdin.read()
"""
IDLE = "import sys; sys.stdin.read()"


@contextmanager
def process(python, script, *words):
    with subprocess.Popen([python, "-c", script, *words], stdin=subprocess.PIPE) as child:
        try:
            yield child.pid
        finally:
            child.kill()


@contextmanager
def crowd(python, pythons, others=0):
    """So many processes that do nothing, one of the Pythons being their parent."""
    command = [python, str(Path(__file__).with_name("crowd.py")), str(pythons - 1), str(others)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin and parent.stdout
        try:
            if parent.stdout.readline() != "ready\n":
                raise CouldNotRun(f"the host does not let {pythons + others} processes be")
            yield
        finally:
            parent.stdin.close()
            parent.wait()


def await_observed(exporter, count, time_limit=60):
    """Returns when so many processes are observed at least."""
    deadline = time.monotonic() + time_limit
    while sum(exporter.series("gil_processes").values()) < count:
        if time.monotonic() > deadline:
            raise CouldNotRun(f"not all of {count} Python processes were observed within {time_limit} s")
        time.sleep(0.1)
