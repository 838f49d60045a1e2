"""A short program that holds its lock from its first instruction to its last.

    life.py SECONDS

Prints the seconds for which it held its lock, and its CPU time.
"""

import sys
import time

end = time.perf_counter() + float(sys.argv[1])
begin = time.perf_counter()
while time.perf_counter() < end:
    pass
print(time.perf_counter() - begin, time.process_time())
