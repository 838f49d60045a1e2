"""What profiles of the lock cost, and whether they are right."""

import ast
import re
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from .exporter import daemon
from .observe_slowdown import PAIRS_OF_A_PROCESS, judge, pairs
from .observed import BUSY, IDLE, OBSERVATION_ONLY, await_observed, process, py_spy_program
from .report import CouldNotRun, Finding, Target

QUESTION = "what does it cost to know who holds the lock, and is the answer right?"
# A budget would lower the rate of the exporter that does more.
OBSERVED = OBSERVATION_ONLY + "observation:\n  cpu_budget: 100%\n"
# Other processes of the host would count on both sides.
ALONE = "  groups:\n    - {name: alone, command_line: 'observed-alone$'}\n    - {exclude: true, command_line: .}\n"
PROFILED = ["--web.enable-profile"]
SECONDS, WINDOWS, PAIRS = 3, 6, 500
GROUPS, STACKS, SECONDS_OF_GROUPS = 100, 500, 40
GROUPED = OBSERVED + "  groups:\n    - {name: 'stacks $1', command_line: 'stacks_(\\d+)'}\n"
RATE, SECONDS_OF_TRUTH = 100, 30

# Holds the lock in C, in a number of stacks of 20 calls: 10 are common to all, 6 to ten stacks, and 4 its own.
STACKED = """
import ctypes, sys, threading, time
usleep = ctypes.PyDLL(None).usleep
functions = []
for number in range(250):
    name = f"handle_request_{number}"
    exec(compile(
        f"def {name}(stack, depth):\\n"
        "    if depth == len(stack): return usleep(20000)\\n"
        "    functions[stack[depth]](stack, depth + 1)\\n",
        f"/usr/lib/python3/dist-packages/service/part_{number // 20}.py", "exec",
    ))
    functions.append(globals()[name])
def hold():
    while True:
        for number in range(int(sys.argv[1])):
            shared = [10 + (number // 10 * 7 + place) % 90 for place in range(6)]
            own = [100 + (number * 4 + place) % 150 for place in range(4)]
            functions[0]([*range(10), *shared, *own], 1)
def want():
    while True: time.sleep(0.005)
for one in [hold, want]: threading.Thread(target=one, daemon=True).start()
sys.stdin.read()
"""

# Holds the lock in three ways, and adds up for how long: one function that is in no hurry, calls that are shorter than
# the reading of a stack, and holds that are not much longer. Two threads want the lock all the time.
KINDS = """
import sys, threading, time
held = {"slow": 0.0, "fast": 0.0, "brief": 0.0}
def slow():
    for _ in range(300000): pass
def left(): pass
def right(): pass
def fast():
    for _ in range(50000):
        left()
        right()
def brief():
    end = time.perf_counter() + 0.00005
    while time.perf_counter() < end: pass
def work():
    while True:
        for function, times in [(slow, 1), (fast, 1), (brief, 100)]:
            for _ in range(times):
                began = time.thread_time()
                function()
                held[function.__name__] += time.thread_time() - began
                if function is brief: time.sleep(0)
def want():
    while True: time.sleep(0.0001)
for one in [work, want, want]: threading.Thread(target=one, daemon=True).start()
for _ in sys.stdin: print(held, flush=True)
"""


def run(setting):
    python = setting.interpreters[0].path
    return [
        cost(setting, "one contended process", BUSY),
        cost(setting, "one idle process", IDLE),
        *slowdown(setting, python),
        memory(setting, python),
        *truth(setting, python),
        agreement(setting, python),
    ]


def cost(setting, what, script):
    """The CPU of the sampling threads of two exporters, one of them with profiles, for the same process and time.

    It depends on which CPUs they share with the process, so that many windows are compared.
    """
    ratios, used = [], [0.0, 0.0]
    for _ in setting.repeat(3):
        with ExitStack() as stack:
            stack.enter_context(process(setting.interpreters[0].path, script, "observed-alone"))
            exporters = [
                stack.enter_context(daemon(setting.binary, OBSERVED + ALONE, options=options))
                for options in (PROFILED, [])
            ]
            for exporter in exporters:
                await_observed(exporter, 1)
            before = [exporter.thread_cpu_seconds("gil-sample") for exporter in exporters]
            for _ in range(WINDOWS):
                time.sleep(SECONDS)
                after = [exporter.thread_cpu_seconds("gil-sample") for exporter in exporters]
                window = [later - earlier for earlier, later in zip(before, after)]
                ratios.append(window[0] / window[1])
                used = [sum(pair) for pair in zip(used, window)]
                before = after
    shares = [100 * seconds / SECONDS / len(ratios) for seconds in used]
    note = f"{shares[0]:.2f} % of a CPU, without {shares[1]:.2f} %"
    return Finding.of(f"CPU of sampling with profiles / without, {what}", Target(high=1.5), ratios, note=note)


