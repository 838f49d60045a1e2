"""The interpreters that are there."""

import glob
import os
import subprocess

from .observed import SOURCE, literal

# Commands, separated by semicolons: "chroot /some/root /usr/bin/python3;/opt/python/bin/python3.13t -X gil=1".
MORE = "GIL_EXPORTER_TEST_PYTHONS"
NAMES = ["python3"] + [f"python3.{minor}{kind}" for minor in range(8, 16) for kind in ("", "t")]


class Interpreter:
    def __init__(self, command, description):
        self.command = command
        _, self.version, self.is_free_threaded, self.has_gil, libc, self.has_ctypes = description
        self.minor = int(self.version.split(".")[1])
        # platform.libc_ver() knows glibc alone.
        self.libc = " ".join(libc) if libc[0] == "glibc" else "musl"
        # Of the root that it runs in; "" is this host's.
        self.root = command[1] if command[0] == "chroot" else ""

    @property
    def tells_waiters(self):
        return self.libc != "musl"

    @property
    def program(self):
        """Its path as it sees it itself."""
        return self.command[2] if self.root else self.command[0]

    def __str__(self):
        build = ("t" if self.is_free_threaded else "") + (", GIL off" if not self.has_gil else "")
        suite = f", {os.path.basename(self.root)}" if self.root else ""
        return f"{self.version}{build}, {self.libc}{suite}"


def all_interpreters():
    places = [os.path.join(folder, name) for folder in os.environ["PATH"].split(":") for name in NAMES]
    commands = [[path] for path in places if os.access(path, os.X_OK)]
    # Of those that pyenv has not every one is on PATH.
    commands += [[path] for path in sorted(glob.glob(f"{os.environ.get('PYENV_ROOT', '')}/versions/*/bin/python3"))]
    commands += [command.split() for command in os.environ.get(MORE, "").split(";") if command.strip()]
    found: dict[tuple[str, ...], Interpreter] = {}
    for command in commands:
        if interpreter := identified(command):
            found.setdefault(tuple(interpreter.command), interpreter)
    return sorted(found.values(), key=lambda it: (it.minor, it.is_free_threaded, it.has_gil, it.libc, it.root))


def identified(command):
    """None where the command starts no CPython from 3.8 on."""
    script = "import sys; assert sys.version_info >= (3, 8)\n" + SOURCE
    script += "print(repr((os.path.realpath(sys.executable), identify())))"
    done = subprocess.run([*command, "-I", "-c", script], capture_output=True, text=True)
    if done.returncode != 0:
        return None
    program, description = literal(done.stdout)
    if description[0] != "cpython":
        return None
    # A shell script that looks for the interpreter is not what is observed, but what starts it in another root is.
    place = next(index for index, word in enumerate(command) if os.path.basename(word).startswith("python"))
    return Interpreter([*command[:place], program, *command[place + 1 :]], description)
