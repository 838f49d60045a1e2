"""Which functions hold the lock, and what they cost others."""

import subprocess

from .report import case, steady
from .watch import BINARY, RATE

# A thread holds the lock in C in two functions, for 30 and 10 ms, while three others want it. The names are not ASCII,
# the calls are deep, and a generator is between them. It says how long each function really took.
ALTERNATION = """
import ctypes, sys, threading, time
usleep = ctypes.PyDLL(None).usleep
took = {"lange_rückgabe": 0.0, "κράτημα": 0.0}
def lange_rückgabe():
    began = time.monotonic()
    usleep(30000)
    took["lange_rückgabe"] += time.monotonic() - began
def κράτημα():
    began = time.monotonic()
    usleep(10000)
    took["κράτημα"] += time.monotonic() - began
def steps():
    while True:
        lange_rückgabe()
        yield
        κράτημα()
        yield
def down(depth):
    if depth:
        down(depth - 1)
    else:
        for _ in steps():
            if stopped:
                return
def want():
    while not stopped:
        time.sleep(0.0001)
stopped = False
def listen():
    global stopped
    sys.stdin.readline()
    for name in took:
        took[name] = 0.0
    print("begun", flush=True)
    sys.stdin.readline()
    stopped = True
    print(*took.values(), flush=True)
for target in [want, want, want, listen]:
    threading.Thread(target=target, daemon=True).start()
print("ready", flush=True)
down(30)
"""


@case(
    "two functions that hold the lock in C get the waits that they cause",
    of=lambda interpreter: interpreter.has_gil and interpreter.has_ctypes and interpreter.libc != "musl",
)
def alternation(interpreter):
    command = [*interpreter.command, "-I", "-X", "utf8", "-c", ALTERNATION]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as running:
        try:
            assert running.stdout and running.stdin
            assert running.stdout.readline() == "ready\n"
            running.stdin.write("\n")
            running.stdin.flush()
            assert running.stdout.readline() == "begun\n"
            stacks = profile(running.pid)
            running.stdin.write("\n")
            running.stdin.flush()
            long, short = map(float, running.stdout.readline().split())
        finally:
            running.kill()
    total = sum(stacks.values())
    share = {name: sum(cost for stack, cost in stacks.items() if stack[-1] == name) / total for name in names(stacks)}
    seen = share.get("lange_rückgabe", 0) / (share.get("lange_rückgabe", 0) + share.get("κράτημα", 0))
    truth = long / (long + short)
    steady(abs(seen - truth) < 0.05, f"share {seen:.3f}, but it was {truth:.3f}")
    steady(share.get("<unknown>", 0) < 0.02, f"unknown {share.get('<unknown>', 0):.3f}")
    whole = max((stack for stack in stacks if stack[-1] == "lange_rückgabe"), key=lambda stack: stacks[stack])
    assert whole == ("<module>", *["down"] * 31, "steps", "lange_rückgabe"), whole
    return f"share {seen:.3f} of {truth:.3f}, unknown {share.get('<unknown>', 0):.3f}"


def names(stacks):
    return {stack[-1] for stack in stacks}


def profile(pid, seconds=3):
    """Microseconds of wait by stack, each a tuple of functions, the outermost first."""
    command = [BINARY, "profile", "--format=folded", f"--duration={seconds}s", f"--rate={RATE}", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, encoding="utf-8")
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stderr.strip()}"
    stacks: dict[tuple[str, ...], int] = {}
    for line in done.stdout.splitlines():
        text, _, cost = line.rpartition(" ")
        stack = tuple(frame.partition(" (")[0] for frame in text.split(";"))
        stacks[stack] = stacks.get(stack, 0) + int(cost)
    return stacks
