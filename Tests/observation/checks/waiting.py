"""The threads that hold a lock and wait for it."""

from .activity import waiters_are_as_expected
from .observed import Observed
from .report import case, near, steady
from .watch import look


def with_lock(interpreter):
    return interpreter.has_gil


def with_waiters(interpreter):
    return interpreter.has_gil and interpreter.tells_waiters and interpreter.has_ctypes


@case("one thread waits for a holder in C", of=with_lock)
def one(interpreter):
    return keeping(interpreter, 1)


@case("five threads wait for a holder in C, and are named", of=with_lock)
def five(interpreter):
    return keeping(interpreter, 5)


@case("threads measure how often and how long they wait for each other", of=with_waiters)
def competing(interpreter):
    with Observed(interpreter.command) as observed:
        observed.ask("start(compete, 3, 'compete')")
        return lengths(interpreter, observed)


@case("a thread measures how long it waits for one that computes", of=with_waiters)
def visiting(interpreter):
    with Observed(interpreter.command) as observed:
        # It takes its lock back as soon as the visitor sleeps, and without a wait.
        observed.ask("start(count, 1, 'count')")
        observed.ask("start(visit, 1, 'visit')")
        return lengths(interpreter, observed, most=2)


@case("a lock that claims more waiters than the process has threads makes it unobservable", of=with_waiters)
def claiming(interpreter):
    with Observed(interpreter.command) as observed:
        assert observed.ask("claim(1 << 20)"), "the lock was not found"
        seen = look(observed.pid, status=1)
        assert seen.get("unobservable") == "impossible", seen
        assert "wait_ratio" not in seen, seen


def lengths(interpreter, observed, most=1):
    """The waits that ended, and how long they took on average, by the exporter and by the threads themselves.

    Without a free CPU, the exporter may count a switch without a wait as a wait: so many times too many.
    """
    began, count, seconds = observed.ask("waited()")
    seen = look(observed.pid, seconds=2)
    ended, counted, waited = observed.ask("waited()")
    waiters_are_as_expected(interpreter, seen)
    truth, rate = (counted - count) / (ended - began), seen["waits_ended_per_second"]
    steady(0.85 * truth - 5 <= rate <= 1.15 * most * truth + 5, f"{rate} waits ended a second, but it was {truth}")
    own, mean = (waited - seconds) / (counted - count), seen["wait_ratio"] / rate
    steady(0.75 * own / most <= mean <= 1.25 * own + 0.0005, f"{mean} s for a wait, but it was {own}")
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
    steady(len(holders) == 1, f"threads: {seen['threads']}")
    # The thread's number is in its state from 3.11 on.
    expected = observed.pid if interpreter.minor >= 11 else None
    assert holders[0].get("tid") == expected, holders
    if not waiters_are_as_expected(interpreter, seen):
        assert not waiting, waiting
        return f"held {seen['held_ratio']:.3f}, and nobody is said to wait or not to"
    steady(waiting.keys() == set(numbers), f"{waiting} wait, but it was {numbers}")
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
