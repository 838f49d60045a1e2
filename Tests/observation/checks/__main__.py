"""Runs the cases on each available interpreter.

Minor versions as arguments ("3.13") select interpreters.
"""

import sys

from . import activity, containers, counters, embedding, life, places, profile, report, subinterpreters, waiting
from .interpreters import all_interpreters

interpreters = [it for it in all_interpreters() if not sys.argv[1:] or f"3.{it.minor}" in sys.argv[1:]]
for interpreter in interpreters:
    print(f"\n{interpreter}: {' '.join(interpreter.command)}", flush=True)
    others = interpreters[interpreters.index(interpreter) + 1 :] + interpreters[: interpreters.index(interpreter)]
    report.run([activity, waiting, counters, subinterpreters, profile], interpreter)
    report.run([life], interpreter, others)
    report.run([containers, places, embedding], interpreter)

report.run_unsteady()
sys.exit(report.summary())
