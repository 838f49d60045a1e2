"""The binary under test, run like a user runs it."""

import json
import os
import subprocess

from .report import steady

BINARY = os.environ["GIL_EXPORTER"]
# Samples per second: enough to keep the error of sampling far below the tolerances.
RATE = "2000"


def command(*words):
    return [BINARY, "watch", "--json", "--rate", RATE, *map(str, words)]


def read(line):
    document = json.loads(line)
    # It contains the whole script of the process.
    document["command"] = document["command"][:80]
    return document


def look(*pids, seconds=0.8, options=(), status=0):
    """The documents of the processes for one interval, by process. A process that cannot be observed gives status 1."""
    done = subprocess.run(
        command("--once", "--interval", seconds, *options, *pids), capture_output=True, text=True, timeout=60
    )
    assert done.returncode >= 0, f"signal {-done.returncode}: {done.stderr.strip()}"
    # Without a CPU, the exporter may find the process too late.
    steady(done.returncode == status, f"exit status {done.returncode}: {done.stderr.strip()}")
    seen = {document["pid"]: document for document in map(read, done.stdout.splitlines())}
    return seen[pids[0]] if len(pids) == 1 else [seen[pid] for pid in pids]


class Watch:
    """Watches one process until the end of the `with` statement."""

    def __init__(self, pid, seconds):
        self.process = subprocess.Popen(
            command("--interval", seconds, pid), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def next(self):
        """The next document. Fails with the standard error of the watch if it has ended."""
        assert self.process.stdout and self.process.stderr
        line = self.process.stdout.readline()
        assert line, f"the watch has ended: {self.process.stderr.read().decode().strip()}"
        return read(line)

    def end(self):
        """Its standard error when it ends by itself, and the number of documents until then."""
        rest, complaint = self.process.communicate(timeout=60)
        assert self.process.returncode == 1, self.process.returncode
        return complaint.decode().strip(), len(rest.splitlines())
