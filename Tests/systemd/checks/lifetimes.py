"""Stops, crashes and restarts."""

import os
import signal
import time

from .host import (
    BRISK,
    UNIT,
    configure,
    drop_in,
    is_alive,
    journal,
    lengthy,
    main_pid,
    remove_drop_in,
    restart,
    samples,
    shown,
    systemctl,
    until,
    worker_pids,
)
from .report import Skipped, check

MEMORY_V1 = "/shared/limited-memory/cgroup.procs"


def in_the_middle_of_a_probe(runtime):
    """Lets the service run a long probe. Returns the processes of its worker."""
    configure(lengthy(runtime))
    restart()
    # The worker itself, and the processes that count down.
    return until(lambda: len(worker_pids()) >= 3 and worker_pids(), f"{runtime} counts down")


def stop():
    began = time.monotonic()
    systemctl("stop", UNIT)
    took = time.monotonic() - began
    assert took <= 2, f"{took:.2f} s"
    assert shown("Result") == "success", shown("Result")
    return f"{took:.2f} s"


@check("it stops within 2 s between probes")
def stops():
    configure("runtimes:\n  discover: none\nprobing:\n  interval: 1h\n  cpu_budget: 100%\n")
    restart()
    until(lambda: samples().get("gil_rounds_total") == 1, "the round is over")
    return stop()


@check("it stops within 2 s during a native probe, and no worker survives")
def stops_in_native():
    workers = in_the_middle_of_a_probe("native")
    figure = stop()
    assert not any(map(is_alive, workers)), "a worker lives on"
    return figure


@check("it stops within 2 s during a Python probe, and no worker survives")
def stops_in_python():
    workers = in_the_middle_of_a_probe("python3")
    figure = stop()
    assert not any(map(is_alive, workers)), "a worker lives on"
    return figure


@check("after SIGKILL no worker of either runtime survives, and the service restarts")
def killed():
    for runtime in ("native", "python3"):
        workers = in_the_middle_of_a_probe(runtime)
        pid = main_pid()
        os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(is_alive, workers)), f"{runtime}'s workers are gone")
        until(lambda: shown("ActiveState") == "active" and main_pid() not in (0, pid), "the service is back")


@check("the watchdog ends a stuck daemon, and the service restarts")
def watchdog():
    configure(BRISK)
    drop_in("brisk-watchdog.conf", "[Service]\nWatchdogSec=2s\n")
    restart()
    try:
        pid, restarts = main_pid(), int(shown("NRestarts"))
        os.kill(pid, signal.SIGSTOP)
        until(lambda: int(shown("NRestarts")) > restarts and shown("ActiveState") == "active", "the restart")
        assert main_pid() != pid
        assert "atchdog timeout" in journal(), journal()[-1000:]
    finally:
        remove_drop_in("brisk-watchdog.conf")
        restart()


@check("the watchdog does not end a working daemon, even during probes")
def watchdog_is_fed():
    # Long enough for a virtual machine that stands still for a second, and far shorter than the rounds together.
    drop_in("brisk-watchdog.conf", "[Service]\nWatchdogSec=2s\n")
    configure(BRISK)
    restart()
    try:
        pid = main_pid()
        until(lambda: samples().get("gil_rounds_total", 0) >= 3, "three rounds", seconds=60)
        assert main_pid() == pid
    finally:
        remove_drop_in("brisk-watchdog.conf")
        restart()


def limit_memory():
    """Limits the service to 128 MB. Returns a function that lifts the limit."""
    with open("/sys/fs/cgroup/cgroup.controllers") as file:
        if "memory" in file.read().split():
            drop_in("memory.conf", "[Service]\nMemoryMax=128M\nMemorySwapMax=0\n")
            restart()
            return lambda: remove_drop_in("memory.conf")
    if not os.path.exists(MEMORY_V1):
        raise Skipped("no memory controller")
    restart()
    with open(MEMORY_V1, "w") as file:
        file.write(str(main_pid()))
    return lambda: None


@check("a worker that runs out of memory is a failed run, and the daemon survives")
def out_of_memory():
    with open("/usr/local/bin/greedy", "w") as file:
        file.write(
            "#!/usr/bin/python3\n"
            "import json, sys\n"
            'if json.loads(sys.argv[-1])["task"] == "run": memory = b"x" * (1 << 30)\n'
            'print(json.dumps({"protocol": 1, "implementation": "greedy", "version": "1", "free_threaded": False,\n'
            '    "path": "/usr/local/bin/greedy", "iterations": 1024, "supported": ["single"], "unsupported": {}}))\n'
        )
    os.chmod("/usr/local/bin/greedy", 0o755)
    configure(
        f"{BRISK}  probes: [single]\nruntimes:\n  discover: none\n"
        "  list:\n    - name: greedy\n      program: /usr/local/bin/greedy\n"
    )
    unlimit = limit_memory()
    try:
        pid = main_pid()
        crashes = 'gil_probe_failures_total{runtime="greedy",probe="single",reason="crash"}'
        until(lambda: samples().get(crashes, 0) >= 1, "a crash is counted")
        assert main_pid() == pid and shown("ActiveState") == "active", "the daemon was ended too"
    finally:
        unlimit()
        configure(BRISK)
        restart()
        os.remove("/usr/local/bin/greedy")
