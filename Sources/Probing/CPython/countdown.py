"""Measures a Python interpreter as one job asks, and reports it as one JSON document.

Most probes count down. `refcount` takes and drops references to one object, and `latency` wakes up beside a countdown.

Documentation/worker-protocol.md describes the protocol, with the unit and meaning of every field. The job is the only
argument. The document goes to the descriptor that the job names, or else to standard output; messages for people go to
standard error. The exit status is 0 after a document, 2 after a refused job, and 1 after a failure.

The script needs Python 3.8 or later and only the standard library. Older versions must be able to parse it, to report
that they are too old, so it has no f-strings. If multiprocessing uses `forkserver` or `spawn`, its processes import
this file as `__mp_main__`: an import must have no effect.
"""

import sys
import time

if sys.version_info < (3, 8):
    sys.stderr.write("countdown: Python %s (%s) is older than 3.8\n" % (sys.version.split()[0], sys.executable))
    sys.exit(2)

# Read before the other imports, which are part of the set-up.
STARTED = time.monotonic_ns()

import json
import os
import resource
import signal
from functools import partial
from itertools import repeat
from select import PIPE_BUF

PROTOCOL = 1

# RUSAGE_THREAD of <linux/resource.h>. PyPy's module hands the number to the kernel, but has no name for it.
RUSAGE_THREAD = getattr(resource, "RUSAGE_THREAD", 1)


class Refusal(Exception):
    """Why this interpreter refuses the job."""


# The lock's own counters


class LockUnreadable(Exception):
    """The GIL of this interpreter is not at the expected address."""


# The counts that can be read, by the names of the protocol.
LOCK_COUNTS = ("switches", "timed_waits", "forced_handoffs")

# The size of a pthread_mutex_t of glibc (nptl, pthreadtypes-arch.h).
MUTEX_SIZES = {"x86_64": 40, "aarch64": 48}


def has_readable_lock():
    """Whether the counts of this kind of interpreter's GIL can be read, as far as that is known without reading them.

    The answer is the same whether the GIL is on or off, and costs no import of ctypes.
    """
    try:
        glibc = os.confstr("CS_GNU_LIBC_VERSION")
        machine = os.uname().machine
    except (ValueError, OSError):
        return False
    return (
        sys.implementation.name == "cpython"
        and sys.version_info.releaselevel == "final"
        and (3, 8) <= sys.version_info[:2] <= (3, 15)
        and glibc is not None
        and machine in MUTEX_SIZES
        and has_module("_ctypes")
    )


def has_module(name):
    from importlib.machinery import BuiltinImporter, PathFinder

    return any(finder.find_spec(name) is not None for finder in (BuiltinImporter, PathFinder))


def lock_counter():
    """A function that reads the counts of the GIL, in the order of LOCK_COUNTS, or None.

    The GIL is a `struct _gil_runtime_state` (Include/internal/pycore_gil.h). It counts its switches. glibc counts the
    waits ever begun on a condition, above one bit with another meaning, in `__wseq` (nptl/pthread_cond_common.c): the
    waits for the GIL, and the forced hand-offs.
    """
    if not has_readable_lock():
        return None
    try:
        import ctypes

        gil = find_lock(ctypes)
    except (ImportError, AttributeError, KeyError, ValueError, OSError, LockUnreadable):
        return None
    mutex = MUTEX_SIZES[os.uname().machine]
    # Set up before the countdown, so that reading is three loads.
    switches, waits, handoffs = (ctypes.c_uint64.from_address(gil + offset) for offset in (24, 32, 32 + 48 + mutex))
    return lambda: (switches.value, waits.value >> 1, handoffs.value >> 1)


def find_lock(ctypes):
    """The address of the main interpreter's GIL, by the offsets in the headers of CPython's releases."""

    def word(address):
        return ctypes.c_uint64.from_address(address).value

    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    minor = sys.version_info.minor
    if minor >= 13:
        # `struct _Py_DebugOffsets`, which has the offsets of all others.
        if ctypes.string_at(runtime, 8) != b"xdebugpy":
            raise LockUnreadable
        interpreter = word(runtime + word(runtime + 40))
        gil = word(interpreter + word(runtime + {13: 112, 14: 120, 15: 120}[minor]))
        # A build whose GIL can be off has `int enabled` in front.
        gil += 8 if word(runtime + 16) else 0
    elif minor == 12:
        gil = word(word(runtime + 40) + 384)
    else:
        gil = runtime + {8: 1152, 9: 352, 10: 352, 11: 360}[minor]
    # This thread holds the lock, and knows the interval from sys: both must be there.
    if ctypes.c_int.from_address(gil + 16).value != 1 or word(gil) != round(sys.getswitchinterval() * 1e6):
        raise LockUnreadable
    return gil


