"""The binary under test, run as a person runs it."""

import json
import os
import subprocess

BINARY = os.environ["GIL_EXPORTER"]
# Samples a second: so many that what they say by chance is far below what is judged.
RATE = "2000"


def command(*words):
    return [BINARY, "watch", "--json", "--rate", RATE, *map(str, words)]


def read(line):
    document = json.loads(line)
    # It has the whole script that the process runs.
    document["command"] = document["command"][:80]
    return document


def look(*pids, seconds=0.8, options=()):
    """What it says of the processes after so many seconds, by process."""
    done = subprocess.run(
        command("--once", "--interval", seconds, *options, *pids), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stderr.strip()}"
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
        """The next document; it fails when there is none any more, with what it complains of."""
        assert self.process.stdout and self.process.stderr
        line = self.process.stdout.readline()
        assert line, f"the watch has ended: {self.process.stderr.read().decode().strip()}"
        return read(line)

    def end(self):
        """What it complains of when it ends by itself, and how many documents there were until then."""
        rest, complaint = self.process.communicate(timeout=60)
        assert self.process.returncode == 1, self.process.returncode
        return complaint.decode().strip(), len(rest.splitlines())
