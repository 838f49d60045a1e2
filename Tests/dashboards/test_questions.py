"""The queries of Documentation/questions.md, answered by a real Prometheus about services whose answers are known."""

import contextlib
import os
import re
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from . import dashboards
from .exporter import exporter_on
from .prometheus import Prometheus, free_port

PAGE = dashboards.ROOT / "Documentation/questions.md"

OBSERVATION = """
probing: {probes: [single], interval: 24h}
runtimes: {discover: none, list: [{name: native, iterations: 1024}]}
observation:
  scan_interval: 1s
  cpu_budget: 10%
  groups:
    - {name: $1, command_line: 'question=(\\w+)'}
"""

# A function that sleeps while it holds the lock. Locks held in this way need no CPU, so their services behave as they
# should on a busy machine, too.
HOLD = """
import ctypes, os, signal, sys, threading, time
hold = ctypes.PyDLL(None).usleep
"""

# Two threads hold the lock for 20 ms each, in turn, so that one waits. The workers beside them hold theirs for a tenth
# of the time and write how long they really did. The master waits for its end.
WEB = (
    HOLD
    + """
def turns():
    while True: hold(20_000)
def a_tenth(number):
    start, held = time.perf_counter(), 0
    path = os.path.join(sys.argv[2], f"worker-{number}")
    while True:
        before = time.perf_counter()
        hold(5_000)
        held += time.perf_counter() - before
        with open(path + ".new", "w") as out: print(held / (time.perf_counter() - start), file=out)
        os.rename(path + ".new", path)
        time.sleep(0.045)
for number in range(4):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if number == 0:
            threading.Thread(target=turns, daemon=True).start()
            turns()
        a_tenth(number)
sys.stdin.read()
"""
)

# Three processes that compute on one CPU: two of them wait for it.
CROWD = """
import ctypes, os, signal, sys
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
for _ in range(3):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        while True: pass
sys.stdin.read()
"""

# Two threads hash, which releases the lock.
HASH = """
import hashlib, sys, threading, time
data = bytes(4_000_000)
def work():
    while True:
        hashlib.sha256(data)
        time.sleep(0.05)
for _ in range(2): threading.Thread(target=work, daemon=True).start()
sys.stdin.read()
"""

# One thread holds the lock for 200 ms at a time, and writes for which share of the time it did. Meanwhile the other one
# waits, which holds it for 1 ms at a time.
REPORT = (
    HOLD
    + """
def serve():
    while True: hold(1_000)
threading.Thread(target=serve, daemon=True).start()
start, held = time.perf_counter(), 0
path = os.path.join(sys.argv[2], "report")
while True:
    before = time.perf_counter()
    hold(200_000)
    held += time.perf_counter() - before
    with open(path + ".new", "w") as out: print(held / (time.perf_counter() - start), file=out)
    os.rename(path + ".new", path)
    time.sleep(0.2)
"""
)

IDLE = "import sys; sys.stdin.read()"
SERVICES = {"web": WEB, "crowd": CROWD, "hash": HASH, "report": REPORT, "idle": IDLE}
RESTARTS = 6


