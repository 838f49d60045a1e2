"""python3 -m Tests.soak --binary BINARY [--minutes N] [--seed S] [--report FOLDER] [--only THEME…]"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from Benchmarks.report import CouldNotRun

from . import report
from .disturbances import THEMES
from .exporter import STOP_LIMIT, Exporter
from .findings import Findings
from .honest import Honest
from .schedule import Schedule
from .scraper import HonestScraper
from .stage import Stage
from .watch import Watch

INTERRUPTED = 130
PROGRESS = 15.0


def main():
    parser = argparse.ArgumentParser(prog="Tests/soak/run")
    parser.add_argument("--binary", required=True, type=os.path.realpath)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", default="1", help="the order and kind of all disturbances follow from it")
    parser.add_argument("--report", type=Path, default=Path(".cache/soak"), help="folder for the report")
    parser.add_argument("--only", nargs="+", choices=THEMES, default=THEMES, help="themes of disturbances")
    options = parser.parse_args()
    interrupted = threading.Event()
    with tempfile.TemporaryDirectory(prefix="gil-exporter-soak-") as folder:
        run = Run(options, Exporter(options.binary, folder), interrupted)
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda *_: run.interrupt())
        try:
            run.run()
        except CouldNotRun as error:
            print(error, file=sys.stderr)
            return 1
    run.write()
    if interrupted.is_set():
        return INTERRUPTED
    return 1 if run.findings.total() else 0


class Run:
    def __init__(self, options, exporter, interrupted):
        self.options, self.exporter, self.interrupted = options, exporter, interrupted
        self.findings = Findings()
        self.honest = Honest(self.findings)
        self.scraper = HonestScraper(exporter, self.findings, self.honest)
        self.watch = Watch(exporter, self.scraper, self.findings)
        self.seconds = options.minutes * 60
        # At the end everything is left alone, so that what stays can be seen.
        self.quiet_seconds = min(60.0, 0.15 * self.seconds)
        # Short runs are to have each disturbance, too.
        self.schedule = Schedule(options.seed, options.only, self.stage, self.findings, hurried=options.minutes < 5)
        self.end_status, self.end_seconds = None, 0.0

    def stage(self, schedule, chance, event):
        return Stage(self.exporter, self.findings, schedule, chance, event)

    def run(self):
        print(f"{self.options.minutes:g} minutes, seed {self.options.seed}", flush=True)
        with self.honest.running(), self.exporter.running():
            threads = [self.honest, self.watch, self.scraper]
            for thread in threads:
                thread.start()
            self.schedule.start()
            try:
                self.wait(self.seconds - self.quiet_seconds)
            finally:
                self.schedule.stop()
            self.wait(self.quiet_seconds)
            # The processes tell the truth until after the last scrape.
            for thread in reversed(threads):
                thread.stop()
            self.end()
            self.log = self.exporter.log.read_bytes()
        self.judge()

    def interrupt(self):
        # Ctrl-C also ends what disturbances have started, which is not to be taken for their failure.
        self.schedule.stopping.set()
        self.interrupted.set()

    def wait(self, seconds):
        """Waits, and shows what goes on. Ends early if it is interrupted or the exporter has ended."""
        end = time.monotonic() + seconds
        next_show = time.monotonic() + PROGRESS
        while time.monotonic() < end and not self.interrupted.wait(0.5):
            if self.exporter.daemon.process.poll() is not None:
                return
            if time.monotonic() >= next_show:
                self.show()
                next_show += PROGRESS

    def show(self):
        row = self.watch.rows[-1] if self.watch.rows else {}
        values = ", ".join(
            f"{name} {row.get(name, 0):.0f}" for name in ("anonymous", "descriptors", "threads", "series")
        )
        counts = f"{len(self.scraper.took)} scrapes, {len(self.scraper.failures)} failed or unhealthy"
        active = "; ".join(self.schedule.active()) or "nothing"
        print(f"{time.monotonic() - self.schedule.began:5.0f} s  {values}; {counts}; now: {active}", flush=True)

    def end(self):
        process = self.exporter.daemon.process
        if process.poll() is not None:
            self.findings.fault("life", f"it ended during the run, with status {process.returncode}")
            self.watch.read_log()
            self.findings.fault("life", "its log ends with: " + self.exporter.log.read_text(errors="replace")[-1500:])
            return
        if old := self.watch.old_zombies():
            self.findings.fault("children", f"{len(old)} children are dead, and not reaped")
        self.end_status, self.end_seconds = self.exporter.end()
        if self.end_status != 0 or self.end_seconds > STOP_LIMIT:
            self.findings.fault("life", f"SIGTERM: status {self.end_status} after {self.end_seconds:.1f} s")
        self.watch.read_log()
        if left := self.left_behind():
            self.findings.fault("children", f"processes are left behind: {left}")

    def left_behind(self):
        """Processes with the program of the exporter, or with its countdown."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                program, words = os.readlink(folder / "exe"), (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if program == self.options.binary or b'"protocol"' in words:
                found.append(int(folder.name))
        return found

    def judge(self):
        self.excused = self.scraper.judge(self.schedule)
        is_complete = not self.interrupted.is_set()
        self.trends = self.watch.judge(is_complete)
        self.comparisons = self.honest.judge(self.schedule, is_complete)

    def write(self):
        report.write(self, self.options.report)


sys.exit(main())
