"""Control groups for the exporter: of version 1 and 2, as the host has them."""

import contextlib
import os
import time
from pathlib import Path

from .schedule import Unavailable

ROOT = Path("/sys/fs/cgroup")
# The files of each limit: cgroups(7), Documentation/admin-guide/cgroup-v1, cgroup-v2.rst. No limit is "max", or -1.
FILES = {
    "memory": ("memory.limit_in_bytes", "memory.max"),
    "pids": ("pids.max", "pids.max"),
    "cpu": ("cpu.cfs_quota_us", "cpu.max"),
    "freezer": ("freezer.state", "cgroup.freeze"),
}
USAGE = {"memory": ("memory.usage_in_bytes", "memory.current"), "pids": ("pids.current", "pids.current")}
PERIOD = 100_000  # µs, of a quota


def own_path(controller):
    """The cgroup of this process below the controller's hierarchy: cgroups(7)."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.lstrip("/")
    return ""


class Cgroup:
    """A cgroup with one controller."""

    def __init__(self, controller, name):
        self.controller = controller
        self.version = 1 if (ROOT / controller / "cgroup.procs").exists() else 2
        if self.version == 1:
            parent = ROOT / controller / own_path(controller)
        else:
            parent = ROOT
            # The root has processes, so only its children can have controllers for theirs: cgroup-v2.rst.
            with contextlib.suppress(OSError):
                (parent / "cgroup.subtree_control").write_text(f"+{controller}")
        self.path = parent / f"{name}-{controller}"
        try:
            self.path.mkdir(exist_ok=True)
            if not (self.path / self.file(FILES)).exists():
                raise Unavailable(f"cgroups have no {self.file(FILES)} here")
        except OSError as error:
            raise Unavailable(f"cgroups cannot be created: {error}") from error

    def file(self, names):
        return names[self.controller][self.version - 1]

    def add(self, pid):
        (self.path / "cgroup.procs").write_text(str(pid))

    def usage(self):
        return int((self.path / self.file(USAGE)).read_text())

    def limit(self, value):
        """Bytes of memory or a number of tasks; None for no limit."""
        nothing = "-1" if (self.version, self.controller) == (1, "memory") else "max"
        (self.path / self.file(FILES)).write_text(nothing if value is None else str(value))

    def quota(self, share):
        """A share of one CPU, or None."""
        share_us = None if share is None else int(share * PERIOD)
        if self.version == 1:
            text = "-1" if share_us is None else str(share_us)
        else:
            text = f"{'max' if share_us is None else share_us} {PERIOD}"
        (self.path / self.file(FILES)).write_text(text)

    def freeze(self, frozen):
        words = ("THAWED", "FROZEN") if self.version == 1 else ("0", "1")
        (self.path / self.file(FILES)).write_text(words[frozen])

    def remove(self):
        """Its processes must have ended; the kernel may still be busy with them."""
        for _ in range(50):
            try:
                self.path.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.1)


def version_2_folder(name):
    """A cgroup without controllers, whose name processes have in /proc/PID/cgroup."""
    root = next((one for one in (ROOT / "unified", ROOT / "systemd", ROOT) if (one / "cgroup.procs").exists()), None)
    if root is None or not os.access(root, os.W_OK):
        raise Unavailable("no cgroups are mounted")
    path = root / name
    path.mkdir(exist_ok=True)
    return path
