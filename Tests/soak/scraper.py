"""An honest client: scrapes once a second like Prometheus, asks for the health, and checks every answer."""

import http.client
import re
import time
from dataclasses import dataclass

from Benchmarks.exporter import Scraper
from Benchmarks.report import CouldNotRun

from .exposition import OPEN_METRICS, TEXT, Malformed, parse
from .repeated import Repeated

GROUP = re.compile(r'[{,]group="((?:[^"\\]|\\.)*)"')
OBSERVED = "gil_process_observed_seconds_total"
INTERVAL = 1.0
# A group with fewer observed process-seconds than this, and than at the previous scrape, has begun anew.
NEW = 30.0


@dataclass(frozen=True)
class Failure:
    """What failed, and between which times."""

    check: str
    begin: float
    end: float
    text: str


class HonestScraper(Repeated):
    def __init__(self, exporter, findings, honest):
        super().__init__("scraper", INTERVAL)
        self.exporter, self.findings, self.honest = exporter, findings, honest
        self.kept: Scraper | None = None
        self.failures: list[Failure] = []
        # Begin and seconds of each successful scrape.
        self.took: list[tuple[float, float]] = []
        self.counters: dict[str, float] = {}
        self.series = 0
        self.families: dict = {}
        self.number = 0

    def turn(self):
        self.attempt("scrapes", self.scrape)
        self.attempt("health", self.ask_health)

    def attempt(self, check, action):
        begin = time.monotonic()
        try:
            action()
        # An AttributeError or the like is a fault of this program, and is to be seen.
        except (OSError, http.client.HTTPException, CouldNotRun) as error:
            self.failures.append(Failure(check, begin, time.monotonic(), f"{type(error).__name__}: {error}"))

    def scrape(self):
        """Over a new connection and a kept one in turn, and in both formats."""
        self.number += 1
        form = OPEN_METRICS if self.number % 3 == 0 else TEXT
        begin = time.monotonic()
        if self.number % 2:
            scraper = self.exporter.daemon.scraper()
            try:
                body = scraper.scrape(form.accept)
            finally:
                scraper.close()
        else:
            body = self.scrape_again(form)
        self.took.append((begin, time.monotonic() - begin))
        self.check(body, form, begin)

    def scrape_again(self, form):
        """Over the connection of the last time, or a new one if the exporter has closed it, as Prometheus does."""
        if self.kept:
            try:
                return self.kept.scrape(form.accept)
            except (ConnectionError, http.client.RemoteDisconnected):
                self.kept.close()
            except BaseException:
                self.forget()
                raise
        self.kept = self.exporter.daemon.scraper()
        try:
            return self.kept.scrape(form.accept)
        except BaseException:
            self.forget()
            raise

    def forget(self):
        if self.kept:
            self.kept.close()
        self.kept = None

    def check(self, body, form, begin):
        try:
            families = parse(body, form)
        except Malformed as error:
            self.findings.fault("expositions", str(error))
            return
        self.families = families
        self.series = sum(len(family.samples) for family in families.values())
        self.check_counters(families)
        self.honest.saw(families, begin)

    def check_counters(self, families):
        found = {
            key: value
            for family in families.values()
            if family.kind != "gauge"
            for key, value in family.samples.items()
        }
        # A group that gave up its place begins at 0 if it comes back: Documentation/metrics.md.
        for key, value in found.items():
            if value < self.counters.get(key, 0) and not self.is_of_new_group(key, found):
                self.findings.fault("counters", f"{key} went from {self.counters[key]} back to {value}")
        kept = {key: value for key, value in self.counters.items() if key not in found and not GROUP.search(key)}
        self.counters = {**kept, **found}

    def is_of_new_group(self, key, found):
        """Whether its group has given up its place since the previous scrape, and has another now."""
        group = GROUP.search(key)
        observed = f'{OBSERVED}{{group="{group[1]}"}}' if group else ""
        return observed in found and found[observed] < min(NEW, self.counters.get(observed, 0.0))

    def ask_health(self):
        for path in ("/-/healthy", "/-/ready"):
            connection = http.client.HTTPConnection("127.0.0.1", self.exporter.health_port, timeout=10)
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                text = response.read()
            finally:
                connection.close()
            if response.status != 200:
                raise CouldNotRun(f"{path} was answered with {response.status}: {text[:200]!r}")

    def judge(self, schedule):
        """Counts the failures that no disturbance excuses. Returns how many there are of others."""
        excused = 0
        for failure in self.failures:
            if schedule.excused("scrapes", failure.begin, failure.end):
                excused += 1
            else:
                self.findings.fault(failure.check, f"at {failure.begin - schedule.began:.0f} s: {failure.text}")
        return excused
