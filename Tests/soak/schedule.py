"""What disturbs the exporter, and when.

A disturbance is a function that starts something, waits, and ends it. Each theme has a lane: a thread that runs its
disturbances one after another, in an order drawn from the seed, so that the themes disturb at the same time.
"""

import random
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

# Time after a disturbance within which what it took away comes back. Connections that were cut off are noticed within
# 10 s (SECURITY.md), which is also the time limit of a scrape.
GRACE = 12.0
# Time after a disturbance within which numbers follow: the next scan, and a publication of samples.
SETTLE = 3.0


@dataclass(frozen=True)
class Disturbance:
    theme: str
    sentence: str
    run: Callable
    # What the exporter cannot be expected to have meanwhile: "scrapes", "numbers", "presence" of each process.
    takes: frozenset[str]
    seconds: tuple[float, float]
    # Seconds from its end to those of the next of its theme, at least.
    pause: float


@dataclass
class Event:
    """A disturbance that took place."""

    disturbance: Disturbance
    begin: float
    end: float | None = None
    notes: list[str] = field(default_factory=list)

    def excuses(self, what, begin, end, grace):
        """Whether something that was impaired between these times may have been."""
        over = float("inf") if self.end is None else self.end + grace
        return what in self.disturbance.takes and begin <= over and end >= self.begin - 1


class Unavailable(Exception):
    """The host does not allow the disturbance, and why."""


ALL: list[Disturbance] = []


def disturbance(sentence, *, takes=(), seconds=(3.0, 8.0), pause=1.0):
    """Registers a function (stage, seconds). The name of its module is its theme."""

    def register(function):
        theme = function.__module__.rpartition(".")[2]
        ALL.append(Disturbance(theme, sentence, function, frozenset(takes), seconds, pause))
        return function

    return register


class Schedule:
    def __init__(self, seed, themes, make_stage, findings, *, hurried):
        self.seed, self.make_stage, self.findings, self.hurried = seed, make_stage, findings, hurried
        self.events: list[Event] = []
        self.unavailable: dict[str, str] = {}
        self.stopping = threading.Event()
        self.began = time.monotonic()
        self.lanes = [threading.Thread(target=self.run_lane, args=[theme], name=theme) for theme in themes]

    def start(self):
        self.began = time.monotonic()
        for lane in self.lanes:
            lane.start()

    def stop(self):
        """Ends all disturbances, and waits for it."""
        self.stopping.set()
        for lane in self.lanes:
            lane.join()

    def run_lane(self, theme):
        chance = random.Random(f"{self.seed} {theme}")
        kinds = [one for one in ALL if one.theme == theme]
        while not self.stopping.is_set() and kinds:
            for kind in chance.sample(kinds, len(kinds)):
                # A string seeds the same on every host: random.seed().
                self.run_once(kind, random.Random(chance.random()))
                if kind.sentence in self.unavailable:
                    kinds.remove(kind)
                if self.stopping.wait(kind.pause * chance.uniform(0.5, 1.5) * (0.5 if self.hurried else 1)):
                    return

    def run_once(self, kind, chance):
        if self.stopping.is_set():
            return
        event = Event(kind, time.monotonic())
        self.events.append(event)
        try:
            with self.make_stage(self, chance, event) as stage:
                kind.run(stage, chance.uniform(*kind.seconds) * (0.6 if self.hurried else 1))
        except Unavailable as reason:
            self.unavailable[kind.sentence] = str(reason)
            self.events.remove(event)
        except Exception as error:
            if not self.stopping.is_set():
                where = traceback.extract_tb(error.__traceback__)[-1]
                name = where.filename.rpartition("/")[2]
                text = f"{type(error).__name__}: {error} ({name}:{where.lineno})"
                self.findings.fault("disturbances", f"{kind.theme}, {kind.sentence}: {text}")
        finally:
            event.end = time.monotonic()

    def active(self):
        return [event.disturbance.sentence for event in list(self.events) if event.end is None]

    def excused(self, what, begin, end, grace=GRACE):
        return any(event.excuses(what, begin, end, grace) for event in list(self.events))
