"""Honest processes, which know how long they hold their lock, wait for it and how often it changes hands."""

import contextlib
import sys
import time
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from Benchmarks import interpreters
from Tests.observation.checks.observed import Observed

from .exposition import value_of
from .repeated import Repeated
from .schedule import SETTLE

METRICS = {
    "held": "gil_process_held_seconds_total",
    "wait": "gil_process_wait_seconds_total",
    "observed": "gil_process_observed_seconds_total",
    "samples": "gil_process_samples_total",
    "switches": "gil_process_switches_total",
    "waiting": "gil_process_waiting_threads",
    "processes": "gil_processes",
}
# Expressions that a process evaluates: the time, and the seconds (or the number) so far.
BUSY, WAITED = "account()", "waited()[::2]"
SWITCHES = "(time.perf_counter(), word(places()[0]))"
INTERVAL = 0.5
SHORTEST_WINDOW, LONGEST_WINDOW = 3.0, 60.0
# Some samples are late. Beside that, a share p of n samples has the standard error sqrt(p (1 - p) / n), of which four
# are allowed: there are a thousand windows. How many samples the exporter takes depends on the other processes.
TOLERANCE, LEAST_RATE = 0.03, 10.0
# Of a counter that the exporter reads. It grows in bursts of so many (Subject.tell_truth), which edges of windows cut.
EXACT_TOLERANCE, BURST = 0.02, 40.0
# Reloads hide from the exporter what happens before the first sample of a new observer: some tenths of a second each on
# a busy host, and this share of a run at most.
HIDDEN = 0.12


@dataclass(frozen=True)
class Kind:
    name: str
    # The last one returns the threads that wait for the lock.
    starts: tuple[str, ...]
    # By metric, what it knows of it, or a constant rate.
    truths: dict[str, str | float]
    # Whether the truth includes the time that its waiting threads were runnable without a CPU: it measures how late
    # they have the lock, and how long others compute, who wait for them to take it.
    includes_run_queue: bool = False


KINDS = [
    Kind("mix", ("start(mix, 1, 'mix')",), {"held": BUSY}),
    Kind("pair", ("start(mix, 1, 'mix')", "start(visit, 2, 'visit')"), {"held": BUSY, "wait": WAITED}, True),
    # It holds the lock for ever, and five threads wait for it.
    Kind("keep", ("start(want, 5, 'want')",), {"held": 1.0, "wait": 5.0}),
    Kind("turns", ("prepare_alternation()",), {"switches": SWITCHES}),
]


class Subject:
    def __init__(self, kind, interpreter):
        self.kind, self.interpreter = kind, interpreter
        self.group = f"honest-{kind.name}"
        self.observed = Observed([interpreter.path, "-X", f"gil-soak={kind.name}"])
        for expression in kind.starts:
            self.waiters = self.observed.ask(expression)
        if kind.name == "keep":
            self.observed.tell("keep()")
            self.observed.next()
        # By metric: times, and what was true then.
        self.truth: dict[str, list[tuple[float, float]]] = {metric: [] for metric in kind.truths}
        self.run_queue: list[tuple[float, float]] = []
        self.seen: list[tuple[float, dict[str, float]]] = []

    def tell_truth(self):
        for metric, expression in self.kind.truths.items():
            if isinstance(expression, str):
                self.truth[metric].append(self.observed.ask(expression))
        if self.kind.includes_run_queue:
            self.run_queue.append((time.monotonic(), sum(map(self.run_queue_seconds, self.waiters))))
        if self.kind.name == "turns":
            self.observed.ask("alternate(20)")

    def run_queue_seconds(self, thread):
        """Time that a thread was runnable without a CPU: Documentation/scheduler/sched-stats.rst."""
        return int(Path(f"/proc/{self.observed.pid}/task/{thread}/schedstat").read_text().split()[1]) / 1e9

    def true_growth(self, metric, begin, end):
        """The least and the most that it can have been."""
        constant = self.kind.truths[metric]
        if not isinstance(constant, str):
            return constant * (end - begin), constant * (end - begin)
        most = at(self.truth[metric], end) - at(self.truth[metric], begin)
        unsure = at(self.run_queue, end) - at(self.run_queue, begin) if self.kind.includes_run_queue else 0.0
        return most - unsure, most


def at(points, when):
    """The value at a time, between two points on the line that joins them."""
    index = bisect_left(points, (when, 0.0))
    if index == 0 or index == len(points):
        raise LookupError(when)
    (begin, low), (end, high) = points[index - 1], points[index]
    return low + (high - low) * (when - begin) / (end - begin)


@dataclass(frozen=True)
class Comparison:
    subject: str
    metric: str
    # "whole run", "undisturbed", or a window.
    over: str
    seconds: float
    seen: float
    # The least and the most that it can have been.
    least: float
    most: float
    tolerance: float
    # Samples per second.
    rate: float

    @property
    def difference(self):
        """0 between the least and the most."""
        return min(0.0, self.seen - self.least) + max(0.0, self.seen - self.most)

    def is_right(self):
        return abs(self.difference) <= self.tolerance


