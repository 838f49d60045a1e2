"""What the exporter takes of the host, once a second: memory, descriptors, threads, children, lines of log."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from .repeated import Repeated
from .trend import trend

INTERVAL = 1.0
# Seconds for which a child may be dead and not reaped.
ZOMBIE_LIMIT = 5.0
# Lines of log: 500 at once, and 5 a second (SECURITY.md).
LOG_AT_ONCE, LOG_PER_SECOND = 500, 5


@dataclass(frozen=True)
class Limit:
    """What may grow, per hour, and in runs of less than half an hour, whose first minutes allocate what stays."""

    check: str
    unit: str
    per_hour: float
    slack: float


LIMITS = {
    "anonymous": Limit("memory", "MB", 2, 16),
    "resident": Limit("memory", "MB", 2, 16),
    "descriptors": Limit("descriptors", "", 1, 3),
    "threads": Limit("threads", "", 1, 3),
    "series": Limit("series", "", 50, 2000),
    "children": Limit("children", "", 0.5, 1),
}
HALF_AN_HOUR = 1800


class Watch(Repeated):
    def __init__(self, exporter, scraper, findings):
        super().__init__("watch", INTERVAL)
        self.exporter, self.scraper, self.findings = exporter, scraper, findings
        self.rows: list[dict[str, float]] = []
        self.zombies: dict[int, float] = {}
        self.log_place, self.log_lines = 0, 0
        self.crash_lines: list[str] = []
        self.messages: dict[str, int] = {}

    def turn(self):
        begin = time.monotonic()
        try:
            self.rows.append({"time": begin, **self.read()})
        except (FileNotFoundError, LookupError):
            # A dead process has no memory.
            if self.exporter.daemon.process.poll() is None:
                raise
            return False
        return True

    def read(self):
        daemon = self.exporter.daemon
        status = Path(f"/proc/{daemon.pid}/status").read_text()
        self.read_log()
        return {
            "resident": field(status, "VmRSS") * 1024 / 1e6,
            "anonymous": field(status, "RssAnon") * 1024 / 1e6,
            "threads": field(status, "Threads"),
            "descriptors": daemon.descriptors(),
            "children": self.count_children(),
            "series": self.scraper.series,
            "log_lines": self.log_lines,
        }

    def count_children(self):
        """All children; a fault for those that are dead for long."""
        children = self.exporter.daemon.children()
        now, dead = time.monotonic(), set()
        for child in map(int, children):
            try:
                state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state == "Z":
                dead.add(child)
        self.zombies = {child: self.zombies.get(child, now) for child in dead}
        return len(children)

    def old_zombies(self):
        return [child for child, since in self.zombies.items() if time.monotonic() - since > ZOMBIE_LIMIT]

    def read_log(self):
        with open(self.exporter.log, "rb") as file:
            file.seek(self.log_place)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self.log_place += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            self.log_lines += 1
            match = re.search(r'level=(\w+).*?msg=("(?:[^"\\]|\\.)*"|\S+)', line)
            text = f"{match[1]} {match[2]}" if match else line[:100]
            if match or len(self.messages) < 100:
                self.messages[text] = self.messages.get(text, 0) + 1
            if re.search(r"Fatal error|Program crashed|free\(\)|malloc|corrupted|terminate called", line):
                self.crash_lines.append(line[:300])

    def judge(self, is_complete):
        """The trend of each series. Faults for those that are not flat, and in a complete run for those without one."""
        trends = {}
        for name, limit in LIMITS.items():
            found = trend([(row["time"], row[name]) for row in self.rows])
            trends[name] = found
            if found is None:
                if is_complete:
                    self.findings.fault(limit.check, f"{name}: the run was too short")
                continue
            seconds = self.rows[-1]["time"] - self.rows[0]["time"]
            if not found.is_flat(limit.per_hour, limit.slack if seconds < HALF_AN_HOUR else 0):
                text = f"{name} grows by {found.slope:.3g} ± {found.error:.2g} {limit.unit} per hour"
                self.findings.fault(limit.check, f"{text} ({limit.per_hour:g} are allowed)")
        self.judge_log()
        return trends

    def judge_log(self):
        if not self.rows:
            return
        seconds = self.rows[-1]["time"] - self.rows[0]["time"]
        most = LOG_AT_ONCE + LOG_PER_SECOND * seconds
        if self.log_lines > most:
            self.findings.fault("log", f"{self.log_lines} lines in {seconds:.0f} s, more than {most:.0f}")
        for line in self.crash_lines[:5]:
            self.findings.fault("life", f"in the log: {line}")


def field(status, name):
    return int(re.findall(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[0])
