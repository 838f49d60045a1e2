"""Real services, observed by the built exporter and recorded by a real Prometheus, compared with what they do."""

import contextlib
import subprocess
import tempfile
import unittest
from pathlib import Path

from . import dashboards
from .exporter import exporter_on
from .prometheus import Prometheus, free_port

OBSERVATION = """
probing: {probes: [single], interval: 24h}
runtimes: {discover: none, list: [{name: native, iterations: 1024}]}
observation:
  scan_interval: 1s
  cpu_budget: 10%
  profile: {top: 3}
  groups:
    - {name: $1, command_line: 'service=(\\w+)'}
"""

# A master that sleeps, and eight workers. Two threads of the first always want its lock; the others use theirs for a
# twenty-fifth of the time. The master ends when its standard input does, and its workers with it.
POOL = """
import ctypes, os, signal, sys, threading, time
def spin():
    while True: pass
def work():
    while True:
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end: pass
        time.sleep(0.048)
for number in range(8):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if number == 0:
            threading.Thread(target=spin, daemon=True).start()
            spin()
        work()
sys.stdin.read()
"""

# An event loop that is busy for 0.97 of the time. Nobody waits for its lock.
LOOP = """
import asyncio, time
async def main():
    while True:
        end = time.perf_counter() + 0.1
        while time.perf_counter() < end: pass
        await asyncio.sleep(0.003)
asyncio.run(main())
"""

# Every 0.4 s, a report is written by code that keeps the lock for 0.2 s, but needs no CPU. Requests are served by code
# that keeps it for 1 ms.
STALL = """
import ctypes, threading, time
hold = ctypes.PyDLL(None).usleep
def write_report(): hold(200_000)
def serve(): hold(1_000)
def reports():
    while True:
        write_report()
        time.sleep(0.2)
threading.Thread(target=reports, daemon=True).start()
while True: serve()
"""

IDLE = "import sys; sys.stdin.read()"


SERVICES = {"pool": POOL, "loop": LOOP, "stall": STALL, "idle": IDLE}


@contextlib.contextmanager
def service(name, program):
    # The lock is held for long while an interpreter starts beside busy programs, so that comes before the observation.
    command = ["python3", "-c", f"print(flush=True)\n{program}", f"service={name}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


class ServiceTests(unittest.TestCase):
    server: Prometheus

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for name, program in SERVICES.items():
            cls.enterClassContext(service(name, program))
        address = cls.enterClassContext(exporter_on(free_port(), folder, OBSERVATION))
        scrape = {"job_name": "gil", "static_configs": [{"targets": [address]}]}
        rules = [str(path) for path in dashboards.RULES]
        cls.server = cls.enterClassContext(Prometheus(folder, free_port(), rules, [scrape], interval="1s"))
        # The last half minute is full.
        cls.server.wait_for('gil_process_observed_seconds_total{group="idle"} > 40', 120)

    def values(self, expression):
        """The values of the services; the test itself is a Python process, too."""
        values = {row["metric"]["group"]: float(row["value"][1]) for row in self.server.query(expression)}
        return {name: value for name, value in values.items() if name in SERVICES}

    def test_one_worker_of_eight_is_saturated_and_so_is_the_event_loop(self):
        self.assertEqual(self.values("gil_processes_saturated"), {"pool": 1, "loop": 1, "stall": 1, "idle": 0})
        self.assertEqual(self.values("sum by (group) (gil_processes)"), {"pool": 9, "loop": 1, "stall": 1, "idle": 1})

    def test_threads_wait_for_the_lock_of_the_worker_and_nobody_for_that_of_the_loop(self):
        held, waiting = (
            self.values("gil_process_busiest_held_ratio"),
            self.values("gil_process_busiest_waiting_threads"),
        )
        self.assertGreater(held["pool"], 0.9)
        self.assertGreater(held["loop"], 0.9)
        # One thread; where CPUs are scarce, it also waits for a CPU after it gave up the lock.
        self.assertGreater(waiting["pool"], 0.3)
        self.assertLessEqual(waiting["pool"], 1)
        self.assertEqual((waiting["loop"], held["idle"], waiting["idle"]), (0, 0, 0))

    def test_processes_that_do_not_use_their_lock_are_in_no_divisor(self):
        share = self.values("gil_process_active_seconds_total / gil_process_observed_seconds_total")
        self.assertLess(share["idle"], 0.01)
        self.assertGreater(share["loop"], 0.99)
        # Eight of nine processes; fewer where CPUs are scarce.
        self.assertAlmostEqual(share["pool"], 8 / 9, delta=0.1)
        held = self.values("instance_group:gil_process_held:ratio_rate10m")
        self.assertGreater(held["loop"], 0.9)
        self.assertEqual(held["idle"], 0)

    def test_the_demand_is_what_is_held_and_waited_for(self):
        demand = self.values("instance_group:gil_process_demand:rate10m")
        self.assertGreater(demand["pool"], demand["loop"])
        self.assertEqual(demand["idle"], 0)

    def test_code_that_does_not_release_the_lock_has_long_holds(self):
        share = self.values("instance_group:gil_process_long_hold:ratio_rate10m")
        self.assertAlmostEqual(share["stall"], 0.5, delta=0.1)
        self.assertEqual((share["loop"], share["idle"]), (0, 0))
        took = self.values("gil_process_long_hold_seconds_total / gil_process_long_holds_total")
        self.assertAlmostEqual(took["stall"], 0.2, delta=0.02)

    def test_the_function_that_makes_others_wait_is_named(self):
        rows = {}
        for column in "AB":
            place = f"Functions that make others wait / {column}"
            expression = dashboards.filled_in(dashboards.expression_at("gil-processes.json", place), "30s")
            for row in self.server.query(expression):
                labels = row["metric"]
                if labels["group"] == "stall":
                    rows[column, labels["function"], labels.get("file", "")] = float(row["value"][1])
        self.assertAlmostEqual(rows["A", "write_report", "<string>"], 0.5, delta=0.1)
        self.assertGreater(rows["B", "write_report", "<string>"], 0.9)


if __name__ == "__main__":
    unittest.main()
