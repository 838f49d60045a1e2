"""The threads that hold a lock and wait for it."""

from .activity import waiters_are_as_expected
from .observed import Observed
from .report import case, near, steady
from .watch import look


def with_lock(interpreter):
    return interpreter.has_gil


@case("one thread waits for a holder in C", of=with_lock)
def one(interpreter):
    return keeping(interpreter, 1)


@case("five threads wait for a holder in C, and are named", of=with_lock)
def five(interpreter):
    return keeping(interpreter, 5)


@case("threads measure how often and how long they wait for each other", of=with_lock)
def competing(interpreter):
    with Observed(interpreter.command) as observed:
        observed.ask("start(compete, 3, 'compete')")
        return lengths(interpreter, observed)


@case("a thread measures how long it waits for one that computes", of=with_lock)
def visiting(interpreter):
    with Observed(interpreter.command) as observed:
        observed.ask("start(compete, 1, 'compete')")
        observed.ask("start(visit, 1, 'visit')")
        return lengths(interpreter, observed)


def lengths(interpreter, observed):
    """The waits that ended, and how long they took on average, by the exporter and by the threads themselves."""
    began, count, seconds = observed.ask("waited()")
    seen = look(observed.pid, seconds=2)
    ended, counted, waited = observed.ask("waited()")
    if not waiters_are_as_expected(interpreter, seen):
        return None
    truth, rate = (counted - count) / (ended - began), seen["waits_ended_per_second"]
    near(rate, truth, 0.15 * truth + 5, "waits ended a second")
    own, mean = (waited - seconds) / (counted - count), seen["wait_ratio"] / rate
    near(mean, own, 0.2 * own + 0.0005, "seconds of a wait")
    return f"{rate:.0f} waits/s ({truth:.0f}) of {1000 * mean:.2f} ms ({1000 * own:.2f})"


def keeping(interpreter, contenders):
    with Observed(interpreter.command) as observed:
        numbers = observed.ask(f"start(want, {contenders}, 'want')")
        assert observed.ask("keep()") == "keeping"
        # It has said so before it took the lock for good.
        seen = look(observed.pid, options=["--threads"])
        waiting = waiters(seen)
        for _ in range(9 if interpreter.tells_waiters else 0):
            # Once in a switch interval a waiter looks up, and is not seen waiting for some microseconds.
            if len(waiting) == contenders:
                break
            waiting.update(waiters(look(observed.pid, seconds=0.1, options=["--threads"])))
    near(seen["held_ratio"], 1, 0.01, "held")
    steady(seen["switches_per_second"] == 0, f"{seen['switches_per_second']} switches a second")
    holders = [thread for thread in seen["threads"] if thread["role"] == "holds"]
    assert len(holders) == 1, seen["threads"]
    # The thread's number is in its state from 3.11 on.
    expected = observed.pid if interpreter.minor >= 11 else None
    assert holders[0].get("tid") == expected, holders
    if not waiters_are_as_expected(interpreter, seen):
        assert not waiting, waiting
        return f"held {seen['held_ratio']:.3f}, and nobody is said to wait or not to"
    assert waiting.keys() == set(numbers), (waiting, numbers)
    assert set(waiting.values()) == {f"want-{index}" for index in range(contenders)}, waiting
    steady(seen["waiting_threads"] == contenders, f"{seen['waiting_threads']} waiting")
    near(seen["wait_ratio"], contenders, 0.1 * contenders, "wait")
    # Each waits for one switch interval of 5 ms again and again, and late by what its CPU makes it wait.
    timed = seen["timed_waits_per_second"]
    steady(100 * contenders <= timed <= 201 * contenders, f"{timed} timed waits/s")
    steady(seen["waits_ended_per_second"] == 0, f"{seen['waits_ended_per_second']} waits ended a second")
    return f"held {seen['held_ratio']:.3f}, waiting {seen['waiting_threads']}, {timed:.0f} timed waits/s"


def waiters(seen):
    return {thread["tid"]: thread["name"] for thread in seen["threads"] if thread["role"] == "waits"}
