"""How long the lock is held and waited for, and how often it changes hands."""

from .ledger import observe
from .observed import Observed
from .report import case, near, steady
from .watch import look


@case("idle: the lock is free, and no thread waits")
def idle(interpreter):
    with Observed(interpreter.command) as observed:
        seen = look(observed.pid)
        identity(interpreter, seen)
        assert seen["interpreters"] == 1, seen
        assert abs(seen["switch_interval_seconds"] - 0.005) < 1e-6, seen
        steady(seen["held_ratio"] < 0.01, f"held {seen['held_ratio']}")
        steady(seen["switches_per_second"] == 0, f"{seen['switches_per_second']} switches a second")
        if waiters_are_as_expected(interpreter, seen):
            assert seen["waiting_threads"] == 0 and seen["wait_ratio"] < 0.001, seen
        return f"held {seen['held_ratio']:.3f}"


@case("one thread counts")
def one(interpreter):
    return counting(interpreter, 1)


@case("two threads count")
def two(interpreter):
    return counting(interpreter, 2)


@case("eight threads count")
def eight(interpreter):
    return counting(interpreter, 8)


@case("a thread computes and sleeps in turn")
def mixed(interpreter):
    with Observed(interpreter.command) as observed:
        observed.ask("start(mix, 1, 'mix')")
        began, before = observed.ask("account()")
        seen = look(observed.pid, seconds=1.5)
        ended, after = observed.ask("account()")
    truth = (after - before) / (ended - began)
    near(seen["held_ratio"], truth if interpreter.has_gil else 0, 0.03, "held")
    waiters_are_as_expected(interpreter, seen)
    return f"held {seen['held_ratio']:.3f}, by its own account {truth:.3f}"


def identity(interpreter, seen):
    """The document describes the interpreter."""
    assert seen["version"] == interpreter.version, seen
    assert seen["build"] == ("free-threaded" if interpreter.is_free_threaded else "gil"), seen
    assert seen["gil"] == ("on" if interpreter.has_gil else "off"), seen


def waiters_are_as_expected(interpreter, seen):
    """Whether they are known; where they are not, they are missing."""
    keys = {"wait_ratio", "waiting_threads", "forced_handoffs_per_second"}
    keys |= {"timed_waits_per_second", "waits_ended_per_second"}
    assert keys & seen.keys() == (keys if interpreter.tells_waiters else set()), sorted(seen)
    return interpreter.tells_waiters


def counting(interpreter, workers):
    with Observed(interpreter.command) as observed:
        places = observed.ask("places()")
        observed.ask(f"start(count, {workers}, 'count')")
        seen, truth = observe(observed.pid, places)
    identity(interpreter, seen)
    near(seen["cpu_ratio"], truth.cpu, 0.1 * max(1, truth.cpu), "CPUs")
    near(seen["run_queue_ratio"], truth.run_queue, 0.1 * max(1, truth.run_queue), "waiting for a CPU")
    held, switches = seen["held_ratio"], seen["switches_per_second"]
    if not interpreter.has_gil:
        assert held == 0 and switches == 0 and seen["waiting_threads"] == 0, seen
        return f"held 0, {truth.cpu:.2f} CPUs"

    assert held <= 1.0001, held
    # The holder of the lock may wait for a CPU, but no thread gets a CPU without the lock.
    least = 0.97 if workers == 1 else truth.cpu - 0.05
    steady(held >= least, f"held {held:.3f}, but it took {truth.cpu:.3f} of a CPU")
    figures = f"held {held:.3f}, {truth.cpu:.2f} CPUs, {switches:.0f} switches/s"
    if truth.switches is not None:
        figures += f" ({truth.switches:.0f})"
        counts_are_true(seen, truth)
    elif workers > 1:
        # Hardly more than one per switch interval of 5 ms, and fewer if the CPUs are busy.
        steady(10 <= switches <= 300, f"{switches} switches a second")
    if not waiters_are_as_expected(interpreter, seen):
        return figures

    wait = seen["wait_ratio"]
    assert 0 <= seen["waiting_threads"] <= workers, seen["waiting_threads"]
    # The threads sleep for nothing but the lock, or until one whom they let through has it, when nobody holds it. One
    # that was woken sleeps no more, but waits until it has a CPU.
    tolerance = 0.05 * workers + truth.blur * workers
    least, most = truth.asleep - (1 - held) - tolerance, truth.asleep + truth.run_queue + tolerance
    steady(least <= wait <= most, f"waiting {wait:.3f}, but it was {least:.3f} to {most:.3f}")
    return f"{figures}, waiting {wait:.2f} (asleep {truth.asleep:.2f}, for a CPU {truth.run_queue:.2f})"


def counts_are_true(seen, truth):
    """Values are up to 30 ms older than their line, at both ends of the window."""
    for key, exact in (("switches", truth.switches), ("timed_waits", truth.waits), ("forced_handoffs", truth.handoffs)):
        near(seen[f"{key}_per_second"], exact, 0.1 * exact + 5, f"{key} a second")


def is_seen_counting(interpreter, observed):
    observed.ask("start(count, 1, 'count')")
    seen = look(observed.pid)
    assert seen.get("version") == interpreter.version, seen
    near(seen["held_ratio"], 1 if interpreter.has_gil else 0, 0.03, "held")
    return seen