def queries():
    """The expressions of each question, by its number."""
    found = {}
    for number, text in re.findall(r"^## (\d+)\. [^\n]*\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S):
        blocks = re.findall(r"^```promql\n(.*?)^```", text, re.M | re.S)
        lines = re.sub(r"^ *#.*\n", "", "\n".join(blocks), flags=re.M)
        # The services have not run for as long as the windows of the page.
        found[int(number)] = [part.strip().replace("[5m]", "[30s]") for part in re.split(r"\n\s*\n", lines)]
    return found


def run_queue(parent):
    """Seconds that the threads of the children of a process have waited for a CPU."""
    waited = 0
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        for thread in Path(f"/proc/{child}/task").iterdir():
            waited += int((thread / "schedstat").read_text().split()[1])
    return waited / 1e9


class QuestionTests(unittest.TestCase):
    server: Prometheus
    folder: Path
    # A target of the job that does not answer.
    nobody: str
    started: float
    waited: dict[str, float]

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        address = cls.enterClassContext(exporter_on(free_port(), cls.folder, OBSERVATION))
        cls.nobody = f"127.0.0.1:{free_port()}"
        scrape = {"job_name": "gil", "static_configs": [{"targets": [address, cls.nobody]}]}
        cls.server = cls.enterClassContext(Prometheus(cls.folder, free_port(), [], [scrape], interval="1s"))
        cls.server.wait_for('up{job="gil"} == 1', 60)
        cls.started = time.time()
        services = {name: cls.enterClassContext(cls.service(name)) for name in SERVICES}
        restarting = threading.Thread(target=cls.restart)
        restarting.start()
        cls.server.wait_for('gil_process_observed_seconds_total{group="idle"} > 10', 60)
        before = {name: (time.monotonic(), run_queue(services[name].pid)) for name in ("web", "crowd")}
        # The last half minute of each lock, and the window of each query, are full.
        cls.server.wait_for('gil_process_observed_seconds_total{group="idle"} > 45', 120)
        cls.waited = {
            name: (run_queue(services[name].pid) - waited) / (time.monotonic() - at)
            for name, (at, waited) in before.items()
        }
        restarting.join()

    @classmethod
    @contextlib.contextmanager
    def service(cls, name, program=None):
        command = ["python3", "-c", program or SERVICES[name], f"question={name}", cls.folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            try:
                yield process
            finally:
                process.kill()

    @classmethod
    def restart(cls):
        for _ in range(RESTARTS):
            with cls.service("again", IDLE):
                time.sleep(5)

    def answers(self, number):
        """For each query of the question, the values by group."""
        for query in queries()[number]:
            rows = self.server.query(query)
            values = {row["metric"].get("group"): float(row["value"][1]) for row in rows}
            yield {name: value for name, value in values.items() if name in SERVICES or name == "again"}

    def tenths(self):
        """The share of the time in which the workers of the web held their locks, in total."""
        return sum(float((self.folder / f"worker-{number}").read_text()) for number in (1, 2, 3))

    def test_the_page_has_ten_questions_with_a_test_each(self):
        self.assertEqual(list(queries()), list(range(1, 11)))
        for number, expressions in queries().items():
            self.assertTrue(all(expressions))
            self.assertTrue([name for name in dir(self) if name.startswith(f"test_question_{number}_")], number)

    def test_question_1_which_services_suffer_most(self):
        (waiting,) = self.answers(1)
        self.assertEqual(max(waiting, key=lambda name: waiting[name]), "web")
        self.assertAlmostEqual(waiting["web"], 1, delta=0.15)
        self.assertAlmostEqual(waiting["crowd"] + waiting["idle"], 0, delta=0.01)

    def test_question_2_how_busy_is_the_lock_of_each_process(self):
        (held,) = self.answers(2)
        # Four processes use their locks, the master does not.
        self.assertAlmostEqual(held["web"], (1 + self.tenths()) / 4, delta=0.05)
        self.assertLess(held["hash"], 0.2)
        self.assertEqual(held["idle"], 0)

    def test_question_3_how_many_cpus_it_would_use(self):
        (demand,) = self.answers(3)
        self.assertAlmostEqual(demand["web"], 1 + 1 + self.tenths(), delta=0.2)
        self.assertAlmostEqual(demand["idle"], 0, delta=0.01)

    def test_question_4_how_long_a_wait_takes(self):
        seconds, stalled = self.answers(4)
        self.assertAlmostEqual(seconds["web"], 0.02, delta=0.005)
        # The web holds its lock for 20 ms at a time, which is not long.
        self.assertLess(stalled["web"], 0.05)
        self.assertAlmostEqual(stalled["report"], float((self.folder / "report").read_text()), delta=0.05)

    def test_question_5_one_worker_is_saturated(self):
        saturated, held, waiting = self.answers(5)
        self.assertEqual((saturated["web"], saturated["hash"], saturated["idle"]), (1, 0, 0))
        self.assertGreater(held["web"], 0.9)
        self.assertAlmostEqual(waiting["web"], 1, delta=0.15)
        self.assertEqual(held["idle"], 0)

    def test_question_6_lock_or_machine(self):
        shares, stalled = self.answers(6)
        # One thread waits for the lock of the web, and nobody for those of the crowd.
        self.assertAlmostEqual(shares["web"], self.waited["web"], delta=0.1)
        self.assertGreater(self.waited["crowd"], 1)
        self.assertGreater(shares["crowd"], 100)
        # The holders of the web's lock sleep.
        self.assertGreater(stalled["web"], 0.8)
        self.assertLessEqual(stalled["web"], 1.05)

    def test_question_7_extensions_in_parallel(self):
        (cpus,) = self.answers(7)
        self.assertGreater(cpus["hash"], 0.05)
        self.assertLess(cpus["web"], 0.05)
        # rate() extrapolates each counter on its own, to zero at most, and so by different times.
        self.assertTrue(all(number > -0.001 for number in cpus.values()), cpus)

    def test_question_8_which_versions(self):
        (expression,) = queries()[8]
        text = subprocess.run(["python3", "-VV"], check=True, capture_output=True, text=True).stdout
        version = text.split()[1]
        rows = [row for row in self.server.query(expression) if row["metric"]["group"] == "web"]
        self.assertEqual([(row["metric"]["version"], float(row["value"][1])) for row in rows], [(version, 5)])

    def test_question_9_what_has_restarted(self):
        starts, age, unobserved = self.answers(9)
        # The first start may be in the first sample of the series, which an increase does not count.
        self.assertAlmostEqual(starts["again"], RESTARTS - 0.5, delta=1)
        self.assertLess(starts["idle"], 1.5)
        self.assertAlmostEqual(age["web"], time.time() - self.started, delta=5)
        # An interpreter takes some 20 ms of CPU to start.
        self.assertTrue(0 < unobserved["again"] < 0.1, unobserved)
        self.assertEqual(unobserved["idle"], 0)

    def test_question_10_is_the_data_fresh_and_whole(self):
        down, scanned, rare, unreadable, limited, late = queries()[10]
        self.assertEqual([row["metric"]["instance"] for row in self.server.query(down)], [self.nobody])
        self.assertLess(self.server.value(scanned), 10)
        # Ten per cent of a CPU are enough for these few processes.
        self.assertFalse(self.server.query(rare))
        self.assertFalse([row for row in self.server.query(unreadable) if row["metric"]["reason"] != "permission"])
        limits = {row["metric"]["limit"] for row in self.server.query(limited)}
        if os.geteuid() == 0:
            self.assertFalse(limits & {"hidden_processes", "capability"})
        self.assertTrue(0 <= self.server.value(late) <= 1)


if __name__ == "__main__":
    unittest.main()
