"""Processes that pretend to be Pythons, and Pythons that are not what they seem."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ..cgroups import version_2_folder
from ..schedule import disturbance

# Where a program ends for the kernel, which does not load what comes after: corrupted there, it still runs.
HEADER = 4096


def interpreter_image():
    """The file that has the interpreter: its program, or the shared library."""
    with open("/proc/self/maps") as file:
        for line in file:
            path = line.split(maxsplit=5)[-1].strip()
            if "libpython3" in os.path.basename(path):
                return Path(path)
    return Path(os.path.realpath(sys.executable))


def corrupted(stage, name, places):
    """A copy of the interpreter's file with random bytes at so many random places."""
    data = bytearray(interpreter_image().read_bytes())
    for _ in range(places):
        data[stage.chance.randrange(HEADER, len(data))] = stage.chance.randrange(256)
    # Section headers: elf(5), e_shoff at 40; of 64 bytes each.
    sections = int.from_bytes(data[40:48], "little")
    for _ in range(8):
        place = min(len(data) - 1, sections + stage.chance.randrange(64 * 20))
        data[place] = stage.chance.randrange(256)
    path = stage.folder / name
    path.write_bytes(data)
    path.chmod(0o755)
    return path


@disturbance("programs named like interpreters that are none")
def impostors(stage, seconds):
    for name in ("python3", "python3.11", "libpython3.13.so.1.0", 'python3"} 1\n# TYPE x counter', "pypy3"):
        path = stage.folder / name
        shutil.copy("/bin/sleep", path)
        stage.spawn(path, 1000)
    stage.pause(seconds)


@disturbance("mappings of corrupted interpreters that come and go")
def maps(stage, seconds):
    files = [corrupted(stage, f"libpython3.{minor}.so.1.0", places=4000) for minor in (11, 12, 13)]
    truncated = stage.folder / "libpython3.14.so.1.0"
    truncated.write_bytes(interpreter_image().read_bytes()[: 64 * 1024])
    (stage.folder / "libpython3.10.so").write_bytes(b"\x7fELF" + bytes(stage.chance.randbytes(8000)))
    for _ in range(2):
        stage.program("maps", *files, truncated, stage.folder / "libpython3.10.so")
    stage.pause(seconds)


@disturbance("interpreters whose files are corrupted")
def files(stage, seconds):
    image, program = interpreter_image(), Path(os.path.realpath(sys.executable))
    for number in range(6):
        folder = stage.folder / str(number)
        folder.mkdir()
        # The fewer places are changed, the more likely it runs.
        path = corrupted(stage, f"{number}/{image.name}", places=2**number)
        environment = {**os.environ, "PYTHONHOME": sys.base_prefix, "LD_LIBRARY_PATH": str(folder)}
        stage.spawn(path if image == program else program, "-c", "import time; time.sleep(1000)", env=environment)
    stage.pause(seconds)
    lived = sum(process.poll() is None for process in stage.processes)
    stage.note(f"{lived} of 6 lived")


@disturbance("an interpreter whose state is overwritten with garbage")
def garbage(stage, seconds):
    victim = stage.program("keep", stdout=subprocess.PIPE, text=True)
    state = int(victim.stdout.readline())
    rest = seconds
    stage.pause(1)
    with open(f"/proc/{victim.pid}/mem", "r+b", buffering=0) as memory:
        while rest > 0 and stage.pause(0.05):
            rest -= 0.05
            memory.seek(state + stage.chance.randrange(0, 4096, 8))
            # Often a plausible pointer.
            value = stage.chance.choice([stage.chance.getrandbits(64), state + 8 * stage.chance.randrange(4096), 0])
            memory.write(value.to_bytes(8, "little"))


@disturbance("names with quotes, line feeds and invalid UTF-8")
def names(stage, seconds):
    titles = [b'a"b\\', b"line\nfeed", b"\xff\xfe", b"{} 1\n", b"\x1b[2J", b"x" * 100_000, "日本語".encode()]
    for title in map(os.fsdecode, titles):
        renamed = ["bash", "-c", 'exec -a "$0" "$@"', title]
        stage.spawn(*renamed, sys.executable, "-c", "import time; time.sleep(1000)", title)
    stage.program("names")
    stage.pause(seconds)


@disturbance("cgroups that are named like services, and with quotes")
def cgroups(stage, seconds):
    made = []
    try:
        for name in ('".service', "a\\x2db.service", "\xff.scope", "cron.service"):
            folder = version_2_folder(f"{stage.exporter.folder.name}-{name}")
            made.append(folder)
            process = stage.spawn(sys.executable, "-c", "import time; time.sleep(1000)")
            (folder / "cgroup.procs").write_text(str(process.pid))
        stage.pause(seconds)
    finally:
        for process in stage.processes:
            process.kill()
            process.wait()
        for folder in made:
            folder.rmdir()


@disturbance("interpreters in one process that are made and ended")
def subinterpreters(stage, seconds):
    stage.program("subinterpreters", 40)
    stage.pause(seconds)