# The work of one worker. Each function but `countdown` returns the number of its iterations.


def countdown(n):
    while n > 0:
        n -= 1


def count_down(share):
    countdown(share)
    return share


# Decrements between two looks at the signal to stop, which take about 0.1 ms.
CHUNK = 4000


def count_down_until(stopped):
    decrements = 0
    while not stopped():
        countdown(CHUNK)
        decrements += CHUNK
    return decrements


def count_down_until_end(reader):
    """Count down until the end of a pipe without data, whose read end does not block."""

    def at_end():
        try:
            return os.read(reader, 1) == b""
        except BlockingIOError:
            return False

    return count_down_until(at_end)


def take_references(pairs, thing):
    """Take a reference to the thing `pairs` times, and drop as many.

    A local variable owns what it refers to, also where the interpreter can borrow a reference from another (since
    Python 3.14, optimize_load_fast in Python/flowgraph.c). Each assignment therefore increments the count of the
    thing, and decrements it for the previous value of the variable. `repeat` is the loop with the least overhead.
    """
    held = thing
    turns, rest = divmod(pairs, 10)
    for _ in repeat(None, turns):
        held = thing
        held = thing
        held = thing
        held = thing
        held = thing
        held = thing
        held = thing
        held = thing
        held = thing
        held = thing
    for _ in repeat(None, rest):
        held = thing
    del held
    return pairs


# Nanoseconds from one deadline of a waking worker to the next.
WAKE_UP_PERIOD = 1000000


def wake_up(wake_ups, limit, delays, stop):
    """Sleep until deadline after deadline, append how late this thread ran again at each, and stop the other workers.

    Deadlines that pass while the thread waits for the lock are skipped. The thread keeps the lock while it reads the
    clock. The first deadline is a period after its release from the barrier, which comes right after the last arrival.
    """
    began = now = time.monotonic_ns()
    while len(delays) < wake_ups and now - began < limit:
        deadline = now + WAKE_UP_PERIOD - (now - began) % WAKE_UP_PERIOD
        time.sleep((deadline - now) / 1e9)
        now = time.monotonic_ns()
        delays.append(max(0, now - deadline))
    stop()
    return 0


# The clocks of a worker, and its ledger


def open_schedstat():
    """This thread's scheduler statistics, or None where the kernel keeps none."""
    try:
        return os.open("/proc/thread-self/schedstat", os.O_RDONLY)
    except OSError:
        return None


def read_run_queue(schedstat):
    """Nanoseconds that the thread has been runnable without a CPU, or None where the kernel does not count them.

    The fields are time on a CPU, time on a run queue, and time slices (Documentation/scheduler/sched-stats.rst of the
    kernel). A kernel without these statistics writes three zeros (proc_pid_schedstat in fs/proc/base.c), but a thread
    that reads its own statistics has had a time slice.
    """
    if schedstat is None:
        return None
    _, waited, slices = os.pread(schedstat, 64, 0).split()
    return int(waited) if slices != b"0" else None


