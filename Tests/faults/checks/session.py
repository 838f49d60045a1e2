"""Runs the daemon once under the injector, and judges it from its start to its stop."""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

from Tests.syscalls.checks.session import PROBES, Session, label, metrics, readable, request

from . import effects, places

CONFIGURATION = """
probing: {{interval: 1s, jitter: 0%, cpu_budget: 100%, time_limit: 5s, probes: [{probes}]}}
observation:
  scan_interval: 1s
  groups: [{{name: {group}, command_line: {group}}}]
runtimes:
  discover: none
  list:
    - {{name: native, iterations: 200000}}
    - {{name: python3, python: [{python}], iterations: 20000}}
"""
# refcount and latency take longer, and their workers make the calls of the others.
RUN_PROBES = ("gil", "multiprocess")
# For failures elsewhere.
FEWER_PROBES = ("gil",)
PROBING_PARTS = ("Probing", "Worker processes")
# Holds its lock a quarter of the time, and adds up in a file how long. argv: file, group.
OBSERVED = """
import mmap, struct, sys, time
opened = open(sys.argv[1], "r+b")
file = mmap.mmap(opened.fileno(), 8)
held, now = 0.0, time.monotonic
while True:
    began = now()
    while now() - began < 0.004: pass
    held += now() - began
    file[:] = struct.pack("d", held)
    time.sleep(0.012)
"""
PARTS_LIMIT = 20
RELOAD_LIMIT = 5
FORMATS: tuple[tuple[str, ...], ...] = (
    (),
    ("Accept: application/openmetrics-text; version=1.0.0", "Accept-Encoding: gzip"),
    (),
    ("Accept: application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",),
)
PAGES = ("/", "/-/healthy", "/-/ready", "/api/v1/groups", "/api/v1/rounds")
# How far the held ratio may be from the truth: samples of some seconds on a busy machine.
TOLERANCE = 0.2
COUNTED = re.compile(r"fail|error|missed|unobservable|suppressed|overflow")
# Levels that people see by default.
LEVELS = ("level=INFO", "level=WARN", "level=ERROR", "level=NOTICE")


