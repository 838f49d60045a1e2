"""Which functions hold the lock, and what they cost others."""

import os
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from statistics import mean

from .observed import FOLDER, Observed
from .report import Skipped, Unsteady, case, near, steady
from .watch import BINARY, RATE

# Measurements of which the mean is compared, at most.
ROUNDS = 5


def with_waiters(interpreter):
    return interpreter.has_gil and interpreter.tells_waiters


def with_c(interpreter):
    return with_waiters(interpreter) and interpreter.has_ctypes


def of_these_checks(interpreter):
    return interpreter.command == [os.path.realpath(sys.executable)]


@case("two functions that hold the lock in C get the waits that they cause", of=with_c)
def in_c(interpreter):
    with holding(interpreter, "hold_in_c") as observed:
        stacks, truth = profile(observed, seconds=2)
    seen = steps(stacks)
    near(seen["lange_rückgabe"], truth["lange_rückgabe"], 0.03, "share of the longer one")
    unknown = mostly_known(stacks, 0.02)
    whole = max((stack for stack in stacks if stack[-1] == "lange_rückgabe"), key=lambda stack: stacks[stack])
    calls = ("hold_in_c", *["below"] * 31, "hold_in_c.<locals>.<lambda>", "repeat", "take_turns", "lange_rückgabe")
    if interpreter.minor < 11:
        # Code objects have no qualified names yet.
        calls = tuple(name.rpartition(".")[2] for name in calls)
    steady(whole[-len(calls) :] == calls, f"most waits have the stack {whole}")
    return f"share {seen['lange_rückgabe']:.3f} ({truth['lange_rückgabe']:.3f}), {unknown}"


@case("functions, generators, coroutines, recursion and extensions get the waits that they cause", of=with_waiters)
def ordinary(interpreter):
    rounds: list[tuple[dict[str, float], dict[str, float]]] = []
    unknown: list[float] = []
    with holding(interpreter, "hold_ordinarily") as observed:
        # Where other programs take the CPUs, each step holds the lock while it waits for one, now for long and now not.
        while True:
            stacks, truth = profile(observed, seconds=2)
            # It computes without the lock.
            truth["compress"] = 0.0
            whole = sum(truth.values())
            rounds.append((steps(stacks), {name: share / whole for name, share in truth.items()}))
            unknown.append(stacks.get(("<unknown>",), 0) / sum(stacks.values()))
            deep = max(stack.count("below") for stack in stacks)
            try:
                steady(deep == 201, f"a recursion 201 deep has {deep} calls")
                steady(mean(unknown) <= 0.03, f"unknown {mean(unknown):.3f}")
                return compared(rounds, f"unknown {mean(unknown):.3f}")
            except Unsteady:
                if len(rounds) == ROUNDS:
                    raise


def compared(rounds, text):
    """The mean shares of all rounds, which are to be those that were true."""
    figures = []
    for name in rounds[0][1]:
        seen = mean(shares.get(name, 0.0) for shares, _ in rounds)
        truth = mean(shares[name] for _, shares in rounds)
        near(seen, truth, 0.03, name)
        figures.append(f"{name} {100 * seen:.1f} ({100 * truth:.1f})")
    return f"{text}, % of waits (truth): {', '.join(figures)}"


@case("a loop that calls two short functions in turn is mostly known", of=with_waiters)
def short(interpreter):
    with holding(interpreter, "call_two") as observed:
        stacks, _ = profile(observed, seconds=1)
    unknown, whole = mostly_known(stacks, 0.1), sum(stacks.values())
    shares = {name: sum(cost for stack, cost in stacks.items() if stack[-1] == name) / whole for name in LEAVES}
    return f"{unknown}, " + ", ".join(f"{name} {share:.3f}" for name, share in shares.items())


LEAVES = ["left", "right", "call_two"]


