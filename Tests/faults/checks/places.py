"""The places of the program that make system calls: what the injector lists, with the names of their functions."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field

from Tests.syscalls.checks import refusal
from Tests.syscalls.checks.calls import CALLS

from . import effects

# Return addresses that tell places apart. With more, shared code has a place for each of its callers' callers.
DEPTH = 4
# Calls of a started process before it runs its program. The addresses on its stack are the C library's.
SPAWNING = {"dup2", "close_range", "execve"}
# Calls whose outcome no caller in the program depends on: one place for each pair of functions is enough.
NEVER_CHECKED = {"close", "futex", "mprotect", "munmap"}
# Read in loops, which the compiler copies.
REPEATED = {"pread64"}
# Modules whose functions serve those of the others.
HELPERS = {"Linux", "CLinux"}
PARTS = {
    "Commands": "Start",
    "ConfigurationFiles": "Configuration and reload",
    "Daemon": "The daemon",
    "Observation": "Scanning",
    "Probing": "Probing",
    "Systemd": "The daemon",
    "Web": "Web server",
}
# Their first argument is not a descriptor.
WITHOUT_SUBJECT = {
    "mmap", "munmap", "mprotect", "madvise", "brk", "clone", "clone3", "socket", "pipe2", "eventfd2", "epoll_create",
    "epoll_create1", "timerfd_create", "signalfd4", "inotify_init1", "prctl", "prlimit64", "kill", "getrandom",
    "sched_getaffinity", "sched_setscheduler", "setpriority", "getpriority", "getrusage", "process_vm_readv", "futex",
    "clock_nanosleep", "wait4", "waitid", "setpgid", "getsid", "capget", "poll", "tgkill", "getcwd", "dup2",
    "close_range", "setsid",
}  # fmt: skip
# What the linker puts in place of a function of the C library serves whoever calls that: the Makefile.
WRAPPER = "__wrap_"
# Functions that stand for their callers.
GLUE = re.compile(
    r"closure #|partial apply|\$defer|thunk|protocol witness|@objc|@nonobjc|implicit|outlined|destroy for"
)


@dataclass(frozen=True)
class Frame:
    function: str
    file: str
    line: int


@dataclass(eq=False)
class Place:
    """A place, or several of the same call in the same functions."""

    call: str
    # As the injector reads it.
    key: str
    # serve or worker, and the thread.
    role: str
    thread: str
    about: str
    library: str
    time: float
    frames: list[Frame] = field(default_factory=list)

    @property
    def effects(self):
        return effects.effects(self.call, self.about, self.library)

    @property
    def identity(self):
        """Equal for copies of the same source, which the compiler makes of loops and generic functions."""
        if self.call in NEVER_CHECKED or (self.call in REPEATED and self.role == "worker"):
            return self.call, self.library, tuple(self.own[:2]) or self.where
        return self.call, self.library, re.sub(r"\d+", "N", self.about), tuple(self.frames) or self.key

    @property
    def own(self):
        """(module, function) of this project, the innermost first, each once."""
        found: list[tuple[str, str]] = []
        for frame in self.frames:
            match = re.search(r"/Sources/([^/]+)/", frame.file)
            if not match or "/checkouts/" in frame.file or not (name := words(frame.function)):
                continue
            if (match[1], name) not in found:
                found.append((match[1], name))
        return found

    @property
    def library_used(self):
        """The library that makes the call, if it is none of the C library's functions."""
        for frame in self.frames:
            if frame.function.startswith(WRAPPER):
                continue
            if match := re.search(r"/checkouts/([^/]+)/", frame.file):
                return match[1]
            if "/Sources/" in frame.file:
                return ""
            if frame.function.startswith(("_dispatch", "libdispatch", "_libdispatch")):
                return "Dispatch"
            if frame.function.startswith(("_ZN", "swift_", "_swift", "_ZL")):
                return "Swift's runtime"
        return ""

    @property
    def where(self):
        """The function of the program that wants something, or the library."""
        callers = [name for module, name in self.own if module not in HELPERS]
        by = callers[0] if callers else self.own[0][1] if self.own else ""
        if library := self.library_used:
            return f"{library}, for {by}" if by else library
        return by or "before the program starts"

    @property
    def part(self):
        """The part of the program, a heading of the document."""
        if self.key.endswith(":-") or self.role == "worker":
            return "Worker processes"
        if self.thread == "gil-sample":
            return "Sampling"
        for module, _ in self.own:
            if module in PARTS:
                return PARTS[module]
        return "Libraries" if self.library_used else "Start"

    @property
    def subject(self):
        """What the call is about, without what differs between runs and hosts."""
        if self.about.isdigit() or self.call in WITHOUT_SUBJECT:
            return ""
        text = re.sub(r"\d+", "N", self.about.removesuffix(" (deleted)"))
        text = re.sub(r"(socket|pipe):.*", r"\1", text.removeprefix("anon_inode:").strip("[]"))
        if not text.startswith(("/proc/", "/sys/", "/dev/", "/memfd:")):
            text = text.rstrip("/").rpartition("/")[2]
        return text.removeprefix("/memfd:")


