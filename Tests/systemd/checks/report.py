"""Runs checks and writes down what came of each."""

import inspect
import time

REPORT = "/shared/report"
STATE = "/shared/state"


def check(sentence, essential=False):
    """Marks a function as a check. It raises what is wrong, and may return a figure that is worth to be read.

    Without an essential one there is no sense in what follows.
    """

    def mark(function):
        function.sentence = sentence
        function.essential = essential
        return function

    return mark


class Skipped(Exception):
    """This check has nothing to check here, and why."""


def run(*modules):
    """Runs the checks of the modules in the order in which they are written."""
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
