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
    counts: collections.Counter[str] = collections.Counter()
    # Whether a process or thread is the program's own.
    own: dict[str, bool] = {}
    unfinished: dict[str, str] = {}
    with open(path, errors="replace") as file:
        for line in file:
            number, _, rest = line.partition(" ")
            rest = rest.strip()
            if resumed := re.match(r"<\.\.\. (\w+) resumed>(.*)", rest):
                call, rest = resumed[1], unfinished.pop(number, "") + resumed[2]
            elif begun := re.match(r"(\w+)\(", rest):
                call = begun[1]
                if own.setdefault(number, True):
                    counts[call] += 1
                if rest.endswith("<unfinished ...>"):
                    unfinished[number] = rest
                    # Its child may be seen before it returns.
                    continue
            else:
                continue
            result = re.search(r"\) += (-?\d+)", rest)
            if not result or int(result[1]) < 0:
                continue
            if call in STARTS:
                own[result[1]] = own.get(number, True)
            elif call == "execve":
                program = re.match(r'execve\("([^"]*)"', rest)
                names = (binary, os.path.realpath(binary), "/proc/self/exe")
                own[number] = program is not None and program[1] in names
    return counts
