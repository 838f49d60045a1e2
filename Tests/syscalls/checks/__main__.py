"""Runs the whole program while the kernel refuses one system call after another.

    python3 -m checks [--write] [CALL…] BINARY

With --write, the outcomes replace the table in Documentation/system-calls.md. Without it, a difference is a failure; if
the table has the same outcome for EPERM and ENOSYS, only EPERM is tried.
"""

import argparse
import concurrent.futures
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time

from . import kernels, refusal, table, trace
from .calls import CALLS, FALLBACKS
from .session import MARK, OBSERVED, Session

ERRORS = ("EPERM", "ENOSYS")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="replace the table in the documentation")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 1) + 1)
    parser.add_argument("--keep", action="store_true", help="keep the folder with configurations and logs")
    parser.add_argument("calls", nargs="*", help="no others")
    parser.add_argument("binary", type=os.path.realpath)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="gil-exporter-syscalls-")
    observed = subprocess.Popen([sys.executable, "-c", OBSERVED, MARK], start_new_session=True)
    try:
        return Run(options, folder, observed.pid).all()
    finally:
        observed.kill()
        observed.wait()
        if options.keep:
            print(folder)
        else:
            shutil.rmtree(folder)


class Run:
    def __init__(self, options, folder, observed):
        self.options, self.folder, self.observed = options, folder, observed
        self.passed, self.failed, self.skipped = 0, 0, 0

    def all(self):
        began = time.monotonic()
        self.web_configuration()
        baseline = self.session("nothing", [])
        if not self.verdict("nothing is refused", table.outcome(baseline, baseline), only=("works",)):
            print(baseline.log)
            return 1
        counts, committed = {}, table.read()
        if not self.options.calls:
            counts = self.inventory()
            for name, rules in kernels.FILTERS.items():
                seen = self.session(name.replace(" ", "-"), rules)
                self.verdict(name, table.outcome(seen, baseline), only=kernels.ALLOWED[name])
        outcomes = self.each(baseline, counts, committed)
        if self.options.write:
            table.write(outcomes)
        elif not self.options.calls:
            missing = sorted(set(outcomes) - set(committed))
            self.count(not missing, "the documentation has every call" + (f", but not {missing}" if missing else ""))
        print(f"\n{self.passed} passed, {self.failed} failed, {self.skipped} not on this architecture")
        print(f"{time.monotonic() - began:.0f} s")
        return 1 if self.failed or not self.passed else 0

    def web_configuration(self):
        key, certificate = os.path.join(self.folder, "tls.key"), os.path.join(self.folder, "tls.crt")
        words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        subprocess.run([*words.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
        with open(os.path.join(self.folder, "web.yml"), "w") as file:
            file.write("tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n")

    def session(self, name, rules, **more):
        return Session(self.options.binary, rules, os.path.join(self.folder, name), self.observed, **more).run()

    def inventory(self):
        """Checks that the list has every call that the program makes."""
        session = Session(self.options.binary, [], os.path.join(self.folder, "trace"), self.observed, traced=True)
        session.run()
        counts = trace.calls(session.traces, self.options.binary)
        unknown = sorted(set(counts) - set(CALLS))
        self.count(
            not unknown, f"{len(counts)} system calls are made" + (f", and not listed: {unknown}" if unknown else "")
        )
        if self.options.keep:
            print("   ", " ".join(sorted(counts)))
        return counts

    def each(self, baseline, counts, committed):
        if self.options.calls:
            chosen = [CALLS[name] for name in self.options.calls]
        else:
            # Rare calls may not have been made this time.
            names = (set(counts) & set(CALLS)) | FALLBACKS | set(committed)
            chosen = [call for call in CALLS.values() if call.name in names and not call.vital]
        present = [call for call in chosen if refusal.exists(call.name)]
        self.skipped += len(chosen) - len(present)
        outcomes: dict[str, dict[str, table.Outcome]] = {call.name: {} for call in present}
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            runs = {
                (call.name, error): pool.submit(self.refusing, call.name, error, baseline)
                for call in present
                for error in self.errors(committed.get(call.name))
            }
            doubtful = []
            for (name, error), run in runs.items():
                outcomes[name][error] = run.result()
                expected = self.expected(committed, name, error)
                if self.is_good(outcomes[name][error], expected=expected):
                    self.verdict(f"{name}, {error}", outcomes[name][error], expected=expected)
                else:
                    doubtful.append((name, error, expected))
        for name, error, expected in doubtful:
            # Once more, alone: the machine may have been too busy.
            outcomes[name][error] = self.refusing(name, error, baseline, "-again")
            self.verdict(f"{name}, {error}", outcomes[name][error], expected=expected)
        return outcomes

    def errors(self, documented):
        """The errors to refuse a call with."""
        both = self.options.write or documented is None or documented["EPERM"] != documented["ENOSYS"]
        return ERRORS if both else ERRORS[:1]

    def expected(self, committed, name, error):
        return None if self.options.write else committed.get(name, {}).get(error)

    def refusing(self, name, error, baseline, suffix=""):
        seen = self.session(f"{name}-{error}{suffix}", [[name, getattr(errno, error), []]])
        return table.outcome(seen, baseline)

    @staticmethod
    def is_good(outcome, only=("works", "degraded", "refuses"), expected=None):
        return outcome.kind in only and expected in (None, outcome.kind)

    def verdict(self, what, outcome, only=("works", "degraded", "refuses"), expected=None):
        good = self.is_good(outcome, only, expected)
        suffix = "" if expected in (None, outcome.kind) else f" (documented: {expected})"
        self.count(good, f"{what}: {outcome}{suffix}")
        return good

    def count(self, good, text):
        print(f"{'PASS' if good else 'FAIL'}  {text}", flush=True)
        if good:
            self.passed += 1
        else:
            self.failed += 1


sys.exit(main())
