"""One fuzz target: how libFuzzer runs it, and what it reports.

The options are those of https://llvm.org/docs/LibFuzzer.html.
"""

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILDS = ROOT / ".cache/fuzzing"
FIXTURES = ROOT / "Tests/Fixtures/fuzzing"
CORPORA = ROOT / ".cache/fuzzing/corpus"
FINDINGS = ROOT / ".cache/fuzzing/findings"

# libFuzzer's status after SIGINT and SIGTERM.
INTERRUPTED = 72
# MiB of the whole process, of which AddressSanitizer takes the most. Without it, libFuzzer does not see allocations,
# and this is the only limit.
MEMORY = 2048
# A crash must end at once: Swift's backtrace of this program takes minutes. Freed memory stays in quarantine for a
# while; the default of 256 MiB would hide what a target takes.
ENVIRONMENT = {
    "SWIFT_BACKTRACE": "enable=no",
    "ASAN_OPTIONS": "quarantine_size_mb=16:detect_leaks=0:allocator_may_return_null=0",
}


@dataclass
class Target:
    """A row of `list`: the name, and the limits of one input."""

    fuzzer: Path
    name: str
    max_length: int
    seconds: int
    allocation: int

    def environment(self) -> dict[str, str]:
        return {**os.environ, **ENVIRONMENT, "GIL_EXPORTER_FUZZ_TARGET": self.name}

    def options(self) -> list[str]:
        return [
            f"-max_len={self.max_length}",
            f"-timeout={self.seconds}",
            f"-rss_limit_mb={MEMORY}",
            f"-malloc_limit_mb={self.allocation}",
        ]


@dataclass
class Outcome:
    """What libFuzzer reported of all runs of a target."""

    target: Target
    executions: int = 0
    # Executions of the runs before this one.
    earlier: int = 0
    # Since the start of the first run, while it ran.
    seconds: int = 0
    # Of the newest run.
    per_second: int = 0
    edges: int = 0
    features: int = 0
    all_edges: int = 0
    corpus: int = 0
    slowest: int = 0
    memory: int = 0
    findings: list[Path] = field(default_factory=list)
    # The end of the output, if something was found.
    reason: str = ""

    def read(self, line: str) -> None:
        """Takes the numbers from a line of libFuzzer."""
        if found := re.match(r"#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)/", line):
            executions, edges, self.features, self.corpus = (int(number) for number in found.groups())
            self.executions, self.edges = self.earlier + executions, max(self.edges, edges)
        if found := re.search(r"exec/s: (\d+) rss: (\d+)Mb", line):
            self.per_second, self.memory = int(found[1]), max(self.memory, int(found[2]))
        if found := re.search(r"\((\d+) inline 8-bit counters\)", line):
            self.all_edges = int(found[1])
        if found := re.match(r"stat::(\w+):\s+(\d+)", line):
            number = int(found[2])
            match found[1]:
                case "number_of_executed_units":
                    self.executions = self.earlier + number
                case "average_exec_per_sec":
                    self.per_second = number
                case "slowest_unit_time_sec":
                    self.slowest = max(self.slowest, number)
                case "peak_rss_mb":
                    self.memory = max(self.memory, number)


def build(address_sanitizer: bool) -> Path:
    """Builds the fuzzer, which the first time takes many minutes, and returns its path.

    The counters and AddressSanitizer need a build of their own. It is a debug build, in which Package.swift has our own
    modules optimised: the dependencies are neither fuzzed nor optimised.
    """
    sanitizers = "fuzzer,address" if address_sanitizer else "fuzzer"
    folder = BUILDS / sanitizers.replace(",", "-")
    command = ["swift", "build", "--scratch-path", str(folder), "--product", "Fuzzer", "--disable-xctest"]
    command += ["--explicit-target-dependency-import-check", "error"]
    environment = {**os.environ, "GIL_EXPORTER_FUZZER_SANITIZERS": sanitizers}
    status = subprocess.run(command, cwd=ROOT, env=environment).returncode
    if status != 0:
        # 1 means that a target found something.
        sys.exit(2)
    return folder / "debug/Fuzzer"


def targets(fuzzer: Path) -> list[Target]:
    """All targets, as the fuzzer lists them."""
    environment = {**os.environ, **ENVIRONMENT, "GIL_EXPORTER_FUZZ_TARGET": "list"}
    listing = subprocess.run([fuzzer], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split() for line in listing.splitlines()]
    return [Target(fuzzer, name, int(length), int(seconds), int(size)) for name, length, seconds, size in rows]


def fuzz(outcome: Outcome, seconds: int) -> None:
    """Fuzzes a target, and updates the outcome meanwhile. New inputs stay in the corpus of this host."""
    target = outcome.target
    outcome.earlier = outcome.executions
    start = time.monotonic()
    corpus = CORPORA / target.name
    findings = FINDINGS / target.name
    for folder in (corpus, findings, FIXTURES / target.name):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    command = [
        str(target.fuzzer),
        str(corpus),
        str(FIXTURES / target.name),
        *target.options(),
        f"-max_total_time={seconds}",
        f"-artifact_prefix={findings}/",
        "-print_final_stats=1",
        "-reload=0",
        "-print_funcs=0",
    ]
    if (words := Path(__file__).parent / "words" / f"{target.name}.dict").exists():
        command.append(f"-dict={words}")
    # The stack of each allocation costs a fifth of the speed; a replay records it.
    environment = target.environment()
    environment["ASAN_OPTIONS"] += ":malloc_context_size=0"
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr
        # libFuzzer ends by itself; a target whose threads hang does not.
        watchdog = threading.Timer(seconds + 120, process.kill)
        watchdog.start()
        end: list[str] = []
        for bytes_ in process.stderr:
            line = bytes_.decode(errors="replace").rstrip()
            outcome.read(line)
            end = [*end[-60:], line]
        watchdog.cancel()
    outcome.seconds += round(time.monotonic() - start)
    outcome.findings += sorted(set(findings.iterdir()) - before)
    if process.returncode not in (0, INTERRUPTED):
        outcome.reason = "\n".join(end)


def replay(target: Target, finding: Path) -> str:
    """The command that runs one input again."""
    environment = " ".join(f"{name}={value}" for name, value in ENVIRONMENT.items())
    return (
        f"{environment} GIL_EXPORTER_FUZZ_TARGET={target.name} {target.fuzzer.relative_to(ROOT)} "
        f"{finding.relative_to(ROOT)}"
    )


def minimise(target: Target) -> int:
    """Adds the fewest inputs of this host to the repository that reach the edges which its inputs do not reach.

    Without `use_counters=0`, an input would also be kept for another number of turns of a loop: ten times as many.

    Returns: the number of new inputs.
    """
    fixtures = FIXTURES / target.name
    corpus = CORPORA / target.name
    for folder in (fixtures, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(fixtures.iterdir())
    command = [
        str(target.fuzzer),
        "-set_cover_merge=1",
        "-use_counters=0",
        *target.options(),
        str(fixtures),
        str(corpus),
    ]
    subprocess.run(command, env=target.environment(), stdin=subprocess.DEVNULL, capture_output=True, check=True)
    added = set(fixtures.iterdir()) - before
    for file in added:
        # A part of the SHA-1 is enough for a name.
        file.rename(fixtures / file.name[:16])
    return len(added)
