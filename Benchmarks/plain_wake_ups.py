"""How late a thread is beside one that computes, by hand: `plain_wake_ups.py COUNT` prints seconds."""

import sys
import threading
import time


def compute():
    while True:
        pass


threading.Thread(target=compute, daemon=True).start()
delays = []
for _ in range(int(sys.argv[1])):
    due = time.perf_counter() + 0.001
    time.sleep(0.001)
    delays.append(time.perf_counter() - due)
print(*delays)