def measure(work, barrier, read_lock=None):
    """Work in this thread after all workers reached the barrier, and return the readings of its clocks.

    Garbage collection stays on, as in ordinary programs: only new containers trigger it, and the work creates none.
    """
    schedstat = open_schedstat()
    usage = resource.getrusage(RUSAGE_THREAD)
    queued_before = read_run_queue(schedstat)
    lock_before = read_lock() if read_lock else None
    arrived = time.monotonic_ns()
    wait_at(barrier)
    # The clock first. os.pread() gives up the GIL, and the time that the thread then waits for a CPU counts as that of
    # the work: ledger() must not add it to the time at the barrier, too.
    released = time.monotonic_ns()
    queued = read_run_queue(schedstat)
    cpu = time.thread_time_ns()
    iterations = work()
    # The clock last: if the thread loses its CPU between two readings, its run-queue time must not exceed its time.
    queued_after = read_run_queue(schedstat)
    cpu = time.thread_time_ns() - cpu
    finished = time.monotonic_ns()
    lock_after = read_lock() if read_lock else None
    usage_after = resource.getrusage(RUSAGE_THREAD)
    if schedstat is not None:
        os.close(schedstat)
    known = None not in (queued_before, queued, queued_after)
    return {
        "iterations": iterations,
        "arrived": arrived,
        "released": released,
        "finished": finished,
        "lock_before": lock_before,
        "lock_after": lock_after,
        "cpu": cpu,
        "user": usage_after.ru_utime - usage.ru_utime,
        "system": usage_after.ru_stime - usage.ru_stime,
        "run_queue_at_barrier": queued - queued_before if known else None,
        "run_queue": queued_after - queued if known else None,
        "voluntary_switches": usage_after.ru_nvcsw - usage.ru_nvcsw,
        "involuntary_switches": usage_after.ru_nivcsw - usage.ru_nivcsw,
    }


class Phase:
    """The readings of workers that all waited at one barrier."""

    def __init__(self, readings):
        self.readings = readings
        self.opened = max(reading["arrived"] for reading in readings)
        self.duration = max(reading["finished"] for reading in readings) - self.opened
        self.ledgers = [ledger(reading, self.opened) for reading in readings]


def ledger(reading, opened):
    """The ledger of a worker as in the protocol; `opened` is the time at which the barrier opened."""
    wall, cpu, run_queue = reading["finished"] - opened, reading["cpu"], reading["run_queue"]
    if run_queue is not None:
        # Between the opening of the barrier and its own release the worker was waking up: on a run queue as far as it
        # was seen on one, and waiting for the lock otherwise.
        run_queue += min(reading["released"] - opened, reading["run_queue_at_barrier"])
    # getrusage(2) splits the same CPU time by samples and rounds it to microseconds; the thread's clock is exact.
    both = reading["user"] + reading["system"]
    user = round(cpu * reading["user"] / both) if both > 0 else cpu
    return {
        "iterations": reading["iterations"],
        "wall_ns": wall,
        "user_ns": user,
        "system_ns": cpu - user,
        "run_queue_ns": run_queue,
        "lock_wait_ns": None if run_queue is None else max(0, wall - cpu - run_queue),
        "voluntary_switches": reading["voluntary_switches"],
        "involuntary_switches": reading["involuntary_switches"],
    }


def sum_of_ledgers(ledgers):
    """The ledger of a worker over several phases. A value that is unknown in one of them is unknown."""
    columns = {key: [it[key] for it in ledgers] for key in ledgers[0]}
    return {key: None if None in values else sum(values) for key, values in columns.items()}


def lock_counts(readings):
    """The counts of the lock from the last arrival to the last finish, or None where it cannot be read."""
    if any(reading["lock_before"] is None for reading in readings):
        return None
    # The counters only grow, so the newest reading has the largest numbers.
    before = map(max, zip(*[reading["lock_before"] for reading in readings]))
    after = map(max, zip(*[reading["lock_after"] for reading in readings]))
    differences = [late - early for early, late in zip(before, after)]
    return dict(zip(LOCK_COUNTS, differences))


# The barrier is a pipe. Each worker has its own write end and closes it on arrival. All read the end of the file at the
# same moment, when the last write end is closed (pipe(7)). Threads, processes and subinterpreters have no other barrier
# in common, and the last to arrive wakes the others with a single system call.


def open_barriers(workers):
    """A barrier for workers of this process, as each of them sees it."""
    reader, writer = os.pipe()
    return [(reader, writer)] + [(reader, os.dup(writer)) for _ in range(1, workers)]


def wait_at(barrier):
    reader, writer = barrier
    os.close(writer)
    os.read(reader, 1)


# Threads


def give_up(error):
    """End the process after an error of one worker, because the others would wait at the barrier for ever."""
    sys.excepthook(type(error), error, error.__traceback__)
    sys.stderr.flush()
    os._exit(1)


