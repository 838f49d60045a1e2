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
    steady(100 * contenders <= seen["waits_per_second"] <= 201 * contenders, f"{seen['waits_per_second']} waits/s")
    return f"held {seen['held_ratio']:.3f}, waiting {seen['waiting_threads']}, {seen['waits_per_second']:.0f} waits/s"


def waiters(seen):
    return {thread["tid"]: thread["name"] for thread in seen["threads"] if thread["role"] == "waits"}
