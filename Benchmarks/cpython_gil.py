"""Counts down in two threads, and prints the counts of the interpreter's own GIL as JSON.

Run by the interpreter under test, CPython 3.8 or later on glibc, with the iterations as its argument. The GIL is a
`struct _gil_runtime_state` (Include/internal/pycore_gil.h) in the interpreter's memory. It counts its switches itself;
and glibc counts the waits on a condition variable in `__wseq`, above a bit of another meaning
(nptl/pthread_cond_common.c): waits for the GIL, each at most one switch interval long, and forced hand-offs.
"""

import ctypes
import json
import os
import platform
import sys
import threading
import time

WORKERS = 2

# Offset of `_PyRuntime.ceval.gil` in versions with one lock for all interpreters of a process.
GIL_IN_RUNTIME = {(3, 8): 1152, (3, 9): 352, (3, 10): 352, (3, 11): 360}
# `_PyRuntime.interpreters.head` and `PyInterpreterState.ceval.gil` of 3.12, the first version with a lock for each
# interpreter, and the last without a table of offsets.
HEAD_3_12, GIL_3_12 = 40, 384
# Position of the offset of `ceval.gil` in the table (`struct _Py_DebugOffsets`) at the start of `_PyRuntime`.
COOKIE = b"xdebugpy"
FREE_THREADED_IN_TABLE, HEAD_IN_TABLE = 16, 40
GIL_IN_TABLE = {(3, 13): 112, (3, 14): 120, (3, 15): 120}

# Offsets in the GIL: the interval, the locked flag, the switches, and the two conditions. A pthread_mutex_t is between
# the conditions.
INTERVAL, LOCKED, SWITCHES, CONDITION = 0, 16, 24, 32
CONDITION_SIZE, MUTEX_SIZE = 48, {"x86_64": 40, "aarch64": 48}
# A free-threaded build has `int enabled` in front of them.
ENABLED_SIZE = 8


class Unreadable(Exception):
    """The GIL of this interpreter is not where it was expected."""


def u64(address):
    return ctypes.c_uint64.from_address(address).value


def find_gil():
    """The address of the GIL's `interval`."""
    if platform.python_implementation() != "CPython" or platform.libc_ver()[0] != "glibc":
        raise Unreadable("only CPython on glibc keeps these counts")
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    version = sys.version_info[:2]
    shift = 0
    if version in GIL_IN_RUNTIME:
        gil = runtime + GIL_IN_RUNTIME[version]
    elif version == (3, 12):
        gil = u64(u64(runtime + HEAD_3_12) + GIL_3_12)
    elif version in GIL_IN_TABLE and ctypes.string_at(runtime, len(COOKIE)) == COOKIE:
        interpreter = u64(runtime + u64(runtime + HEAD_IN_TABLE))
        gil = u64(interpreter + u64(runtime + GIL_IN_TABLE[version]))
        shift = ENABLED_SIZE if u64(runtime + FREE_THREADED_IN_TABLE) else 0
    else:
        raise Unreadable("the layout of Python {}.{} is unknown".format(*version))
    gil += shift
    # This thread holds the lock, and sys.getswitchinterval() returns the interval.
    if ctypes.c_int.from_address(gil + LOCKED).value != 1:
        raise Unreadable("what should be the lock is not locked")
    if u64(gil + INTERVAL) != round(sys.getswitchinterval() * 1e6):
        raise Unreadable("what should be the switch interval is another number")
    return gil


def counter(gil):
    """A function that reads (switches, timed waits, forced hand-offs)."""
    machine = platform.machine()
    if machine not in MUTEX_SIZE:
        raise Unreadable(f"the size of a mutex on {machine} is unknown")
    switch_condition = CONDITION + CONDITION_SIZE + MUTEX_SIZE[machine]
    return lambda: (u64(gil + SWITCHES), u64(gil + CONDITION) >> 1, u64(gil + switch_condition) >> 1)


def run_queue_seconds():
    with open("/proc/thread-self/schedstat") as file:
        return int(file.read().split()[1]) / 1e9


def countdown(n):
    while n > 0:
        n -= 1


def run(iterations):
    counts = counter(find_gil())
    readings = []
    reader, writer = os.pipe()
    writers = [writer] + [os.dup(writer) for _ in range(WORKERS - 1)]

    def work(own_writer):
        queued, cpu = run_queue_seconds(), time.thread_time()
        arrived = time.monotonic()
        # All threads continue when the last end is closed.
        os.close(own_writer)
        os.read(reader, 1)
        before = counts()
        countdown(iterations // WORKERS)
        after, finished = counts(), time.monotonic()
        readings.append((arrived, finished, time.thread_time() - cpu, run_queue_seconds() - queued, before, after))

    threads = [threading.Thread(target=work, args=(end,)) for end in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    arrivals, finishes, cpus, queues, before, after = zip(*readings)
    start = max(arrivals)
    wall = sum(finish - start for finish in finishes)
    # The earliest and the latest reading of all threads: the counts only grow.
    switches, waits, handoffs = (max(last) - min(first) for first, last in zip(zip(*before), zip(*after)))
    return {
        "duration_seconds": max(finishes) - start,
        "switches": switches,
        "timed_waits": waits,
        "forced_handoffs": handoffs,
        "lock_wait_ratio": (wall - sum(cpus) - sum(queues)) / wall,
    }


if __name__ == "__main__":
    try:
        print(json.dumps(run(int(sys.argv[1]))))
    except Unreadable as error:
        sys.exit(str(error))
