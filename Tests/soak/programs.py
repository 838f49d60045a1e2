"""Programs that a scanner and a sampler of Python processes find difficult: programs.py NAME [WORD…], until killed."""

import ctypes
import importlib
import mmap
import os
import random
import signal
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NAME = 15


def compute(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def crash():
    """Pythons with two threads that die of a signal, again and again."""
    while True:
        if (child := os.fork()) == 0:
            signals = (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGBUS)
            threading.Thread(target=compute, args=(10,), daemon=True).start()
            time.sleep(random.uniform(0, 0.5))
            os.kill(os.getpid(), random.choice(signals))
            time.sleep(10)
        os.waitpid(child, 0)


def threads(count):
    """As many threads as it may have, which end and come again."""
    while True:
        over = threading.Event()
        try:
            for _ in range(int(count)):
                threading.Thread(target=over.wait, daemon=True).start()
        except RuntimeError:
            pass
        time.sleep(1)
        over.set()
        time.sleep(0.5)


def retitle():
    with open("/proc/self/stat") as file:
        # arg_start and arg_end: proc_pid_stat(5), fields 48 and 49.
        fields = file.read().rpartition(")")[2].split()
    begin, end = int(fields[45]), int(fields[46])
    title = b"shop-%d worker\0" % random.randrange(200)
    ctypes.memset(begin, 0, end - begin)
    ctypes.memmove(begin, title, min(len(title), end - begin))


def titles(_):
    """Another title and other names of its threads every few milliseconds."""
    threading.Thread(target=rename, daemon=True).start()
    while True:
        retitle()
        time.sleep(random.uniform(0.001, 0.5))


def fleet(count, _):
    """Processes with a title each."""
    for _ in range(int(count)):
        if os.fork() == 0:
            retitle()
            signal.pause()
    signal.pause()


def rename():
    while True:
        libc.prctl(PR_SET_NAME, b"python3.%d" % random.randrange(20), 0, 0, 0)
        time.sleep(0.002)


def execs():
    """A Python that becomes another program, which becomes a Python."""
    time.sleep(random.uniform(0, 0.3))
    again = f'exec "{sys.executable}" "{__file__}" execs'
    os.execv("/bin/sh", ["python3", "-c", f"sleep 0.{random.randrange(1, 4)}; {again}"])


def zombies(count):
    """Dead children that nobody reaps, and Pythons whose first thread has ended while another goes on."""
    for number in range(int(count)):
        if os.fork() == 0:
            if number % 2:
                os._exit(0)
            threading.Thread(target=compute, args=(60,), daemon=True).start()
            time.sleep(0.05)
            # PyDLL: it keeps the lock for ever.
            ctypes.PyDLL(None).pthread_exit(None)
    while True:
        time.sleep(1)


def maps():
    """Mappings, of files that are named like an interpreter among others, that come and go."""
    names = [name for name in sys.argv[2:] if os.path.exists(name)]
    kept = []
    while True:
        for _ in range(50):
            name = random.choice(names)
            with open(name, "rb") as file:
                size = max(1, os.path.getsize(name))
                kept.append(mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ | mmap.PROT_EXEC))
        random.shuffle(kept)
        for _ in range(min(len(kept), random.randrange(80))):
            kept.pop().close()
        time.sleep(0.01)


def names():
    """Names of threads with quotes, line feeds, and bytes that are not UTF-8."""
    rest = [b'a"b\\c\n', b"\xff\xfe\x80", b"\n\n\n", b") R 1 1", b'"} 1\n#', b"\x1b[2J", "ü€😀".encode()]
    while True:
        libc.prctl(PR_SET_NAME, random.choice(rest), 0, 0, 0)
        time.sleep(0.05)


def keep():
    """Sleeps in C while it holds the lock. Prints the address of its interpreter's state."""
    print(ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime")), flush=True)
    while True:
        ctypes.PyDLL(None).usleep(100000000)


def eat():
    """Takes memory, once it is told to."""
    sys.stdin.readline()
    eaten = []
    while True:
        # Pages that are written to: a megabyte.
        eaten.append(b"x" * (1 << 20))
        time.sleep(0.003)


def subinterpreters(count):
    """Interpreters that are made and ended."""
    # Until 3.12; later ones have other names.
    module = importlib.import_module("_xxsubinterpreters")
    while True:
        made = [module.create() for _ in range(int(count))]
        time.sleep(0.5)
        for one in made:
            module.destroy(one)


if __name__ == "__main__":
    if sys.argv[1] == "maps":
        maps()
    globals()[sys.argv[1]](*sys.argv[2:])
