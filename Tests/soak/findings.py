"""What the checks find."""

import threading

# Of each check, so that a fault that repeats does not fill the report.
MAX_FAULTS = 20

CHECKS = {
    "scrapes": "no scrape fails outside of the moments in which everything was taken away",
    "expositions": "every exposition is well-formed",
    "counters": "no counter goes back",
    "health": "/-/healthy and /-/ready return 200 outside of these moments",
    "honest": "honest processes are counted right",
    "reloads": "valid configurations and certificates take effect, invalid ones do not",
    "memory": "memory is flat",
    "descriptors": "descriptors are flat",
    "threads": "threads are flat",
    "series": "series are flat",
    "children": "no workers stay, and no zombies",
    "log": "the log is bounded",
    "life": "no crash, no restart, and an end with status 0 within 10 s of SIGTERM",
    "disturbances": "the disturbances ran as planned",
}


class Findings:
    def __init__(self):
        self.faults: dict[str, list[str]] = {check: [] for check in CHECKS}
        self.counts = dict.fromkeys(CHECKS, 0)
        self.lock = threading.Lock()

    def fault(self, check, text):
        with self.lock:
            self.counts[check] += 1
            if len(self.faults[check]) < MAX_FAULTS:
                self.faults[check].append(text)

    def total(self):
        return sum(self.counts.values())