@case("pprof of Go reads the profile, and finds the same function first", of=of_these_checks)
def pprof(interpreter):
    if not shutil.which("go"):
        assert not os.environ.get("CI"), "go is not installed"
        raise Skipped("takes Debian's golang-go")
    with holding(interpreter, "hold_in_c") as observed, tempfile.TemporaryDirectory() as folder:
        run_profile(observed.pid, 1, "pprof", f"--output={folder}/waits.pb")
        command = ["go", "tool", "pprof", "-top", "-sample_index=delay", f"{folder}/waits.pb"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    heads = next(index for index, line in enumerate(lines) if line.split()[:2] == ["flat", "flat%"])
    first = lines[heads + 1].split()
    assert first[-1] == "lange_rückgabe", done.stdout
    return f"{first[1]} {first[-1]}"


SERVICES = {
    "web": ("JSONEncoder.iterencode", "Orders.all_orders"),
    "pool": ("findall", "pool.<locals>.find_slow_requests"),
    "loader": ("loader.<locals>.collate", "loader.<locals>.collate"),
}


@case("of a web service, a pool and a data loader the function that makes others wait comes first", of=of_these_checks)
def services(interpreter):
    figures = []
    for service, (function, caller) in SERVICES.items():
        command = [*interpreter.command, os.path.join(FOLDER, "services.py"), service]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            try:
                assert running.stdout and running.stdout.readline() == "ready\n"
                stacks = folded(running.pid, 1)
            finally:
                running.kill()
        # Comprehensions are functions of their own before 3.12.
        by_function: dict[str, int] = {}
        for stack, cost in stacks.items():
            name = stack[-1].removesuffix(".<locals>.<listcomp>")
            by_function[name] = by_function.get(name, 0) + cost
        first = max(by_function, key=lambda name: by_function[name])
        steady(first == function, f"{service}: {first} comes first: {by_function}")
        under = sum(cost for stack, cost in stacks.items() if caller in stack) / sum(stacks.values())
        unknown = mostly_known(stacks, 0.05)
        figures.append(f"{service}: {caller} {under:.2f}, {unknown}")
    return "; ".join(figures)


def holding(interpreter, function):
    """An interpreter in which a thread runs the function, and three threads want its lock."""
    observed = Observed([*interpreter.command, "-X", "utf8"])
    for work, count in [(function, 1), ("visit_often", 3)]:
        observed.ask(f"start({work}, {count}, {work!r})")
    return observed


def profile(observed, seconds):
    """Microseconds of wait by stack, and the share that each step had in the time for which the lock was held."""
    before = observed.ask("held_so_far()")
    stacks = folded(observed.pid, seconds)
    held = {name: seconds - before.get(name, 0) for name, seconds in observed.ask("held_so_far()").items()}
    return stacks, {name: seconds / sum(held.values()) for name, seconds in held.items()}


def folded(pid, seconds):
    """Microseconds of wait by stack, each a tuple of functions, the outermost first."""
    stacks: dict[tuple[str, ...], int] = {}
    for line in run_profile(pid, seconds, "folded").splitlines():
        text, _, cost = line.rpartition(" ")
        stack = tuple(frame.partition(" (")[0] for frame in text.split(";"))
        stacks[stack] = stacks.get(stack, 0) + int(cost)
    steady(stacks, "no waits were seen")
    return stacks


def run_profile(pid, seconds, form, *options):
    command = [BINARY, "profile", f"--format={form}", f"--duration={seconds}s", f"--rate={RATE}", *options, str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, encoding="utf-8")
    # Without a CPU, the exporter may find the process too late.
    steady(done.returncode == 0, f"exit status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def steps(stacks):
    """The share that each function called by `take_turns` has in the waits that all of them cause."""
    costs: dict[str, int] = {}
    for stack, cost in stacks.items():
        for caller, function in pairwise(stack):
            if caller == "take_turns":
                costs[function] = costs.get(function, 0) + cost
    return {function: cost / sum(costs.values()) for function, cost in costs.items()}


def mostly_known(stacks, limit):
    share = stacks.get(("<unknown>",), 0) / sum(stacks.values())
    steady(share <= limit, f"unknown {share:.3f}")
    return f"unknown {share:.3f}"