def run_in_threads(tasks):
    """The results of the tasks, each run in its own thread.

    This thread waits without a time limit, because polling would need the GIL. The threads are daemons, so that the
    process ends if one of them cannot be started.
    """
    # Not at the top, because subinterpreters read this file too: Python 3.12 hangs when it destroys one that imported
    # threading in a thread that has ended.
    import threading

    results = [None] * len(tasks)

    def run(index, task):
        try:
            results[index] = task()
        except BaseException as error:
            give_up(error)

    threads = [threading.Thread(target=run, args=item, daemon=True) for item in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def measure_in_threads(works, read_lock=None):
    barriers = open_barriers(len(works))
    return run_in_threads([partial(measure, *seat, read_lock=read_lock) for seat in zip(works, barriers)])


def measure_under_lock(works):
    return measure_in_threads(works, read_lock=lock_counter())


# Processes


# The extension modules that multiprocessing needs, and that a build may lack (Modules/Setup of CPython).
MULTIPROCESSING = ("_multiprocessing", "_socket", "_struct", "select")


def multiprocess_obstacle():
    """Why this interpreter cannot use processes, or None.

    The import of multiprocessing would tell, too, but takes longer than the rest of the set-up.
    """
    missing = [name for name in MULTIPROCESSING if not has_module(name)]
    return "this build lacks a module: {}".format(missing[0]) if missing else None


def end_with_parent():
    """Make the kernel kill this process when its parent ends, even if the parent is killed.

    The end of the parent closes its end of the sentinel pipe, and a read end with O_ASYNC then raises the signal that
    F_SETSIG chose (fcntl(2)). PR_SET_PDEATHSIG would follow the thread that forked, or the fork server, and needs
    ctypes, which an interpreter may lack. Where fcntl(2) is refused, the exporter still ends this process.
    """
    import fcntl
    import multiprocessing
    import select

    sentinel = multiprocessing.parent_process().sentinel  # type: ignore[union-attr]
    try:
        fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)
    except OSError:
        return
    gone_before, _, _ = select.select([sentinel], [], [], 0)
    if gone_before:
        os._exit(1)


def send_readings(work, reader, writer, sender):
    """Work in a thread of this process, and send the readings.

    The main thread only waits, as in `single`: PyPy counts down several times faster in it than in another thread.
    """
    end_with_parent()
    barrier = os.dup(reader.fileno()), os.dup(writer.fileno())
    writer.close()
    sender.send(run_in_threads([partial(measure, work, barrier)])[0])


def measure_in_processes(works):
    """The readings of the works, each done in its own process.

    They are not those of a Pool, which replaces each process that ends, for ever if none can set itself up. The end of
    a process closes its end of the pipe, so any failure of one ends all.
    """
    import multiprocessing
    from multiprocessing import connection

    # Connections rather than descriptors: they also reach processes that are not forked from this one.
    reader, writer = multiprocessing.Pipe(duplex=False)
    processes, places = [], {}
    for place, work in enumerate(works):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=send_readings, args=(work, reader, writer, sender), daemon=True)
        process.start()
        # The process has its own copy. A process forked later must not inherit this one.
        sender.close()
        processes.append(process)
        places[receiver] = place
    writer.close()
    readings = [None] * len(works)
    while places:
        ready = connection.wait(list(places))
        for receiver in [it for it in places if it in ready]:
            place = places.pop(receiver)
            try:
                readings[place] = receiver.recv()
            except EOFError as error:
                processes[place].join()
                sys.stderr.write(
                    "countdown: process {} ended early, with {}\n".format(place, processes[place].exitcode)
                )
                give_up(error)
    for process in processes:
        process.join()
    return readings


# Subinterpreters

# A subinterpreter shares no objects with this one: it reads this file anew, as a started process does.
SUBINTERPRETER_SCRIPT = "import runpy; runpy.run_path({!r})['write_readings']({!r}, {!r}, {!r}, {!r})"


def subinterpreter_obstacle():
    """Why this interpreter has no subinterpreters with their own GILs, or None."""
    if sys.implementation.name != "cpython":
        return "only CPython has subinterpreters"
    if sys.version_info < (3, 12):
        return "before Python 3.12 all subinterpreters share one GIL"
    try:
        subinterpreters()
    except ImportError as error:
        return "this build lacks the module: {}".format(error)
    return None


