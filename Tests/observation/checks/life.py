"""Processes that become two, or something else."""

from .observed import ARGUMENTS, Observed
from .report import Unsteady, case, steady
from .watch import Watch, look


@case("fork: parent and children are distinguished")
def fork(interpreter, _):
    with Observed(interpreter.command) as observed:
        # What the parent has counted, the children inherit, and it is none of theirs.
        observed.ask("prepare_alternation()")
        observed.ask("alternate(500)")
        busy, idle = observed.ask("fork(2)"), observed.ask("fork(0)")
        parent, two, none = look(observed.pid, busy, idle)
    for seen in (parent, two, none):
        assert seen["version"] == interpreter.version and seen["interpreters"] == 1, seen
    for seen in (parent, none):
        steady(seen["held_ratio"] < 0.01 and seen["switches_per_second"] == 0, f"one that sleeps: {seen}")
    if interpreter.has_gil:
        steady(two["held_ratio"] > 0.9 * min(two["cpu_ratio"], 1), f"one that counts: {two}")
        steady(two["switches_per_second"] > 10, f"one that counts: {two}")
    else:
        assert two["held_ratio"] == 0, two
    return f"held {parent['held_ratio']:.3f}, and the children {two['held_ratio']:.3f} and {none['held_ratio']:.3f}"


@case("exec: a new interpreter is observed, another program is not")
def become(interpreter, others):
    other = next((it for it in others if it.root == interpreter.root and it.version != interpreter.version), None)
    with Observed(interpreter.command) as observed, Watch(observed.pid, seconds=0.2) as watch:
        versions = [watch.next()["version"]]
        if other:
            arguments = [other.program, *other.command[1 if not other.root else 3 :], *ARGUMENTS]
            observed.tell(f"os.execv({arguments[0]!r}, {arguments!r})")
            assert observed.next() == "ready"
            versions.append(until(watch, lambda seen: seen.get("version") == other.version)["version"])
        observed.tell("os.execv('/bin/sleep', ['sleep', '1000'])")
        complaint, looks = watch.end()
        # It was in the midst of one look, and a sample may have been on its way when the next began.
        steady(looks <= 5, f"{looks} looks after the interpreter was gone")
        assert "runs no CPython" in complaint, complaint
    return " → ".join([*versions, "/bin/sleep"])


def until(watch, condition):
    """The first document that fits; a program is told from another at the next look, and read from then on."""
    for _ in range(20):
        seen = watch.next()
        if condition(seen):
            return seen
    raise Unsteady(f"not in 20 looks: {seen}")
