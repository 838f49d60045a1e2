"""Short-lived processes: forks of this one, which are Pythons, too, and other programs.

    churn.py PER_SECOND SECONDS

A third are another program that ends at once, a third are Pythons that end at once, and a third are Pythons with two
threads that compute from time to time for up to three seconds. Prints the number of processes.
"""

import contextlib
import os
import random
import sys
import threading
import time


def live(until):
    while time.monotonic() < until:
        end = time.thread_time() + 0.001
        while time.thread_time() < end:
            pass
        time.sleep(random.uniform(0, 0.8))


def live_in_two_threads():
    until = time.monotonic() + random.uniform(0, 3)
    other = threading.Thread(target=live, args=(until,))
    other.start()
    live(until)
    other.join()


def bear(number):
    if number % 3 == 0:
        os.posix_spawn("/bin/true", ["true"], os.environ)
        return
    if os.fork() == 0:
        if number % 3 == 1:
            live_in_two_threads()
        os._exit(0)


def bury():
    while os.waitpid(-1, os.WNOHANG)[0]:
        pass


def main():
    per_second, seconds = map(float, sys.argv[1:])
    random.seed(1)
    start, count = time.monotonic(), 0
    while (elapsed := time.monotonic() - start) < seconds:
        while count < elapsed * per_second:
            bear(count)
            count += 1
        with contextlib.suppress(ChildProcessError):
            bury()
        time.sleep(0.005)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        print(count)


if __name__ == "__main__":
    main()
