"""Counts that are known in advance."""

from .activity import waiters_are_as_expected
from .observed import Observed
from .report import case, steady
from .watch import Watch

TIMES = 2000
# Changes of holder when the process is asked to begin, and when it has ended.
ASIDE = 20


@case("every change of holder is counted", of=lambda interpreter: interpreter.has_gil)
def alternation(interpreter):
    with Observed(interpreter.command) as observed:
        observed.ask("prepare_alternation()")
        with Watch(observed.pid, seconds=0.2) as watch:
            before = watch.next()["switches_total"]
            own = observed.ask(f"alternate({TIMES})")
            seen = last_change(watch)
    if own is not None:
        assert 2 * TIMES <= own <= 2 * TIMES + ASIDE, own
    truth = own or 2 * TIMES
    count = seen["switches_total"] - before
    steady(truth <= count <= truth + ASIDE, f"{count} switches, but there were {truth}")
    waiters_are_as_expected(interpreter, seen)
    return f"{count}, by its own account {truth}"


def last_change(watch):
    """The document after a whole window without changes."""
    seen = watch.next()
    while True:
        seen, before = watch.next(), seen
        if 0 < seen["switches_total"] == before["switches_total"] and seen["samples_total"] > before["samples_total"]:
            return seen