def slowdown(setting, python):
    command = [setting.binary, "profile", f"--rate={RATE}", "--duration=1h", "--output=/dev/null"]
    for workers, label in [(1, "one thread"), (2, "two threads that contend")]:
        ratios = []
        for _ in setting.repeat(PAIRS // PAIRS_OF_A_PROCESS):
            ratios += pairs(python, workers, command)
        for what, samples in zip(["duration", "CPU"], zip(*ratios)):
            yield judge(f"{label}: {what} while profiled / alone", samples)


def memory(setting, python):
    resident, stacks = {}, 0
    with ExitStack() as stack:
        for number in range(GROUPS):
            stack.enter_context(process(python, STACKED, str(STACKS), f"stacks_{number}"))
        for options in ([], PROFILED):
            with daemon(setting.binary, GROUPED + f"  group_limit: {2 * GROUPS}\n", options=options) as exporter:
                await_observed(exporter, GROUPS)
                time.sleep(SECONDS_OF_GROUPS)
                resident[bool(options)] = exporter.resident_megabytes()
                if options:
                    stacks = stacks_of(exporter, "stacks%207")
    return Finding.of(
        f"memory that profiles of {GROUPS} groups of {STACKS} stacks take",
        Target(high=10),
        [resident[True] - resident[False]],
        "MB",
        note=f"{resident[True]:.1f} MB, without {resident[False]:.1f} MB; {stacks} stacks in one of them",
    )


def stacks_of(exporter, group):
    """The number of samples in a profile: fields 2 of the message, google/pprof's profile.proto."""
    with urllib.request.urlopen(f"http://127.0.0.1:{exporter.port}/debug/pprof/gil/{group}") as response:
        content, place, count = response.read(), 0, 0

    def number():
        nonlocal place
        value, shift = 0, 0
        while True:
            byte = content[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while place < len(content):
        key = number()
        length = number()
        count += key == 2 << 3 | 2
        if key & 7 == 2:
            place += length
    return count


def truth(setting, python):
    """Whether stacks that are hard to read are missing from the profile."""
    differences: dict[str, list[float]] = {"fast": [], "brief": []}
    unknown, notes = [], []
    for _ in setting.repeat(2):
        with subprocess.Popen([python, "-c", KINDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            try:
                before = ask(child)
                stacks = held_by_profile(setting.binary, child.pid)
                after = ask(child)
            finally:
                child.kill()
        seen = {kind: sum(cost for stack, cost in stacks.items() if kind in stack) for kind in after}
        true = {kind: after[kind] - before[kind] for kind in after}
        notes.append(", ".join(f"{kind} {share(seen, kind):.1f} ({share(true, kind):.1f})" for kind in seen))
        for kind, found in differences.items():
            found.append(share(seen, kind) - share(true, kind))
        unknown.append(100 * stacks.get(("<unknown>",), 0) / sum(stacks.values()))
    yield Finding.of("held time that is unknown", Target(high=2), unknown, "%")
    for kind, what, target in [
        ("fast", "calls shorter than a reading", Target(-3, 3)),
        # The thread is often in its caller when its stack is read.
        ("brief", "holds of 50 µs", Target()),
    ]:
        yield Finding.of(
            f"{what}: share of held time - truth",
            target,
            differences[kind],
            "points",
            note=f"% profiled (true): {'; '.join(notes)}",
        )


def agreement(setting, python):
    """The largest difference of a function's share of the held time to py-spy's."""
    target, what = Target(high=3), "share of held time of any function - py-spy record --gil"
    program = py_spy_program(setting)
    if not program:
        return Finding.missing(what, target, "py-spy could not be installed", "points")
    differences, notes = [], []
    for _ in setting.repeat(1):
        with process(python, KINDS) as pid:
            # It has started, and imported everything.
            time.sleep(1)
            ours = leaves(held_by_profile(setting.binary, pid))
            theirs = leaves(held_by_py_spy(program, pid))
        names = {name for name in [*ours, *theirs] if max(share(ours, name), share(theirs, name)) >= 1}
        differences.append(max(abs(share(ours, name) - share(theirs, name)) for name in names))
        notes += [f"{name} {share(ours, name):.1f} ({share(theirs, name):.1f})" for name in sorted(names)]
    return Finding.of(what, target, differences, "points", note=f"% (py-spy): {', '.join(notes)}")


def share(costs, name):
    return 100 * costs.get(name, 0) / sum(costs.values())


def ask(child):
    print(file=child.stdin, flush=True)
    return ast.literal_eval(child.stdout.readline())


def held_by_profile(binary, pid):
    command = [binary, "profile", "--format=folded", "--cost=held", f"--rate={RATE}"]
    done = subprocess.run([*command, f"--duration={SECONDS_OF_TRUTH}s", str(pid)], capture_output=True, text=True)
    if done.returncode != 0:
        raise CouldNotRun(f"gil-exporter profile: {done.stderr.strip()}")
    return folded(done.stdout)


def held_by_py_spy(program, pid):
    with tempfile.TemporaryDirectory() as directory:
        command = [program, "record", "--gil", "--format=raw", f"--rate={RATE}", f"--duration={SECONDS_OF_TRUTH}"]
        done = subprocess.run(
            [*command, f"--output={directory}/stacks", "--pid", str(pid)], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise CouldNotRun(f"py-spy: {done.stderr.strip()}")
        return folded(Path(f"{directory}/stacks").read_text())


def folded(text):
    """Costs by stack, each a tuple of names, the outermost first."""
    stacks: dict[tuple[str, ...], int] = {}
    for line in text.splitlines():
        frames, _, cost = line.rpartition(" ")
        stack = tuple(re.sub(r" \(.*", "", frame) for frame in frames.split(";"))
        stacks[stack] = stacks.get(stack, 0) + int(cost)
    return stacks


def leaves(stacks):
    """Costs by the innermost function, of all stacks that are known."""
    found: dict[str, int] = {}
    for stack, cost in stacks.items():
        if stack[-1] != "<unknown>":
            found[stack[-1]] = found.get(stack[-1], 0) + cost
    return found