def subinterpreters():
    """The functions that create a subinterpreter with its own GIL, run a script in it, and destroy it."""
    if sys.version_info >= (3, 14):
        from concurrent import interpreters

        # `exec` is a keyword of Python 2, which must be able to read this.
        run = getattr(interpreters.Interpreter, "exec")
        return interpreters.create, run, interpreters.Interpreter.close
    if sys.version_info >= (3, 13):
        import _interpreters

        def run(interpreter, script):
            failure = _interpreters.run_string(interpreter, script)
            if failure is not None:
                raise RuntimeError(failure.formatted)

        return _interpreters.create, run, _interpreters.destroy
    import _xxsubinterpreters  # type: ignore[import-not-found]

    return _xxsubinterpreters.create, _xxsubinterpreters.run_string, _xxsubinterpreters.destroy


def measure_in_subinterpreters(works, works_here=()):
    """The readings of the works, each done in its own subinterpreter.

    Works that need objects of this interpreter are done in its threads at the same time; their readings come first.
    """
    create, run, destroy = subinterpreters()

    def measure_there(interpreter, work, barrier):
        reader, writer = os.pipe()
        run(interpreter, SUBINTERPRETER_SCRIPT.format(__file__, work.func.__name__, work.args, barrier, writer))
        return json.loads(os.read(reader, PIPE_BUF))

    # Created and destroyed by this thread, one after the other: only the work runs in parallel.
    interpreters = [create() for _ in works]
    barriers = iter(open_barriers(len(works_here) + len(works)))
    here = [partial(measure, work, next(barriers)) for work in works_here]
    there = [partial(measure_there, *seat) for seat in zip(interpreters, works, barriers)]
    readings = run_in_threads(here + there)
    for interpreter in interpreters:
        destroy(interpreter)
    return readings


def write_readings(work, arguments, barrier, writer):
    """Work in the calling subinterpreter, and write the readings to a pipe."""
    os.write(writer, json.dumps(measure(partial(globals()[work], *arguments), barrier)).encode())


# Probes. Each returns its phases, and the keys of the document that only it has.


def split(iterations, workers):
    share, remainder = divmod(iterations, workers)
    return [share + 1 if worker < remainder else share for worker in range(workers)]


def countdown_probe(measure_all):
    """A probe that counts down; `measure_all` does works in threads, processes or subinterpreters."""

    def carry_out(workers, iterations, limit):
        phase = Phase(measure_all([partial(count_down, share) for share in split(iterations, workers)]))
        return [phase], {"lock": lock_counts(phase.readings)}

    return carry_out


def count_references(workers, iterations, limit):
    """The probe `refcount`: one object for all workers, and one for each, with one worker and with all."""
    phases, documents = [], []
    for sharing, take in (("shared", take_shared), ("private", take_private)):
        for together in sorted({1, workers}):
            readings, changes = take(split(iterations, together))
            phase = Phase(readings)
            phases.append(phase)
            documents.append(
                {
                    "scheme": "interpreter",
                    "sharing": sharing,
                    "workers": together,
                    "pairs": iterations,
                    "duration_ns": phase.duration,
                    "worker_ns": sum(it["wall_ns"] for it in phase.ledgers),
                    "leaked": sum(max(0, change) for change in changes),
                    "released_early": sum(max(0, -change) for change in changes),
                }
            )
    return phases, {"refcount_phases": documents}


# A plain object is mortal, and nothing else refers to it.


def take_shared(shares):
    """The readings of workers that share an object of this thread, and by how much its count changed."""
    thing = object()

    def take(share):
        return take_references(share, thing)

    before = sys.getrefcount(thing)
    readings = measure_in_threads([partial(take, share) for share in shares])
    return readings, [sys.getrefcount(thing) - before]


def take_private(shares):
    """The readings of workers with an object of their own, and by how much each count changed."""
    changes = []

    def take(share):
        thing = object()
        before = sys.getrefcount(thing)
        pairs = take_references(share, thing)
        changes.append(sys.getrefcount(thing) - before)
        return pairs

    return measure_in_threads([partial(take, share) for share in shares]), changes


