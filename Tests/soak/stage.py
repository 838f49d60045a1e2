"""What a disturbance works with. Whatever it starts here ends with it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = str(Path(__file__).with_name("programs.py"))
BENCHMARKS = Path(__file__).resolve().parents[2] / "Benchmarks"


class Stage:
    def __init__(self, exporter, findings, schedule, chance, event):
        self.exporter, self.findings, self.schedule = exporter, findings, schedule
        self.chance, self.event, self.stopping = chance, event, schedule.stopping
        self.processes: list[subprocess.Popen] = []
        self.folder = Path(tempfile.mkdtemp(dir=exporter.folder))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            # Its session has its children, too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def pause(self, seconds):
        """Waits. Returns whether the run goes on."""
        return not self.stopping.wait(seconds)

    def spawn(self, *command, **options):
        """Starts a program in a session of its own."""
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([str(word) for word in command], start_new_session=True, **{**streams, **options})
        self.processes.append(process)
        return process

    def program(self, name, *words, **options):
        """Starts a function of programs.py."""
        return self.spawn(sys.executable, PROGRAMS, name, *words, **options)

    def note(self, text):
        self.event.notes.append(text)
