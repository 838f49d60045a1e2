"""The setting of all benchmarks."""

import sys
from dataclasses import dataclass

from .interpreters import Interpreter


@dataclass(frozen=True)
class Setting:
    binary: str
    # The host's python3, and those of --python.
    interpreters: list[Interpreter]
    # These, and all others on PATH.
    all_interpreters: list[Interpreter]
    # Factor for the number of repetitions.
    scale: float

    def repeat(self, count):
        """The numbers of the repetitions, with progress on standard error."""
        return self.steps(self.scaled(count))

    def scaled(self, count):
        return max(1, round(count * self.scale))

    def steps(self, count):
        try:
            for number in range(count):
                if sys.stderr.isatty():
                    print(f"\r  {number + 1} of {count} ", end="", file=sys.stderr, flush=True)
                yield number
        finally:
            # Also if the caller stops early.
            if sys.stderr.isatty():
                print("\r\033[K", end="", file=sys.stderr, flush=True)
