"""Runs checks and writes a report."""

import inspect
import time

REPORT = "/shared/report"
STATE = "/shared/state"


def check(sentence, essential=False):
    """Marks a function as a check. It raises an error, or may return a figure for the report.

    If an essential check fails, the rest is skipped.
    """

    def mark(function):
        function.sentence = sentence
        function.essential = essential
        return function

    return mark


class Skipped(Exception):
    """The check does not apply, and why."""


def run(*modules):
    """Runs the checks of the modules in source order."""
    for function in (function for module in modules for function in checks_of(module)):
        began = time.monotonic()
        try:
            verdict, detail = "PASS", function() or ""
        except Skipped as reason:
            verdict, detail = "SKIP", reason
        except Exception as error:
            verdict, detail = "FAIL", f"{type(error).__name__}: {error}"
        seconds = time.monotonic() - began
        append(REPORT, f"{verdict}  {seconds:5.1f} s  {function.sentence:<80}  {detail}".rstrip())
        if verdict == "FAIL" and function.essential:
            break
    append(STATE, "end")


def checks_of(module):
    functions = [value for value in vars(module).values() if inspect.isfunction(value)]
    checks = [value for value in functions if value.__module__ == module.__name__ and hasattr(value, "sentence")]
    return sorted(checks, key=lambda function: function.__code__.co_firstlineno)


def append(path, line):
    with open(path, "a") as file:
        file.write(line + "\n")
