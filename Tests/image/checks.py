"""Runs the image of an OCI archive with crun, and checks its content and what it observes.

python3 checks.py ARCHIVE
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

PORT = 10061
BUSY = "/usr/bin/python3"
TRACE = ["CAP_SYS_PTRACE"]
# linux/capability.h
SYS_PTRACE = 1 << 19
MEGABYTE = 1_000_000
ARCHIVE_LIMIT = 40 * MEGABYTE


class Image:
    """An OCI archive, unpacked below a folder."""

    def __init__(self, archive: str, folder: pathlib.Path) -> None:
        self.root = folder / "root"
        self.root.mkdir()
        blobs = folder / "blobs"
        blobs.mkdir()
        subprocess.run(["tar", "-xf", archive, "-C", blobs], check=True)

        def blob(descriptor: dict[str, str]) -> pathlib.Path:
            return blobs / "blobs" / descriptor["digest"].replace(":", "/")

        index = json.loads((blobs / "index.json").read_text())
        manifest = json.loads(blob(index["manifests"][0]).read_text())
        self.config = json.loads(blob(manifest["config"]).read_text())["config"]
        for layer in manifest["layers"]:
            # tar restores file capabilities, which Python's module does not.
            keep = ["--xattrs", "--xattrs-include=security.capability", "--same-owner"]
            subprocess.run(["tar", *keep, "-xf", blob(layer), "-C", self.root], check=True)

    @contextlib.contextmanager
    def container(
        self, folder: pathlib.Path, user: int, granted: list[str], bounding: list[str], no_new_privileges: bool
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A container that sees the processes and the loopback of this host, and cannot write."""
        process = {
            "user": {"uid": user, "gid": user},
            "args": self.config["Entrypoint"] + self.config["Cmd"],
            "cwd": "/",
            "env": self.config["Env"],
            "noNewPrivileges": no_new_privileges,
            "capabilities": {"bounding": bounding, "effective": granted, "permitted": granted},
        }
        mounts = [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
            {"destination": "/sys", "type": "none", "source": "/sys", "options": ["rbind", "ro"]},
        ]
        bundle = {
            "ociVersion": "1.0.2",
            "process": process,
            "root": {"path": str(self.root), "readonly": True},
            "mounts": mounts,
            "linux": {"namespaces": [{"type": "mount"}]},
        }
        (folder / "config.json").write_text(json.dumps(bundle))
        name = f"gil-exporter-{os.getpid()}-{time.monotonic_ns()}"
        with open(folder / "log", "wb") as log:
            command = ["crun", "--cgroup-manager=disabled", "run", f"--bundle={folder}", name]
            running = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                yield running
            finally:
                running.terminate()
                running.wait(timeout=20)


def get(path: str) -> str:
    with urllib.request.urlopen(f"http://localhost:{PORT}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def scrape(running: subprocess.Popen[bytes], log: pathlib.Path) -> dict[str, float]:
    """The samples once a scan has found a Python process, observable or not."""
    end = time.monotonic() + 40
    while time.monotonic() < end and running.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            get("/-/healthy")
            samples = re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", get("/metrics"), re.MULTILINE)
            values = {series: float(value) for series, value in samples}
            if total(values, "gil_processes") + total(values, "gil_process_unobservable") >= 2:
                return values
        time.sleep(0.5)
    raise SystemExit(f"The container does not serve metrics of two processes:\n{log.read_text()}")


def effective_capabilities() -> int:
    """The capabilities of the exporter, as capabilities(7) numbers them."""
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        if fields["Name"] == "gil-exporter":
            return int(fields["CapEff"], 16)
    raise SystemExit("The exporter has no process")


def total(values: dict[str, float], metric: str) -> float:
    return sum(value for series, value in values.items() if series.startswith(metric + "{"))


def check(title: str, right: bool, seen: object) -> bool:
    print(f"  {'✔' if right else '✘'} {title}" + ("" if right else f": {seen}"), flush=True)
    return right


def content(image: Image) -> list[bool]:
    files = [path for path in image.root.rglob("*") if path.is_file() and not path.is_symlink()]
    programs = [path for path in files if os.access(path, os.X_OK) and "ld-linux" not in path.name]
    size = sum(path.stat().st_size for path in files)
    labels = image.config["Labels"]
    return [
        check("The only program is the exporter", [path.name for path in programs] == ["gil-exporter"], programs),
        check(f"It has {size / MEGABYTE:.1f} MB, at most 40", size <= ARCHIVE_LIMIT, size),
        check("It runs as a user other than root", image.config["User"] == "65532:65532", image.config["User"]),
        check("Its entry point is the binary", image.config["Entrypoint"] == ["/usr/bin/gil-exporter"], image.config),
        check("It exposes port 10061", "10061/tcp" in str(image.config["ExposedPorts"]), image.config),
        check(
            "It has labels",
            {f"org.opencontainers.image.{key}" for key in ("version", "licenses")} <= set(labels),
            labels,
        ),
    ]


# How container runtimes start a process, and whether it then observes those of other users.
CASES: tuple[tuple[str, int, list[str], list[str], bool, bool], ...] = (
    # Title, user, granted before execve(2), bounding set, no_new_privileges, observes.
    ("As its user, capability added, no privilege escalation, as in Kubernetes", 65532, TRACE, TRACE, True, True),
    ("As its user, capability added, as Docker starts it", 65532, [], TRACE, False, True),
    ("As its user, without the capability", 65532, [], [], True, False),
    ("As root, all capabilities dropped but this one", 0, TRACE, TRACE, True, True),
    ("As root, without the capability", 0, [], [], True, False),
)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image = Image(sys.argv[1], folder)
        print("The image")
        results = content(image)
        # A process of another user than those of the containers; the second one is this process.
        other = ["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", BUSY, "-c", "while True: pass"]
        busy = subprocess.Popen(other, cwd="/")
        try:
            for title, user, granted, bounding, no_new_privileges, observes in CASES:
                print(title)
                with image.container(folder, user, granted, bounding, no_new_privileges) as running:
                    values = scrape(running, folder / "log")
                    effective = effective_capabilities()
                limited = values.get('gil_exporter_observation_limited{limit="capability"}')
                observed = total(values, "gil_processes")
                expected = 2 if observes else 0
                results += [
                    check(f"It observes {expected} of 2 processes of other users", observed == expected, observed),
                    check("It reports whether the capability is missing", limited == float(not observes), limited),
                    check("It has no other capability", effective == (SYS_PTRACE if observes else 0), hex(effective)),
                    check("It ends by itself when stopped", running.returncode == 0, running.returncode),
                ]
        finally:
            busy.kill()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