def measure_latency(workers, iterations, limit):
    """The probe `latency`: wake-ups alone, and beside workers that count down, for each kind of lock."""
    phases, documents = [], []
    for lock in ["alone"] + latency_locks(gil_enabled()):
        delays = []  # type: list[int]
        readings = WAKE_UPS[lock](partial(wake_up, iterations, limit, delays), workers - 1)
        phase = Phase(readings)
        phases.append(phase)
        documents.append(
            {
                "lock": lock,
                "workers": len(readings),
                "duration_ns": phase.duration,
                "delays_ns": delays,
                "run_queue_ns": phase.ledgers[0]["run_queue_ns"],
            }
        )
    # The waking worker sleeps most of the time. Of its time off the CPU, only its delays can be lock wait.
    alone = sorted(documents[0]["delays_ns"])
    usual = alone[(len(alone) - 1) // 2]
    for phase, document in zip(phases, documents):
        waking = phase.ledgers[0]
        if waking["run_queue_ns"] is not None:
            late = sum(max(0, delay - usual) for delay in document["delays_ns"])
            waking["lock_wait_ns"] = min(waking["lock_wait_ns"], max(0, late - waking["run_queue_ns"]))
    return phases, {"latency_phases": documents}


def latency_locks(has_gil):
    """The kinds of lock that the waking worker of this interpreter can meet beside others."""
    if not has_gil:
        return ["none"]
    return ["shared"] if subinterpreter_obstacle() else ["shared", "own"]


def wake_alone(waking, others):
    return measure_in_threads([partial(waking, stop=lambda: None)])


def wake_beside_threads(waking, others):
    # The workers keep the lock while they look at a list.
    stop = []  # type: list[bool]
    counting = partial(count_down_until, lambda: stop)
    return measure_in_threads([partial(waking, stop=partial(stop.append, True))] + [counting] * others)


def wake_beside_subinterpreters(waking, others):
    # Interpreters have no object in common. A read of the pipe releases the lock, but no other thread waits for it.
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    counting = partial(count_down_until_end, reader)
    readings = measure_in_subinterpreters([counting] * others, [partial(waking, stop=partial(os.close, writer))])
    os.close(reader)
    return readings


# For each kind of lock, a function that returns the readings of the waking worker, then of the others.
WAKE_UPS = {
    "alone": wake_alone,
    "shared": wake_beside_threads,
    "own": wake_beside_subinterpreters,
    "none": wake_beside_threads,
}


# Jobs


def free_threaded():
    """Whether this is a build whose GIL can be off (PEP 703)."""
    import sysconfig

    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def gil_enabled():
    """Whether the GIL of this process is on, which an option or an extension may have changed."""
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def lockfree_obstacle():
    """Why threads of this interpreter share a lock, or None."""
    return None if free_threaded() else "this build has a GIL"


def refcount_obstacle():
    """Why this interpreter has no reference counts, or None."""
    return None if hasattr(sys, "getrefcount") else "this interpreter does not count references"


# For each probe, a function that returns the obstacle to it, and one that runs it.
PROBES = {
    "single": (lambda: None, countdown_probe(measure_in_threads)),
    "gil": (lambda: None, countdown_probe(measure_under_lock)),
    "lockfree": (lockfree_obstacle, countdown_probe(measure_in_threads)),
    "multiprocess": (multiprocess_obstacle, countdown_probe(measure_in_processes)),
    "subinterpreter": (subinterpreter_obstacle, countdown_probe(measure_in_subinterpreters)),
    "refcount": (refcount_obstacle, count_references),
    "latency": (lambda: None, measure_latency),
}


def suggested_iterations():
    """Decrements that take one thread about a fifth of a second on ordinary hardware.

    A constant for each kind of interpreter: a calibration would change the count after every disturbance, and durations
    of a host could no longer be compared over time.
    """
    if sys.implementation.name == "pypy":
        return 160000000
    return 6000000 if sys.version_info >= (3, 11) else 4500000


def suggested_pairs():
    """Pairs that take one thread 10 to 20 ms on ordinary hardware; a constant for the same reason."""
    return None if refcount_obstacle() else 1500000


def printable(path):
    """A path that UTF-8 can encode: os.fsdecode turns bytes of file names that are not UTF-8 into lone surrogates."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def describe():
    obstacles = {probe: find_obstacle() for probe, (find_obstacle, _) in PROBES.items()}
    return {
        "implementation": sys.implementation.name,
        "version": sys.version.split()[0],
        "free_threaded": free_threaded(),
        "path": printable(os.path.realpath(sys.executable)),
        "switch_interval_ns": round(sys.getswitchinterval() * 1e9),
        "iterations": suggested_iterations(),
        "pairs": suggested_pairs(),
        "supported": [probe for probe, obstacle in obstacles.items() if not obstacle],
        "unsupported": {probe: obstacle for probe, obstacle in obstacles.items() if obstacle},
        "lock_counts": LOCK_COUNTS if has_readable_lock() else (),
        "refcount_schemes": () if refcount_obstacle() else ("interpreter",),
        # The exporter turns the GIL off for this probe where it can be off.
        "latency_locks": latency_locks(not free_threaded()),
    }


def number(job, key):
    value = job.get(key)
    if type(value) is not int or value < 1:
        raise Refusal('"{}" is {}, but must be a whole number from 1'.format(key, json.dumps(value)))
    return value


def run(job):
    probe = job.get("probe")
    if type(probe) is not str or probe not in PROBES:
        raise Refusal("no probe {}; there are {}".format(json.dumps(probe), ", ".join(PROBES)))
    find_obstacle, carry_out = PROBES[probe]
    obstacle = find_obstacle()
    if obstacle is not None:
        raise Refusal("{} cannot be done: {}".format(probe, obstacle))
    if probe == "gil" and not gil_enabled():
        raise Refusal("gil cannot be done while the GIL is off: start the interpreter with -X gil=1")
    if probe == "lockfree" and gil_enabled():
        raise Refusal("lockfree cannot be done while the GIL is on: start the interpreter with -X gil=0")
    workers, iterations = number(job, "workers"), number(job, "iterations")
    if probe == "single" and workers != 1:
        raise Refusal("single has 1 worker, not {}".format(workers))
    if probe == "latency" and workers == 1:
        raise Refusal("latency needs 2 workers or more, not 1")
    limit = number(job, "phase_limit_ns") if job.get("phase_limit_ns") is not None else float("inf")
    phases, details = carry_out(workers, iterations, limit)
    ledgers = [[it.ledgers[worker] for it in phases if worker < len(it.ledgers)] for worker in range(workers)]
    document = {
        "probe": probe,
        "setup_ns": phases[0].opened - STARTED,
        "duration_ns": sum(phase.duration for phase in phases),
        "workers": [sum_of_ledgers(it) for it in ledgers],
        # Shows a change of the interpreter behind the name by which it was started.
        "runtime": dict(protocol=PROTOCOL, **describe()),
    }
    return dict(document, **details)


def read_job(argument):
    try:
        job = json.loads(argument)
    except ValueError as error:
        raise Refusal("the job is not JSON: {}".format(error))
    if type(job) is not dict:
        raise Refusal("the job is not a JSON object")
    return job


def answer(job):
    protocol, task = job.get("protocol"), job.get("task")
    if protocol != PROTOCOL:
        raise Refusal("protocol {} is unknown; this is {}".format(json.dumps(protocol), PROTOCOL))
    if task == "describe":
        return describe()
    if task == "run":
        return run(job)
    raise Refusal('no task {}; there are "describe" and "run"'.format(json.dumps(task)))


def report_descriptor(job):
    """The descriptor that the job names for the report, or None where it is not the intended file.

    A launcher may have closed it, and another file may have got its number.
    """
    channel = job.get("report")
    if type(channel) is not dict:
        return None
    descriptor = channel.get("descriptor", -1)
    try:
        status = os.fstat(descriptor)
    except (OSError, OverflowError, TypeError):
        return None
    if (status.st_dev, status.st_ino) != (channel.get("device"), channel.get("inode")):
        return None
    # Programs that this process executes must not inherit it.
    os.set_inheritable(descriptor, False)
    return descriptor


def write_document(document, descriptor):
    text = json.dumps(dict(protocol=PROTOCOL, **document)) + "\n"
    if descriptor is None:
        sys.stdout.write(text)
        return
    rest = text.encode()
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def main(arguments):
    # execve(2) keeps the mask, but multiprocessing needs SIGTERM to end a process and SIGCHLD to notice its end.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    # A site hook may ignore it, and then the kernel does not count the CPU time of ended processes.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        if len(arguments) != 1:
            raise Refusal("one argument is expected, the job, not {}".format(len(arguments)))
        job = read_job(arguments[0])
        descriptor = report_descriptor(job)
        document = answer(job)
    except Refusal as refusal:
        sys.stderr.write("countdown: {}\n".format(refusal))
        return 2
    write_document(document, descriptor)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