class FaultSession(Session):
    """A session of the daemon. Without failures, it lists the places; without an injector, it does neither."""

    def __init__(self, injector, binary, folder, failures=()):
        super().__init__(binary, [], folder, None)
        # (place, effect) each.
        self.injector, self.failures = injector, failures
        needs_all = not failures or any(place.part in PROBING_PARTS for place, _ in failures)
        self.run_probes = RUN_PROBES if needs_all else FEWER_PROBES
        self.report = os.path.join(folder, "places")
        self.truth = os.path.join(folder, "held")
        self.group = f"observed-{os.path.basename(folder)}"
        # Events of this run, in words; failures of single requests.
        self.lost_requests: list[str] = []
        self.counted: dict[str, float] = {}
        self.families: set[str] = set()
        self.messages: list[str] = []
        self.earlier: dict[tuple[str, str], float] = {}
        self.counters: set[str] = set()
        self.ratios: list[tuple[float, float, float, float]] = []
        self.rounds: dict[tuple[str, str], tuple[float, float, bool]] = {}
        self.scrapes = 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.write_configuration()

    def write_configuration(self, is_valid=True):
        with open(self.configuration, "w") as file:
            file.write(
                CONFIGURATION.format(probes=", ".join(self.run_probes), group=self.group, python=sys.executable)
                if is_valid
                else "probing: {interval: never}\n"
            )

    def started(self, words):
        if words[1] != "serve" or not self.injector:
            return words
        failures = [f"{place.key}={effects.argument(effect)}" for place, effect in self.failures]
        return [self.injector, self.report, "+".join(failures) or ",".join(map(str, places.resolved())), *words]

    def environment(self, **more):
        # Its handler of traps takes seconds.
        return super().environment(SWIFT_BACKTRACE="enable=no", **more)

    def reported(self, what):
        """The fields of the injector's lines of this kind."""
        if not os.path.exists(self.report):
            return []
        with open(self.report, errors="replace") as file:
            return [line.rstrip("\n").split("\t") for line in file if line.startswith(f"{what}\t")]

    @property
    def address(self):
        """A fixed port: a call that asks for the chosen one may fail."""
        return f"127.0.0.1:{self.port}"

    @property
    def daemon(self):
        started = self.reported("started")
        return int(started[0][2]) if started else self.process.pid

    @property
    def injected(self):
        """How many of the calls have failed."""
        return len(self.reported("injected"))

    def run(self):
        with open(self.truth, "wb") as file:
            file.write(bytes(8))
        observed = subprocess.Popen([sys.executable, "-c", OBSERVED, self.truth, self.group], start_new_session=True)
        try:
            self.serve()
        finally:
            observed.kill()
            observed.wait()
        self.seen.log = self.log()
        self.messages = [
            readable(line) for line in self.seen.log.splitlines() if any(level in line for level in LEVELS)
        ]
        return self

    # The phases

    def live(self):
        port = self.wait_for_parts()
        if self.process.poll() is not None:
            self.ended_early()
            return
        if port is None:
            self.forbid("listens nowhere, without a message")
        else:
            self.pages(port)
            self.reloads(port)
            self.scrape(port)
            self.is_plausible()
        if self.process.poll() is None:
            self.stop()
        else:
            self.died("while it runs")
            self.forbid(f"ends by itself, with exit status {self.process.returncode}: {self.last_line()}")

    def wait_for_parts(self):
        port, deadline = None, time.monotonic() + PARTS_LIMIT
        while self.process.poll() is None and time.monotonic() < deadline:
            if port is None:
                if "msg=Listening address=127.0.0.1:" in self.log():
                    port = self.port
            elif self.scrape(port) and self.all_works():
                return port
            time.sleep(0.2)
        if self.process.poll() is None and port is not None:
            for (runtime, probe), (_, _, works) in self.rounds.items():
                if not works:
                    self.seen.parts[f"{runtime} {probe}"] = "no later run"
            missing = [f"{runtime} {probe}" for runtime, probe in self.probes() if (runtime, probe) not in self.rounds]
            self.seen.parts |= dict.fromkeys(missing, "no run")
            if len(self.ratios) < 2:
                self.seen.parts["observation"] = "no samples"
        return port

    def probes(self):
        return [(runtime, probe) for runtime, probe in PROBES if probe in self.run_probes]

    def all_works(self):
        """Whether every probe has run, again after a failure, and the observed process was sampled for a while."""
        return (
            all(self.rounds.get(probe, (0, 0, False))[2] for probe in self.probes())
            and len(self.ratios) > 1
            and self.ratios[-1][2] - self.ratios[0][2] > 1.5
        )

    def scrape(self, port):
        """Whether it was answered; notes what it shows."""
        headers = FORMATS[self.scrapes % len(FORMATS)]
        self.scrapes += 1
        with open(self.truth, "rb") as file:
            (truth,) = struct.unpack("d", file.read(8))
        now = time.monotonic()
        try:
            status, body = request(port, "/metrics", headers)
        except (OSError, ValueError) as error:
            if self.process.poll() is None:
                self.lost_requests.append(re.sub(r"\s*\(.*?\)|\[.*?\] ", "", f"{error}"))
            return False
        if status != 200:
            self.lost_requests.append(f"status {status}: {body.strip()[:100]}")
            return False
        if not headers:
            self.note(metrics(body), body, truth, now)
        return True

    def note(self, values, text, truth, now):
        self.counters |= set(re.findall(r"^# TYPE (\S+) counter", text, re.MULTILINE))
        self.families |= {family for family, _ in values}
        for (family, labels), value in values.items():
            if value != value or value in (float("inf"), float("-inf")):
                self.forbid(f"{family} is {value}")
            if family in self.counters:
                if value < self.earlier.get((family, labels), 0):
                    self.forbid(f"{family}{labels} goes back")
                self.earlier[family, labels] = value
            if COUNTED.search(family) and value > 0:
                reason = label(labels, "reason") or label(labels, "cause")
                name = family + (f'{{reason="{reason}"}}' if reason else "")
                self.counted[name] = max(self.counted.get(name, 0), value)
        for probe in self.probes():
            mine = f'{{runtime="{probe[0]}",probe="{probe[1]}"'
            runs = values.get(("gil_probe_runs_total", mine + "}"), 0)
            failures = sum(
                value
                for (family, labels), value in values.items()
                if family == "gil_probe_failures_total" and labels.startswith(mine)
            )
            before, failed, works = self.rounds.get(probe, (0, 0, False))
            works = runs > before or (works and failures == failed)
            self.rounds[probe] = (max(before, runs), failures, works)
        group = f'{{group="{self.group}"}}'
        held = values.get(("gil_process_held_seconds_total", group))
        observed = values.get(("gil_process_observed_seconds_total", group))
        if held is not None and observed:
            self.ratios.append((held, observed, now, truth))

    def is_plausible(self):
        if len(self.ratios) < 2:
            return
        first, last = self.ratios[0], self.ratios[-1]
        held, observed, wall, truth = (last[i] - first[i] for i in range(4))
        if observed < 1:
            return
        # A total may lag behind by the pause between samples and between publications.
        if observed > wall + 1.5 or held > wall + 1.5:
            self.forbid(f"observed {observed:.1f} s, held {held:.1f} s in {wall:.1f} s")
        if abs(held / observed - truth / wall) > TOLERANCE:
            self.forbid(f"held {held / observed:.0%} of the time, in truth {truth / wall:.0%}")

    def pages(self, port):
        for path in PAGES:
            for attempt in (1, 2):
                try:
                    status, text = request(port, path)
                    if status == 200:
                        break
                    error = f"status {status}: {text.strip()[:100]}"
                except (OSError, ValueError) as failure:
                    error = re.sub(r"\s*\(.*?\)|\[.*?\] ", "", f"{failure}")
                self.lost_requests.append(error)
                if attempt == 2:
                    self.forbid(f"{path}: {error}")

    def reloads(self, port):
        """By SIGHUP and by command, a valid file and an invalid one. The first reload may fail, with a message."""
        for attempt in (1, 2):
            if self.reloads_by(lambda: os.kill(self.daemon, signal.SIGHUP), "Reloaded the configuration"):
                break
            if attempt == 2:
                self.forbid("SIGHUP reloads nothing, twice")
        self.write_configuration(is_valid=False)
        for attempt in (1, 2):
            if self.reloads_by(self.reload_command, "err="):
                break
            if attempt == 2:
                self.forbid("an invalid file is not reported, twice")
        self.write_configuration()
        self.scrape(port)

    def reloads_by(self, action, message):
        size = len(self.log())
        action()
        deadline = time.monotonic() + RELOAD_LIMIT
        while time.monotonic() < deadline and self.process.poll() is None:
            new = self.log()[size:]
            if message in new:
                return True
            if "level=WARN" in new or "level=ERROR" in new:
                return False
            time.sleep(0.05)
        return False

    def reload_command(self):
        status, text = self.finish("reload", [self.binary, "reload", "--control.socket", self.control])
        if status == 0:
            self.forbid("reload reports success for an invalid file")
        elif "never" not in text and "interval" not in text and text.strip():
            self.lost_requests.append("gil-exporter reload: " + text.strip().splitlines()[-1])
            os.kill(self.daemon, signal.SIGHUP)
