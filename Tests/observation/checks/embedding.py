"""Interpreters embedded in other programs."""

import glob
import os
import subprocess
import tempfile

from .activity import is_seen_counting
from .observed import Observed
from .report import Skipped, case

# Runs the code in its argument.
EMBEDDER = """
#include <Python.h>
int main(int argc, char **argv) {
    Py_Initialize();
    return argc > 1 ? PyRun_SimpleString(argv[argc - 1]) : 0;
}
"""


def config(interpreter):
    return f"{interpreter.program}-config"


def with_headers(interpreter):
    return not interpreter.root and os.access(config(interpreter), os.X_OK)


def debians_own(interpreter):
    return with_headers(interpreter) and interpreter.program.startswith("/usr/bin/")


@case("embedded in a program that is linked to libpython", of=with_headers)
def embedded(interpreter):
    return embed(interpreter)


@case("embedded in a static program without symbols", of=debians_own)
def embedded_and_stripped(interpreter):
    # libpython3.11-dev has it, for one.
    archives = glob.glob(f"/usr/lib/python3.{interpreter.minor}/config-*/libpython3.{interpreter.minor}.a")
    if not archives:
        raise Skipped("there is no libpython.a of it")
    return embed(interpreter, archives[0])


def embed(interpreter, archive=None):
    def ask(*words):
        done = subprocess.run([config(interpreter), *words], capture_output=True, text=True, check=True)
        return done.stdout.split()

    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "embedder.c"), os.path.join(folder, "embedder")
        with open(source, "w") as file:
            file.write(EMBEDDER)
        libraries = ask("--ldflags", "--embed")
        if archive:
            # The archive is made for programs that are loaded where they say.
            libraries = [word for word in libraries if not word.startswith("-lpython")]
            libraries = ["-no-pie", "-s", archive, *libraries, "-lexpat", "-lz"]
        folders = [word.removeprefix("-L") for word in libraries if word.startswith("-L")]
        words = ["gcc", *ask("--includes"), source, "-o", program, *libraries]
        words += [f"-Wl,-rpath,{path}" for path in folders]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            raise Skipped(f"it cannot be linked: {done.stderr.strip().splitlines()[0][-80:]}")
        home = os.path.dirname(os.path.dirname(interpreter.program))
        with Observed([program], environment={"PYTHONHOME": home, "PYTHONUNBUFFERED": "1"}) as observed:
            is_seen_counting(interpreter, observed)
            size = os.path.getsize(program) // 1024
        return f"a program of {size} KiB"
