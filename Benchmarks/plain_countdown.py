"""The classic demonstration, timed by hand: `plain_countdown.py single|gil|multiprocess ITERATIONS` prints seconds."""

import sys
import time
from multiprocessing import Pool
from threading import Thread


def countdown(n):
    while n > 0:
        n -= 1


def in_threads(iterations, count):
    threads = [Thread(target=countdown, args=(iterations // count,)) for _ in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def in_pool(iterations, count):
    with Pool(count) as pool:
        start = time.perf_counter()
        results = [pool.apply_async(countdown, (iterations // count,)) for _ in range(count)]
        for result in results:
            result.get()
        return time.perf_counter() - start


if __name__ == "__main__":
    probe, iterations = sys.argv[1], int(sys.argv[2])
    if probe == "multiprocess":
        print(in_pool(iterations, 2))
    else:
        print(in_threads(iterations, 1 if probe == "single" else 2))
