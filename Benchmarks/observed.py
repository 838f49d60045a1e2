"""The observed Python processes."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from .report import CouldNotRun

OBSERVATION_ONLY = "probing: {enabled: false}\n"

# Two threads that contend for the lock until they are killed.
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
def crowd(python, pythons, others=0, *, hold=False):
    """Processes that sleep, or hold their locks for ever, with one of the Pythons as their parent."""
    command = [python, str(Path(__file__).with_name("crowd.py")), str(pythons - 1), str(others), *["hold"] * hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin and parent.stdout
        try:
            if parent.stdout.readline() != "ready\n":
                raise CouldNotRun(f"the host does not allow {pythons + others} processes")
            yield
        finally:
            parent.stdin.close()
            parent.wait()


def py_spy_program(setting):
    """py-spy, installed in .cache if it is missing; None without PyPI.

    It is the program itself: on PATH may be a script that starts it, whose CPU is not py-spy's.
    """
    cache = Path(__file__).resolve().parent.parent / ".cache/py-spy"
    directories = [*os.environ.get("PATH", "").split(":"), *(Path(one.path).parent for one in setting.all_interpreters)]
    found = next(filter(is_program, (f"{directory}/py-spy" for directory in [*directories, cache / "bin"])), None)
    if found:
        return found
    print("Installing py-spy in .cache/py-spy", file=sys.stderr)
    for command in [
        [sys.executable, "-m", "venv", str(cache)],
        [str(cache / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "py-spy"],
    ]:
        if subprocess.run(command).returncode != 0:
            return None
    return str(cache / "bin/py-spy")


def is_program(path):
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


def await_observed(exporter, count, time_limit=60):
    """Returns when at least this number of processes is observed."""
    deadline = time.monotonic() + time_limit
    while sum(exporter.series("gil_processes").values()) < count:
        if time.monotonic() > deadline:
            raise CouldNotRun(f"not all of {count} Python processes were observed within {time_limit} s")
        time.sleep(0.1)
