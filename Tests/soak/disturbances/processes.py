"""Processes that come and go."""

import os
import signal
import subprocess
import sys

from ..schedule import Unavailable, disturbance
from ..stage import BENCHMARKS

LAST_PID = "/proc/sys/kernel/ns_last_pid"
IDLE = "import time; time.sleep(1000)"


@disturbance("short-lived processes, 40 a second")
def churn(stage, seconds):
    stage.spawn(sys.executable, BENCHMARKS / "churn.py", 40, seconds)
    stage.pause(seconds)


@disturbance("a hundred sleeping Pythons and fifty other programs")
def crowd(stage, seconds):
    # They end at the end of its standard input.
    parent = stage.spawn(sys.executable, BENCHMARKS / "crowd.py", 100, 50)
    stage.pause(seconds)
    parent.stdin.close()
    parent.wait(30)


@disturbance("Pythons that start, import and end")
def starts(stage, seconds):
    rest = seconds
    while rest > 0:
        code = stage.chance.choice(["pass", "import json, decimal", "raise SystemExit(3)", "import os; os.abort()"])
        process = stage.spawn(sys.executable, "-c", code)
        process.wait(30)
        stage.pause(0.1)
        rest -= 0.15


@disturbance("Pythons that die of signals")
def crashes(stage, seconds):
    for _ in range(4):
        stage.program("crash")
    stage.pause(seconds)


@disturbance("Pythons that are stopped and continued")
def stops(stage, seconds):
    pythons = [stage.spawn(sys.executable, "-c", IDLE) for _ in range(5)]
    rest = seconds
    while rest > 0 and stage.pause(0.3):
        rest -= 0.3
        for python in pythons:
            os.kill(python.pid, stage.chance.choice([signal.SIGSTOP, signal.SIGCONT]))


@disturbance("a thousand threads that end and come again")
def threads(stage, seconds):
    stage.program("threads", 1000)
    stage.pause(seconds)


@disturbance("titles and names of threads that change all the time, and more services than there may be groups")
def titles(stage, seconds):
    stage.program("fleet", 60, "x" * 60)
    for _ in range(3):
        # The title takes the place of the arguments, which are therefore long.
        stage.program("titles", "x" * 60)
    stage.pause(seconds)


@disturbance("Pythons that become other programs and come back")
def execs(stage, seconds):
    for _ in range(4):
        stage.program("execs")
    stage.pause(seconds)


@disturbance("zombies, and Pythons without their first thread")
def zombies(stage, seconds):
    stage.program("zombies", 12)
    stage.pause(seconds)


@disturbance("process numbers that are used again at once")
def reuse(stage, seconds):
    if not os.access(LAST_PID, os.W_OK):
        raise Unavailable("the kernel has no ns_last_pid")
    rest, wanted, same = seconds, 20000, 0
    while rest > 0 and stage.pause(0.25):
        rest -= 0.25
        # The next process gets the number behind this one: pid_namespaces(7).
        with open(LAST_PID, "w") as file:
            file.write(str(wanted - 1))
        command = stage.chance.choice([[sys.executable, "-c", IDLE], ["sleep", "1000"], [sys.executable, "-h"]])
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        same += process.pid == wanted
        stage.pause(0.2)
        process.kill()
        process.wait()
    # Other lanes start processes, too.
    stage.note(f"{same} processes had the same number")
