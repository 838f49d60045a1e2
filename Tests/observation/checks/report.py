"""Runs cases and prints their results."""

import inspect
import time

ATTEMPTS = 4
verdicts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
# Cases that failed all attempts, with their interpreters.
unsteady: list[tuple] = []
failures: list[str] = []


def case(sentence, of=lambda interpreter: True):
    """Marks a function as a case of some interpreters. It raises an error, or may return figures."""

    def mark(function):
        function.sentence = sentence
        function.is_case_of = of
        return function

    return mark


class Skipped(Exception):
    """The case does not apply, and why."""


class Unsteady(AssertionError):
    """A figure is wrong, possibly because the machine is busy: worth another attempt."""


def steady(condition, text):
    if not condition:
        raise Unsteady(text)


def near(figure, truth, tolerance, what):
    steady(abs(figure - truth) <= tolerance, f"{what} {figure:.3f}, but it was {truth:.3f} ± {tolerance:.3f}")


def run(modules, interpreter, *others):
    """Runs the cases of the modules in source order."""
    for function in (function for module in modules for function in cases_of(module)):
        if function.is_case_of(interpreter):
            settle(function, (interpreter, *others), unsteady.append)


def run_unsteady():
    """Runs the cases again that failed all attempts: the machine may be less busy by now."""
    if unsteady:
        print(f"\nagain, at the end: {len(unsteady)}", flush=True)
    for function, subject in unsteady:
        print(f"\n{subject[0]}", flush=True)
        settle(function, subject, None)


def settle(function, subject, postpone):
    """Runs a case and counts its verdict, unless its figures stay wrong and `postpone` takes it."""
    began = time.monotonic()
    verdict, detail = attempt(function, subject)
    line = f"{time.monotonic() - began:4.1f} s  {function.sentence:<62}  {detail}".rstrip()
    if isinstance(detail, Unsteady) and postpone is not None:
        print(f"LATER {line}", flush=True)
        postpone((function, subject))
        return
    verdicts[verdict] += 1
    if verdict == "FAIL":
        failures.append(f"{subject[0]}: {line}")
    print(f"{verdict}  {line}", flush=True)


def summary():
    """Prints the failures once more, since few people read the lines before the last, and the numbers of cases."""
    print()
    for failure in failures:
        print(f"FAIL  {failure}")
    print("{PASS} passed, {FAIL} failed, {SKIP} skipped".format(**verdicts))
    return verdicts["FAIL"] > 0 or verdicts["PASS"] == 0


def attempt(function, subject):
    for remaining in reversed(range(ATTEMPTS)):
        try:
            return "PASS", function(*subject) or ""
        except Skipped as reason:
            return "SKIP", reason
        except Unsteady as reason:
            if remaining == 0:
                return "FAIL", reason
            print(f"      again: {reason}", flush=True)
        except Exception as error:
            return "FAIL", f"{type(error).__name__}: {error}"
    raise AssertionError("no attempt was made")


def cases_of(module):
    functions = [value for value in vars(module).values() if inspect.isfunction(value)]
    cases = [value for value in functions if value.__module__ == module.__name__ and hasattr(value, "sentence")]
    return sorted(cases, key=lambda function: function.__code__.co_firstlineno)