def words(function):
    """A function's name without labels, generic parameters and what the compiler adds; "" if it stands for another."""
    function = re.sub(
        r"^(closure #\d+ (\(.*?\) )?in |implicit closure #\d+ (\(.*?\) )?in |\$defer #\d+ .*? in "
        r"|partial apply for |specialized |static |@objc |@nonobjc |thunk for )+",
        "",
        function,
    )
    function = re.sub(r"<[^()]*>", "", function)
    function = re.sub(r"\(.*", "", function).strip()
    stands = GLUE.search(function) or " for " in function or function.startswith(WRAPPER)
    return "" if stands else function


def resolved():
    """{number: call} of the calls to list."""
    library = refusal.library()
    numbers = {refusal.number(library, call): call for call in CALLS if call not in effects.UNFAILING}
    return {number: call for number, call in numbers.items() if number >= 0}


def listed(reports, binary):
    """The places in the reports of the injector, each once, in the order of time."""
    numbers = resolved()
    found: dict[str, Place] = {}
    for report in reports:
        with open(report, errors="replace") as file:
            for line in file:
                what, time, role, thread, library, about, where = (line.rstrip("\n").split("\t") + [""] * 6)[:7]
                if what != "place":
                    continue
                number, _, offsets = where.partition(":")
                call = numbers.get(int(number), "")
                if not call or (offsets == "-" and call not in SPAWNING):
                    continue
                key = f"{number}:{','.join(offsets.split(',')[:DEPTH])}"
                found.setdefault(key, Place(call, key, role, thread, about, library, float(time)))
    places = sorted(found.values(), key=lambda place: place.time)
    name(places, binary)
    alike: dict[tuple, Place] = {}
    for place in places:
        alike.setdefault(place.identity, place)
    return list(alike.values())


def name(places, binary):
    addresses = sorted({address for place in places for address in offsets(place)})
    tools = os.path.dirname(os.path.realpath(shutil.which("swift") or "swift"))
    symbolizer = [os.path.join(tools, "llvm-symbolizer"), f"--obj={binary}", "--output-style=JSON", "--no-demangle"]
    text = subprocess.run(
        symbolizer, input="".join(f"0x{it}\n" for it in addresses), capture_output=True, text=True, check=True
    ).stdout
    symbols = {}
    for line in text.splitlines():
        answer = json.loads(line)
        symbols[int(answer["Address"], 16)] = answer.get("Symbol", [])
    mangled = sorted({it["FunctionName"] for each in symbols.values() for it in each})
    demangler = [os.path.join(tools, "swift-demangle"), "-compact", "-simplified"]
    demangled = subprocess.run(
        demangler, input="\n".join(mangled), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names = dict(zip(mangled, demangled))
    for place in places:
        place.frames = [
            Frame(names[it["FunctionName"]], it["FileName"], it["Line"])
            for address in offsets(place)
            for it in symbols.get(int(address, 16), [])
        ]


def offsets(place):
    after = place.key.partition(":")[2]
    return [] if after == "-" else after.split(",")
