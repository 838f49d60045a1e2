"""Interpreters in containers, with their own files and process numbers."""

import os
import tempfile

from .observed import Observed
from .report import case, near, steady
from .watch import look

# What makes a root the root of a mount namespace of its own, as a container's is, and not only of one process:
# pivot_root(2). Its processes are numbered anew; the interpreter is the first.
CONTAINER = """
mount --make-rprivate /
mount {mount} "$0"
cd "$0"
mount -t proc proc proc
pivot_root . mnt
umount --lazy mnt
exec "$@"
"""


def in_root(interpreter):
    return interpreter.root


def contained(mount, root, command):
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    return [*namespaces, "sh", "-ec", CONTAINER.format(mount=mount), root, *command]


def first_child(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return int(file.read().split()[0])


def keeper_is_seen(interpreter, observed):
    """In a container: one thread waits for another, with their numbers on the host."""
    observed.pid = first_child(observed.process.pid)
    assert observed.ask("os.getpid()") == 1
    if not interpreter.has_gil:
        seen = look(observed.pid)
        assert seen["version"] == interpreter.version and seen["gil"] == "off", seen
        return
    observed.ask("start(want, 1, 'want')")
    assert observed.ask("keep()") == "keeping"
    seen = look(observed.pid, options=["--threads"])
    assert seen["version"] == interpreter.version, seen
    near(seen["held_ratio"], 1, 0.01, "held")
    roles = {thread["role"]: thread.get("tid") for thread in seen["threads"]}
    steady(roles.keys() == {"holds", "waits"}, f"threads: {roles}")
    assert roles["holds"] == (observed.pid if interpreter.minor >= 11 else None), roles
    others = {int(number) for number in os.listdir(f"/proc/{observed.pid}/task")} - {observed.pid}
    assert {roles["waits"]} == others, (roles, others)
    if interpreter.tells_waiters:
        steady(seen["waiting_threads"] == 1, f"{seen['waiting_threads']} waiting")


@case("in a container", of=in_root)
def container(interpreter):
    with Observed(contained(f"--bind {interpreter.root}", interpreter.root, interpreter.command[2:])) as observed:
        keeper_is_seen(interpreter, observed)


@case("in a container on overlayfs", of=in_root)
def overlay(interpreter):
    # The upper layer cannot be on overlayfs, and the test host may use it: kernel, filesystems/overlayfs.rst.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as layers:
        upper, work, merged = (os.path.join(layers, name) for name in ("upper", "work", "merged"))
        for path in (upper, work, merged):
            os.mkdir(path)
        mount = f"-t overlay -o lowerdir={interpreter.root},upperdir={upper},workdir={work} overlay"
        with Observed(contained(mount, merged, interpreter.command[2:])) as observed:
            keeper_is_seen(interpreter, observed)
