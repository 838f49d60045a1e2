"""Several interpreters in one process: PEP 684."""

from .ledger import observe
from .observed import Observed
from .report import Skipped, case, near, steady

COUNT = 3


@case("subinterpreters, each with a thread that counts")
def counting(interpreter):
    if not interpreter.has_ctypes:
        raise Skipped("it has no extension modules, so no module for them either")
    with Observed(interpreter.command) as observed:
        observed.ask(f"subinterpreters({COUNT})")
        seen, truth = observe(observed.pid)
    assert seen["interpreters"] == 1 + COUNT, seen
    held, waiting = seen["held_ratio"], seen.get("waiting_threads")
    if not interpreter.has_gil:
        assert held == 0, held
    elif interpreter.minor >= 12:
        # Each has its own lock, without contention.
        near(held, COUNT, 0.03 * COUNT, "held")
        steady(waiting == 0, f"{waiting} waiting")
    else:
        # All share one.
        assert held <= 1.0001, held
        steady(held >= truth.cpu - 0.05, f"held {held:.3f}, but it took {truth.cpu:.3f} of a CPU")
        steady(0.2 < seen["wait_ratio"] <= COUNT, f"waiting {seen['wait_ratio']}")
    return f"{seen['interpreters']} interpreters, held {held:.3f}, waiting {waiting}, {truth.cpu:.2f} CPUs"
