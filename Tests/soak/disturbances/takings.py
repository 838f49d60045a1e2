"""What a host takes away, and gives back: descriptors, memory, processes, disk, CPU."""

import contextlib
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

from ..schedule import disturbance

ALL = ("scrapes", "numbers")
# Seconds from one to the next: in between, the numbers are compared with the truth.
PAUSE = 14


@contextlib.contextmanager
def limited(stage, kind, soft):
    """A lower limit of the exporter, of which the hard one stays: prlimit(2)."""
    pid = stage.exporter.pid
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (soft, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, before)


def pause_then(give_back, stage, seconds):
    """Waits, and gives back what was taken, also at Ctrl-C."""
    try:
        stage.pause(seconds)
    finally:
        give_back()


@disturbance("no more descriptors", takes=ALL, pause=PAUSE)
def descriptors(stage, seconds):
    with limited(stage, resource.RLIMIT_NOFILE, stage.exporter.daemon.descriptors() + stage.chance.randrange(3)):
        stage.pause(seconds)


@disturbance("no more address space", takes=ALL, pause=PAUSE)
def addresses(stage, seconds):
    # In pages: proc_pid_statm(5). An allocation may be larger than what is left; one that the program cannot
    # do without fits.
    pages = int(Path(f"/proc/{stage.exporter.pid}/statm").read_text().split()[0])
    with limited(stage, resource.RLIMIT_AS, pages * resource.getpagesize() + (stage.chance.randrange(1, 16) << 20)):
        stage.pause(seconds)


@disturbance("no more processes and threads", takes=ALL, pause=PAUSE)
def processes(stage, seconds):
    cgroup = stage.exporter.cgroup("pids")
    cgroup.limit(max(1, cgroup.usage()))
    pause_then(lambda: cgroup.limit(None), stage, seconds)


@disturbance("memory that a neighbour in the same cgroup takes until it is killed", takes=ALL, pause=PAUSE)
def memory(stage, seconds):
    cgroup = stage.exporter.cgroup("memory")
    cgroup.limit(cgroup.usage() + (64 << 20))
    killed, end = 0, time.monotonic() + seconds
    try:
        while time.monotonic() < end and stage.pause(0.1):
            # It is killed before the exporter, and so are the workers.
            eater = stage.program("eat")
            cgroup.add(eater.pid)
            Path(f"/proc/{eater.pid}/oom_score_adj").write_text("1000")
            eater.stdin.write(b"\n")
            eater.stdin.flush()
            with contextlib.suppress(subprocess.TimeoutExpired):
                killed += eater.wait(max(0.1, end - time.monotonic())) == -signal.SIGKILL
            if eater.poll() is None:
                eater.kill()
                eater.wait()
    finally:
        cgroup.limit(None)
    stage.note(f"{killed} times")


@disturbance("a full disk", takes=(), pause=PAUSE)
def disk(stage, seconds):
    path = stage.exporter.disk / "full"
    try:
        with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass
        stage.pause(seconds)
    finally:
        path.unlink()


@disturbance("the freezer", takes=ALL, pause=PAUSE)
def freezer(stage, seconds):
    cgroup = stage.exporter.cgroup("freezer")
    cgroup.freeze(True)
    pause_then(lambda: cgroup.freeze(False), stage, seconds)


@disturbance("a quota of a twentieth of a CPU", takes=ALL, pause=PAUSE)
def quota(stage, seconds):
    cgroup = stage.exporter.cgroup("cpu")
    cgroup.quota(0.05)
    pause_then(lambda: cgroup.quota(None), stage, seconds)


@disturbance("SIGSTOP", takes=ALL, pause=PAUSE)
def stop(stage, seconds):
    os.kill(stage.exporter.pid, signal.SIGSTOP)
    pause_then(lambda: os.kill(stage.exporter.pid, signal.SIGCONT), stage, seconds)
