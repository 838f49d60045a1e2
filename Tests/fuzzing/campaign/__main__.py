"""`make fuzz`: runs the fuzz targets for a time, and exits with 1 if one of them found something."""

import argparse
import os
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor

from .report import report
from .target import ROOT, Outcome, Target, build, fuzz, minimise, replay, targets

# Seconds between two lines of progress.
PACE = 15.0
REPORT = ROOT / ".cache/fuzzing/report.md"


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="Tests/fuzzing/run", description=f"{__doc__} `make fuzz` passes ARGUMENTS to it."
    )
    parser.add_argument("--target", action="append", metavar="NAME", help="only this target; may be repeated")
    parser.add_argument(
        "--seconds", type=positive, default=60, metavar="N", help="time of each target (default: %(default)s)"
    )
    parser.add_argument(
        "--jobs", type=positive, default=os.cpu_count() or 1, metavar="N", help="targets at a time (default: all CPUs)"
    )
    parser.add_argument(
        "--rounds", type=positive, default=1, metavar="N", help="times that every target runs (default: %(default)s)"
    )
    parser.add_argument(
        "--no-address-sanitizer",
        action="store_true",
        help="several times as many executions; they find neither wrong accesses to memory nor large allocations",
    )
    parser.add_argument(
        "--minimise",
        action="store_true",
        help="instead of fuzzing, add the fewest inputs that reach more code to Tests/Fixtures/fuzzing",
    )
    return parser


def chosen(names: list[str] | None, known: list[Target]) -> list[Target]:
    unknown = set(names or []) - {target.name for target in known}
    if unknown:
        listing = ", ".join(target.name for target in known)
        parser().error(f"unknown target {', '.join(sorted(unknown))}: use one of {listing}")
    return [target for target in known if not names or target.name in names]


def progress(outcome: Outcome) -> str:
    return (
        f"{outcome.target.name:18} {outcome.executions:>12,} executions {outcome.per_second:>8,}/s "
        f"{outcome.edges:>6,} edges {outcome.memory:>5} MiB"
    )


def run(outcomes: list[Outcome], seconds: int, jobs: int) -> None:
    """Runs several targets at a time, each for the same time, and writes the report whenever one is done."""
    with ThreadPoolExecutor(jobs) as pool:
        futures: dict[Future[None], Outcome] = {pool.submit(fuzz, outcome, seconds): outcome for outcome in outcomes}
        pending = set(futures)
        last = time.monotonic()
        try:
            while pending:
                time.sleep(0.2)
                for future in [future for future in pending if future.done()]:
                    pending.remove(future)
                    future.result()
                    outcome = futures[future]
                    print(f"{progress(outcome)}  {'FOUND' if outcome.reason else 'done'}", flush=True)
                    REPORT.write_text(report(outcomes))
                if time.monotonic() - last > PACE:
                    last = time.monotonic()
                    for future in pending:
                        if future.running():
                            print(progress(futures[future]), flush=True)
        except KeyboardInterrupt:
            # The terminal interrupts the fuzzers, too, which then end by themselves.
            pool.shutdown(cancel_futures=True)
            raise


def main() -> int:
    options = parser().parse_args()
    fuzzer = build(address_sanitizer=not options.no_address_sanitizer)
    selected = chosen(options.target, targets(fuzzer))
    if options.minimise:
        for target in selected:
            print(f"{target.name}: {minimise(target)} new inputs", flush=True)
        return 0
    outcomes = [Outcome(target) for target in selected]
    interrupted = False
    try:
        for _ in range(options.rounds):
            run(outcomes, options.seconds, options.jobs)
    except KeyboardInterrupt:
        interrupted = True
    REPORT.write_text(report(outcomes))
    print(f"\n{sum(outcome.executions for outcome in outcomes):,} executions: {REPORT.relative_to(ROOT)}")
    found = [outcome for outcome in outcomes if outcome.reason]
    for outcome in found:
        for finding in outcome.findings:
            print(f"{outcome.target.name} found {finding.relative_to(ROOT)}\n    {replay(outcome.target, finding)}")
        if not outcome.findings:
            print(f"{outcome.target.name} failed without an input:\n{outcome.reason}")
    return 1 if found else 130 if interrupted else 0


if __name__ == "__main__":
    sys.exit(main())
