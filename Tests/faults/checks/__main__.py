"""Runs the program while one system call fails once, in one place after the other.

python3 -m Tests.faults.checks [--write] [--call CALL]… [--place WORDS] [--sample N] INJECTOR BINARY
"""

import argparse
import concurrent.futures
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import time

from . import effects, outcome, places, table
from .session import FaultSession

CLEAN_RUNS = 3
# The places of rare calls are not all found by one run.
LISTING_RUNS = 2
# Calls that fail in the same run, if nobody should notice, and if it looks as if other processes had ended.
TOGETHER = 6
VANISHING_TOGETHER = 3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="replace the table in Documentation/faults.md")
    parser.add_argument("--list", action="store_true", help="list the places, and run nothing else")
    parser.add_argument("--call", action="append", default=[], help="only this system call; can be repeated")
    parser.add_argument(
        "--place",
        action="append",
        default=[],
        help="only places with this in their description or functions; can be repeated",
    )
    parser.add_argument("--sample", type=int, help="only so many failures, chosen at random")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true", help="keep the folder with configurations and logs")
    parser.add_argument("--results", help="a file that keeps the outcomes, to continue an interrupted run")
    parser.add_argument("injector", type=os.path.realpath)
    parser.add_argument("binary", type=os.path.realpath)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="gil-exporter-faults-")
    try:
        return Run(options, folder).all()
    finally:
        if options.keep:
            print(folder)
        else:
            shutil.rmtree(folder)


class Run:
    def __init__(self, options, folder):
        self.options, self.folder, self.number = options, folder, 0
        self.results: dict[tuple[places.Place, str], outcome.Outcome] = {}
        self.began = time.monotonic()

    def all(self):
        self.web_configuration()
        clean = [self.session("") for _ in range(CLEAN_RUNS)]
        for session in clean:
            if session.seen.forbidden or session.seen.refusal or any(session.seen.parts.values()):
                print(f"FAIL  without failures: {session.seen}\n{session.seen.log}")
                return 1
        self.clean = outcome.Clean(clean)
        listing = [self.session(self.options.injector) for _ in range(LISTING_RUNS)]
        found = places.listed([session.report for session in listing], self.options.binary)
        chosen = self.chosen(found)
        print(f"{len(found)} places; {len(chosen)} failures to inject", flush=True)
        if self.options.list:
            for place, effect in chosen:
                print(f"{describe(place, effect)}   {place.role}/{place.thread}   {place.key}")
            return 0
        self.inject(self.remaining(chosen))
        if self.options.write:
            table.write(self.results)
        return self.summary()

    def web_configuration(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
            + ["-keyout", f"{self.folder}/tls.key", "-out", f"{self.folder}/tls.crt"],
            check=True,
            capture_output=True,
        )
        with open(os.path.join(self.folder, "web.yml"), "w") as file:
            file.write("tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n")

    def session(self, injector, failures=()):
        self.number += 1
        folder = os.path.join(self.folder, f"{self.number}")
        session = FaultSession(injector, self.options.binary, folder, failures)
        return session.run()

    def chosen(self, found):
        failures = [
            (place, effect)
            for place in found
            for effect in place.effects
            if not self.options.call or place.call in self.options.call
            if is_any(self.options.place, f"{describe(place, effect)} {place.frames}")
        ]
        if self.options.sample and self.options.sample < len(failures):
            failures = random.Random(self.options.seed).sample(failures, self.options.sample)
        return failures

    def remaining(self, failures):
        """Those without an outcome in the file of an interrupted run of the same binary."""
        self.count = len(failures)
        if not self.options.results or not os.path.exists(self.options.results):
            return failures
        with open(self.options.results, "rb") as file:
            known = {(place.key, effect): found for (place, effect), found in pickle.load(file).items()}
        self.results = {
            failure: known[failure[0].key, failure[1]] for failure in failures if (failure[0].key, failure[1]) in known
        }
        return [failure for failure in failures if failure not in self.results]

    def inject(self, failures):
        quiet = [failure for failure in failures if effects.is_quiet(failure[0].call, failure[1])]
        vanishing = [failure for failure in failures if effects.is_vanishing(failure[0].about, failure[1])]
        loud = [failure for failure in failures if failure not in quiet + vanishing]
        groups = [*batches(vanishing, VANISHING_TOGETHER), *batches(loud, 1), *batches(quiet, TOGETHER)]
        doubtful = []
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for group, run in [(group, pool.submit(self.failing, group)) for group in groups]:
                doubtful += self.judge(group, run.result())
            again = [(failure, pool.submit(self.failing, [failure])) for failure in doubtful]
            doubtful = [failure for failure, run in again if self.judge([failure], run.result(), is_last=True)]
        for failure in doubtful:
            # Once more, alone: the host may have been too busy.
            self.note(failure, self.failing([failure])[0])

    def failing(self, failures):
        """Returns: the outcome, and whether all calls have failed."""
        session = self.session(self.options.injector, failures)
        result = self.clean.outcome(session), session.injected == len(failures)
        if not self.options.keep:
            shutil.rmtree(session.folder)
        return result

    def judge(self, group, result, is_last=False):
        """Returns: the failures to try again."""
        found, is_complete = result
        if len(group) > 1 and not (found.kind == outcome.ANOTHER_WAY and is_complete):
            return group
        # A short probe on a busy host may give a report that is refused, without any failed call.
        is_doubtful = found.kind == outcome.UNREACHED or "cannot be believed" in found.text
        if len(group) == 1 and (found.kind == outcome.FAULT or (is_doubtful and not is_last)):
            print(f"again {describe(*group[0])}: {found}", flush=True)
            return group
        for failure in group:
            self.note(failure, found)
        return []

    def note(self, failure, found):
        self.results[failure] = found
        mark = "FAIL" if found.kind == outcome.FAULT else "PASS"
        elapsed = time.monotonic() - self.began
        print(f"{mark}  {len(self.results)}/{self.count} {elapsed:.0f} s  {describe(*failure)}: {found}", flush=True)
        if self.options.results:
            with open(self.options.results, "wb") as file:
                pickle.dump(self.results, file)

    def summary(self):
        kinds: dict[str, int] = {}
        for found in self.results.values():
            kinds[found.kind] = kinds.get(found.kind, 0) + 1
        elapsed = time.monotonic() - self.began
        print(", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items())) + f"; {elapsed:.0f} s")
        return 1 if outcome.FAULT in kinds else 0


def is_any(words, text):
    return not words or any(word in text for word in words)


def batches(failures, size):
    return [failures[i : i + size] for i in range(0, len(failures), size)]


def describe(place, effect):
    return f"{place.call} {effect} in {table.described(place)}"


sys.exit(main())