class Honest(Repeated):
    def __init__(self, findings):
        super().__init__("honest", INTERVAL)
        self.findings = findings
        self.subjects: list[Subject] = []
        self.missing: list[tuple[float, str]] = []

    @contextlib.contextmanager
    def running(self):
        """Starts the processes, and asks them until the block ends."""
        found = [one for one in interpreters.named([sys.executable, *interpreters.on_path()]) if not one.free_threaded]
        distinct: dict[str, interpreters.Interpreter] = {}
        for one in found:
            if one.implementation == "CPython":
                distinct.setdefault(one.version.rpartition(".")[0], one)
        chosen = list(distinct.values())
        try:
            for number, kind in enumerate(KINDS):
                self.subjects.append(Subject(kind, chosen[number % len(chosen)]))
            yield
        finally:
            self.stop()
            for subject in self.subjects:
                subject.observed.__exit__()

    def turn(self):
        for subject in self.subjects:
            try:
                subject.tell_truth()
            except (AssertionError, OSError) as error:
                self.findings.fault("disturbances", f"{subject.group} does not answer: {error}")
                return False
        return True

    def saw(self, families, when):
        """Takes what a scrape has of the processes."""
        for subject in self.subjects:
            values = {metric: value_of(families, name, group=subject.group) for metric, name in METRICS.items()}
            if values["processes"] != 1:
                self.missing.append((when, f"{subject.group}: gil_processes is {values['processes']}"))
            subject.seen.append((when, {metric: value for metric, value in values.items() if value is not None}))

    def judge(self, schedule, is_complete):
        comparisons = []
        for subject in self.subjects:
            windows = list(self.windows(subject, schedule))
            for metric in subject.kind.truths:
                found = self.compare(subject, metric, windows, schedule.began)
                if is_complete and not {one.over for one in found} >= {"undisturbed", "whole run"}:
                    self.findings.fault("honest", f"{subject.group}, {metric}: too little was seen to compare it")
                for one in found:
                    if one.over == "whole run" and one.rate < LEAST_RATE:
                        self.findings.fault("honest", f"{subject.group}: {one.rate:.1f} samples per second")
                comparisons += found
        for one in comparisons:
            if not one.is_right():
                truth = f"{one.least:.3f} to {one.most:.3f} ± {one.tolerance:.3f}"
                text = f"{one.metric} {one.seen:.3f} per second, but it was {truth}"
                self.findings.fault("honest", f"{one.subject}, {one.over} ({one.seconds:.0f} s): {text}")
        for when, text in self.missing:
            excused = any(schedule.excused(what, when, when, SETTLE) for what in ("numbers", "presence"))
            if when > schedule.began + SETTLE and not excused:
                self.findings.fault("honest", f"at {when - schedule.began:.0f} s: {text}")
        return comparisons

    def windows(self, subject, schedule):
        """Pairs of scrapes between which the exporter could observe all the time."""
        # Nothing is read until a new observer has found the process; sampled rates are those of observed time anyway.
        taken = ("numbers", "presence") if "switches" in subject.kind.truths else ("numbers",)
        begin = None
        last = None
        for one in subject.seen[:-1]:
            disturbed = (
                any(schedule.excused(what, one[0], one[0], SETTLE) for what in taken) or "observed" not in one[1]
            )
            if begin and last and (disturbed or one[0] - begin[0] > LONGEST_WINDOW):
                if last[0] - begin[0] >= SHORTEST_WINDOW:
                    yield begin, last
                begin = None
            if disturbed:
                begin = None
            elif begin is None and one[0] > schedule.began + SETTLE:
                begin = one
            last = one
        if begin and last and last[0] - begin[0] >= SHORTEST_WINDOW:
            yield begin, last

    def compare(self, subject, metric, windows, began):
        """Over each window, over all of them, and over the whole run."""
        grown = [growth for window in windows if (growth := self.growth(subject, metric, *window))]
        found = []
        if metric != "switches":
            # They come in bursts, so that the edges of a window matter.
            found += [comparison(subject, metric, f"from {one.begin - began:.0f} s", one) for one in grown]
        if grown:
            found.append(comparison(subject, metric, "undisturbed", Growth.sum(grown)))
        complete = [one for one in subject.seen if one[1].keys() >= {metric, "observed"}]
        if len(complete) > 4 and (whole := self.growth(subject, metric, complete[1], complete[-2])):
            found.append(comparison(subject, metric, "whole run", whole))
        return found

    def growth(self, subject, metric, begin, end):
        """None if the exporter or the process did not tell."""
        try:
            observed, samples, seen = (end[1][name] - begin[1][name] for name in ("observed", "samples", metric))
            truth = subject.true_growth(metric, begin[0], end[0])
        except LookupError:
            return None
        return Growth(begin[0], end[0] - begin[0], observed, samples, seen, *truth) if observed > 0 else None


@dataclass(frozen=True)
class Growth:
    """What was seen and what was true between two scrapes, and the seconds, all and those observed."""

    begin: float
    seconds: float
    observed: float
    samples: float
    seen: float
    least: float
    most: float
    windows: int = 1

    @classmethod
    def sum(cls, parts):
        first, *_ = parts
        names = ("seconds", "observed", "samples", "seen", "least", "most", "windows")
        return cls(first.begin, *(sum(getattr(part, name) for part in parts) for name in names))


def comparison(subject, metric, over, growth):
    """Rates: what is sampled is counted only while it is observed, what is read also in between."""
    least, most = growth.least / growth.seconds, growth.most / growth.seconds
    if metric == "switches":
        seen = growth.seen / growth.seconds
        least *= 1 - HIDDEN if over == "whole run" else 1
        tolerance = EXACT_TOLERANCE * most + BURST * growth.windows**0.5 / growth.seconds
    else:
        seen = growth.seen / growth.observed
        # Each thread that waits has its share of the variance.
        threads = len(subject.waiters) if metric == "wait" else 1
        tolerance = max(1.0, most) * TOLERANCE + 4 * threads * 0.5 / max(growth.samples, 1.0) ** 0.5
    rate = growth.samples / growth.seconds
    return Comparison(subject.group, metric, over, growth.seconds, seen, least, most, tolerance, rate)
