"""The Python interpreters of this host."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Each interpreter is asked, because a program on PATH may be a script that chooses one.
SELF_DESCRIPTION = """
import json, platform, sys, sysconfig
print(json.dumps([sys.executable, platform.python_implementation(), platform.python_version(),
                  bool(sysconfig.get_config_var("Py_GIL_DISABLED"))]))
"""


@dataclass(frozen=True)
class Interpreter:
    path: str
    implementation: str
    version: str
    free_threaded: bool

    def __str__(self):
        return f"{self.implementation} {self.version}{'t' if self.free_threaded else ''}"

    def command(self, *, lock):
        """The command that starts it with its lock on or off. Builds that always have a lock reject the option."""
        return [self.path] + (["-X", f"gil={int(lock)}"] if self.free_threaded else [])


def describe(program):
    """None if it does not run, or is older than the exporter supports."""
    try:
        done = subprocess.run([program, "-c", SELF_DESCRIPTION], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    found = Interpreter(*json.loads(done.stdout))
    return found if tuple(map(int, found.version.split(".")[:2])) >= (3, 8) else None


def named(programs):
    """The interpreters of these programs, each once, in this order."""
    found: dict[str, Interpreter] = {}
    for program in programs:
        interpreter = describe(program)
        if interpreter is not None:
            found.setdefault(os.path.realpath(interpreter.path), interpreter)
    return list(found.values())


def on_path():
    """`python3` first, then every `python3.N`, `python3.Nt` and `pypy3`."""
    programs = []
    for directory in filter(None, os.environ.get("PATH", "").split(":")):
        if os.path.isdir(directory):
            names = sorted(entry.name for entry in Path(directory).iterdir())
            programs += [f"{directory}/{name}" for name in names if re.fullmatch(r"python3(\.\d+t?)?|pypy3", name)]
    return ["python3"] + programs
