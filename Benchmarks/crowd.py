"""Many processes at little cost: forks of this one, which are Pythons as it is, and others.

    crowd.py PYTHONS OTHERS

Says "ready" when all are there. They end when standard input does.
"""

import os
import signal
import sys


def python():
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    return child


def main():
    pythons, others = map(int, sys.argv[1:])
    children = []
    try:
        for _ in range(pythons):
            children.append(python())
        for _ in range(others):
            children.append(os.posix_spawn("/bin/sleep", ["sleep", "infinity"], os.environ))
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        # Also when the host does not let there be so many.
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)


if __name__ == "__main__":
    main()
