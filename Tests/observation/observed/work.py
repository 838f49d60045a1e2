"""What an observed interpreter does when it is asked to, and what it knows of that. Runs on CPython 3.8 and later."""

import itertools
import os
import sys
import threading
import time

try:
    import resource
except ImportError:
    # An interpreter without extension modules.
    resource = None

busy = 0.0
waits = []
# Interpreters that are to stay.
alive = []


def identify():
    """A description of this interpreter."""
    is_enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
    version = "%d.%d.%d" % sys.version_info[:3]
    return sys.implementation.name, version, is_free_threaded(), is_enabled, platform.libc_ver(), ctypes is not None


def account():
    """The time, and the seconds in which `mix` computed."""
    return time.perf_counter(), busy


def name_thread(name):
    if ctypes is not None:
        # PR_SET_NAME: prctl(2).
        ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)
    else:
        with open("/proc/thread-self/comm", "w") as file:
            file.write(name)


def start(function, count, name):
    """Starts threads. Returns their kernel thread numbers when all of them run."""
    numbers = []
    all_run = threading.Semaphore(0)

    def run(index):
        name_thread("%s-%d" % (name, index))
        numbers.append(threading.get_native_id())
        all_run.release()
        function()

    for index in range(count):
        threading.Thread(target=run, args=(index,), daemon=True).start()
    for _ in range(count):
        all_run.acquire()
    return numbers


def count():
    while True:
        pass


def want():
    """Drops the lock and takes it again, continuously."""
    while True:
        time.sleep(0)


def compete():
    """Computes, and measures its waits for the lock: gaps in which it slept, for it sleeps for nothing else."""
    mine = [0, 0.0]
    waits.append(mine)
    sleeps, last = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw, time.perf_counter()
    while True:
        now = time.perf_counter()
        if now - last > 0.0001:
            before, sleeps = sleeps, resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
            if sleeps > before:
                mine[0] += 1
                mine[1] += now - last
            now = time.perf_counter()
        last = now


def visit():
    """Sleeps for 10 ms again and again, and measures how long it waits for the lock afterwards."""
    mine = [0, 0.0]
    waits.append(mine)
    while True:
        began = time.perf_counter()
        time.sleep(0.01)
        mine[0] += 1
        # The kernel wakes it up 50 µs late (PR_SET_TIMERSLACK, prctl(2)).
        mine[1] += max(0.0, time.perf_counter() - began - 0.01006)


def waited():
    """The time, the waits of `compete` and `visit` that have ended, and their seconds."""
    return time.perf_counter(), sum(count for count, _ in waits), sum(seconds for _, seconds in waits)


def mix():
    """Computes for about 6 ms and sleeps for about 9 ms, in turn, and measures how long it computed."""
    global busy
    while True:
        began = time.perf_counter()
        while time.perf_counter() - began < 0.006:
            pass
        # From here on until it has the lock again, it does not hold it.
        busy += time.perf_counter() - began
        time.sleep(0.009)


def keep():
    """Never returns and never drops the lock: sleeps in C if possible, otherwise computes there."""
    print("'keeping'")
    if ctypes is not None:
        usleep = ctypes.PyDLL(None).usleep  # PyDLL keeps the lock while it calls.
        while True:
            usleep(100000000)
    all(itertools.repeat(True))


def claim(waiters):
    """Writes into the lock that so many threads wait for it. None may have waited yet."""
    for offset in (36, 28):
        # `__wrefs` of glibc's condition, before and after 2.41: steps of 8, and a flag.
        references = ctypes.c_uint32.from_address(places()[1] + offset)
        if references.value == 2:
            references.value = waiters << 3 | 2
            return True
    return False


def prepare_alternation():
    """Starts a second thread, which waits for its first turn."""
    global mine, yours
    mine, yours = threading.Lock(), threading.Lock()
    mine.acquire()
    yours.acquire()

    def partner():
        while True:
            yours.acquire()
            mine.release()

    return start(partner, 1, "partner")


def alternate(times):
    """Lets both threads run in turn: the lock changes hands twice each time. What it counted itself meanwhile."""
    place = places()
    before = place and word(place[0])
    for _ in range(times):
        yours.release()
        mine.acquire()
    return place and word(place[0]) - before


def create_subinterpreter():
    """A function that runs code in a new interpreter."""
    if sys.version_info >= (3, 14):
        from concurrent import interpreters

        return interpreters.create().exec
    if sys.version_info >= (3, 13):
        import _interpreters as interpreters
    else:
        import _xxsubinterpreters as interpreters
    number = interpreters.create()
    return lambda code: interpreters.run_string(number, code)


def subinterpreters(count):
    """Starts interpreters, each with a thread that counts; returns when all of them do."""
    reader, writer = os.pipe()
    # Where they share a lock, up to 3.11, one that wants it asks its own interpreter to drop it, whoever has it
    # (take_gil of Python/ceval_gil.h): a holder in another has to drop it of its own accord, and for long enough.
    rest = "pass" if sys.version_info >= (3, 12) else "all(range(1, 1000000)); time.sleep(0.001)"
    script = "import os, time\nos.write(%d, b'.')\nwhile True: %s" % (writer, rest)
    runs = [create_subinterpreter() for _ in range(count)]
    for run in runs:
        threading.Thread(target=run, args=(script,), daemon=True).start()
    for _ in range(count):
        os.read(reader, 1)


def fork(threads):
    """Forks a child with this number of counting threads. Returns its process number when they run."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        start(count, threads, "child")
        os.write(writer, b".")
        while True:
            time.sleep(1000)
    os.read(reader, 1)
    return child


def answer():
    print("'ready'")
    while True:
        line = sys.stdin.readline()
        if not line:
            break
        print(repr(eval(line)))
