"""Threads that do something once in an interval, until they are told to stop."""

import threading
import time


class Repeated(threading.Thread):
    def __init__(self, name, interval):
        super().__init__(name=name)
        self.interval = interval
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            begin = time.monotonic()
            if self.turn() is False:
                return
            self.stopping.wait(max(0.0, self.interval - (time.monotonic() - begin)))

    def turn(self):
        """Does it once. False ends the thread."""
        raise NotImplementedError

    def stop(self):
        self.stopping.set()
        if self.is_alive():
            self.join()
