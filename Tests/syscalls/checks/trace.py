"""The system calls that the program makes, by strace(1), without those of the interpreters that it starts."""

import collections
import os
import re

STARTS = {"clone", "clone3", "fork", "vfork"}


def command(program, output):
    return ["strace", "-f", "-qq", "-s", "256", "-e", "signal=none", "-o", output, *program]


def calls(paths, binary):
    """{call: count} from the output of strace."""
    return sum((calls_in(path, binary) for path in paths), collections.Counter[str]())


def calls_in(path, binary):
    lines = list(parsed(path))
    # A child may be seen before the call that started it returns.
    parents = {result: number for number, call, _, result in lines if call in STARTS and result}
    counts: collections.Counter[str] = collections.Counter()
    # Whether a process or thread is the program's own.
    own: dict[str, bool] = {}
    for number, call, text, result in lines:
        if own.setdefault(number, own.get(parents.get(number, ""), True)):
            counts[call] += 1
        if call == "execve" and result:
            program = re.match(r'execve\("([^"]*)"', text)
            names = (binary, os.path.realpath(binary), "/proc/self/exe")
            own[number] = program is not None and program[1] in names
    return counts


def parsed(path):
    """(process or thread, call, text, result or None) of each call, in the order in which they ended."""
    unfinished: dict[str, tuple[str, str]] = {}
    with open(path, errors="replace") as file:
        for line in file:
            number, _, rest = line.partition(" ")
            rest = rest.strip()
            if resumed := re.match(r"<\.\.\. (\w+) resumed>(.*)", rest):
                call, begun = unfinished.pop(number, (resumed[1], ""))
                rest = begun + resumed[2]
            elif begins := re.match(r"(\w+)\(", rest):
                call = begins[1]
                if rest.endswith("<unfinished ...>"):
                    unfinished[number] = (call, rest)
                    continue
            else:
                continue
            result = re.search(r"\) += (\d+)", rest)
            yield number, call, rest, result[1] if result else None
    # Without an end: the process ended in them.
    for number, (call, text) in unfinished.items():
        yield number, call, text, None
