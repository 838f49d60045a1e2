"""Measures gil-exporter against its targets. README.md says how to read the result."""

import argparse
import dataclasses
import importlib
import json
import os
import sys
from collections import Counter
from pathlib import Path

from . import interpreters
from .machine import Watch
from .report import CouldNotRun, print_findings
from .setting import Setting

# Benchmarks that need both CPUs run first, while the machine is idle.
BENCHMARKS = [
    *["loop", "refcount", "parallel", "fidelity", "wake_ups", "agreement", "ledger"],
    *["start", "idle", "scrape", "latency", "memory"],
    *["observe_cost", "observe_slowdown", "observe_truth", "observe_budget", "observe_rest"],
    *["observe_wake", "observe_many"],
    *["observe_scan", "observe_lives", "observe_churn", "observe_profile"],
    *["web", "abuse"],
]
# Names of groups.
GROUPS = {"observe": [name for name in BENCHMARKS if name.startswith("observe_")]}


def main():
    options = parse()
    binary = os.path.realpath(options.binary)
    if not os.access(binary, os.X_OK):
        sys.exit(f"Benchmarks: no program at {binary}: build it with 'swift build -c release', or name it by --binary")
    setting = Setting(
        binary,
        interpreters=interpreters.named(["python3", *options.python]),
        all_interpreters=interpreters.named(["python3", *options.python, *interpreters.on_path()]),
        scale=options.scale,
    )
    names = [one for name in options.benchmarks or BENCHMARKS for one in GROUPS.get(name, [name])]
    results = [measure(name, setting) for name in names]
    verdicts = Counter(finding["verdict"] for result in results for finding in result.get("findings", []))
    print(", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()))
    if options.json:
        Path(options.json).write_text(json.dumps({"cpus": os.cpu_count(), "benchmarks": results}, indent=2) + "\n")
    sys.exit(1 if any("error" in result for result in results) else 0)


def parse():
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(prog="python3 -m Benchmarks", description=__doc__)
    names = ", ".join([*BENCHMARKS, *GROUPS])
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", help=f"of {names}; default: all")
    parser.add_argument("--binary", default=root / ".build/release/gil-exporter", help="a release build")
    parser.add_argument(
        "--python", action="append", default=[], metavar="PROGRAM", help="measure this interpreter too; repeatable"
    )
    parser.add_argument("--scale", type=float, default=1, help="times as many repetitions; default: 1")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured to this file")
    options = parser.parse_args()
    unknown = [name for name in options.benchmarks if name not in BENCHMARKS and name not in GROUPS]
    if unknown:
        parser.error(f"no benchmark '{unknown[0]}'; there are {names}")
    return options


def measure(name, setting):
    """The findings of one benchmark and the conditions of the machine, for the JSON."""
    benchmark = importlib.import_module(f".{name}", __package__)
    print(f"{name} …", file=sys.stderr, flush=True)
    watch = Watch()
    try:
        findings = benchmark.run(setting)
    except CouldNotRun as error:
        print(f"{name}: could not run: {error}\n", flush=True)
        return {"name": name, "error": str(error)}
    conditions = watch.conditions()
    print_findings(name, benchmark.QUESTION, findings, conditions)
    return {
        "name": name,
        "question": benchmark.QUESTION,
        "conditions": dataclasses.asdict(conditions),
        "findings": [finding.document() for finding in findings],
    }


if __name__ == "__main__":
    main()
