"""What all benchmarks are given."""

import sys
from dataclasses import dataclass

from .interpreters import Interpreter


@dataclass(frozen=True)
class Setting:
    binary: str
    # The host's python3, and those that were asked for.
    interpreters: list[Interpreter]
    # Those, and all others on PATH.
    all_interpreters: list[Interpreter]
    # Times as many repetitions as a benchmark takes by itself.
    scale: float

    def repeat(self, count):
        """The numbers of as many repetitions as are wanted, with progress on standard error."""
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
            # Also when whoever repeats something has seen enough.
            if sys.stderr.isatty():
                print("\r\033[K", end="", file=sys.stderr, flush=True)
