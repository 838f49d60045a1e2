"""Many cheap processes: forks of this one, which are Pythons, too, and other programs.

    crowd.py PYTHONS OTHERS [hold]

The Pythons sleep, or hold their locks for ever. Prints "ready" when all run. They end at the end of standard input.
"""

import ctypes
import os
import signal
import sys


def python(holds):
    child = os.fork()
    if child == 0:
        if holds:
            # A function of C that keeps the lock.
            ctypes.PyDLL(None).pause()
        signal.pause()
        os._exit(0)
    return child


def main():
    pythons, others = map(int, sys.argv[1:3])
    children = []
    try:
        for _ in range(pythons):
            children.append(python(sys.argv[3:] == ["hold"]))
        for _ in range(others):
            children.append(os.posix_spawn("/bin/sleep", ["sleep", "infinity"], os.environ))
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        # Also if the host does not allow so many processes.
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)


if __name__ == "__main__":
    main()
