"""A node with pods that run Python, and with the exporter as the DaemonSet asks for it.

The pods have cgroups and logs with the names that kubelets and containerd give them, for systemd and without it.
"""

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import chart
from .containers import CGROUPS, SECCOMP, Container, bind, bundle_of

TESTS = chart.ROOT / "Tests"
IMAGE = Path(os.environ.get("GIL_EXPORTER_IMAGE", chart.ROOT / ".build/image/root.tar"))
# Uses the lock a part of the time, and hardly any CPU.
WORK = """
import time
while True:
    end = time.monotonic() + 0.002
    while time.monotonic() < end: pass
    time.sleep(0.02)
"""
# The log of a pod, as kubelets make it.
LOGS = Path("/var/log/pods"), Path("/var/log/containers")


def missing():
    """Why no container can run here; empty if they can."""
    if os.geteuid() != 0:
        return "only root can start containers"
    if os.environ.get("GIL_EXPORTER_TEST_NODE") != "1":
        return "Tests/kubernetes/run gives the tests namespaces of their own"
    if not shutil.which("crun"):
        return "crun is not installed"
    if not SECCOMP.exists():
        return f"{SECCOMP} is missing: golang-github-containers-common"
    if not IMAGE.exists():
        return f"{IMAGE} is missing: make image-root"
    return ""


@dataclass
class Workload:
    """A container of a pod."""

    namespace: str
    pod: str
    container: str
    root: Path
    python: str
    user: int = 0
    host_users: bool = True
    systemd: bool = True
    runtime: str = "cri-containerd"
    mounts: list[dict[str, Any]] = field(default_factory=list)
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    id: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def group(self):
        return f"{self.namespace}/{self.pod}/{self.container}"

    @property
    def cgroup(self):
        if not self.systemd:
            # Guaranteed pods are not in a directory of their class.
            return f"kubepods/pod{self.uid}/{self.id}"
        pod = f"kubepods-burstable-pod{self.uid.replace('-', '_')}.slice"
        return f"kubepods.slice/kubepods-burstable.slice/{pod}/{self.runtime}-{self.id}.scope"

    @property
    def container_id(self):
        """As in the API of Kubernetes."""
        return f"{'cri-o' if self.runtime == 'crio' else 'containerd'}://{self.id}"

    def make_logs(self):
        pods, containers = LOGS
        folder = pods / f"{self.namespace}_{self.pod}_{self.uid}" / self.container
        folder.mkdir(parents=True)
        (folder / "0.log").touch()
        containers.mkdir(parents=True, exist_ok=True)
        (containers / f"{self.pod}_{self.namespace}_{self.container}-{self.id}.log").symlink_to(folder / "0.log")

    def run(self, folder: Path):
        own = folder / f"files-{self.id}"
        (own / "account").mkdir(parents=True)
        (own / "hostname").write_text(f"{self.pod}\n")
        (own / "account/namespace").write_text(self.namespace)
        account = "/run/secrets/kubernetes.io/serviceaccount"
        mounts = [
            {"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=755"]},
            bind(own / "hostname", "/etc/hostname", "ro"),
            bind(own / "account", account, "ro"),
            *self.mounts,
        ]
        pod = {
            "hostname": self.pod,
            "hostUsers": self.host_users,
            "securityContext": {"runAsUser": self.user, "runAsGroup": self.user},
        }
        container = {
            "securityContext": {"readOnlyRootFilesystem": True},
            "env": [{"name": "LD_LIBRARY_PATH", "value": "/opt/lib"}],
        }
        return Container(
            folder, self.id, self.root, bundle_of(pod, container, [self.python, "-c", WORK], mounts), self.cgroup
        )


class Node:
    """The node with its pods. They end with the `with` statement."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="node-")))
        # Users of containers pass through it.
        self.folder.chmod(0o755)

    def __enter__(self):
        with self.stack:
            self.make_place()
            self.workloads = list(self.make_workloads())
            for workload in self.workloads:
                workload.make_logs()
                self.stack.enter_context(workload.run(self.folder))
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def make_place(self):
        """The hierarchy of cgroups and the logs; in the mount namespace of this process."""
        if not (CGROUPS / "cgroup.controllers").exists():
            subprocess.run(["mount", "-t", "cgroup2", "none", CGROUPS], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", "/var/log"], check=True)
        self.stack.callback(subprocess.run, ["umount", "--lazy", "/var/log"])

    def make_workloads(self):
        bookworm = Path(printed([TESTS / "root", "bookworm"]))
        trixie = Path(printed([TESTS / "root", "trixie"]))
        musl = Path(printed([TESTS / "python", "musl"]))
        web = Workload("shop", "web-7f9c6d5b4c-x2k8p", "app", bookworm, "/usr/bin/python3", user=1000)
        yield web
        yield Workload("shop", web.pod, "sidecar", trixie, "/usr/bin/python3", user=1001, uid=web.uid)
        # root in a user namespace, and root on the node.
        yield Workload("shop", "report-0", "report", trixie, "/usr/bin/python3", host_users=False)
        yield Workload("kube-system", "agent-2zvjc", "agent", bookworm, "/usr/bin/python3")
        yield Workload("lab", "musl", "job", self.musl_root(musl), f"/opt/bin/{musl.name}", systemd=False)
        yield self.private(bookworm)
        if sysconfig.get_config_var("Py_ENABLE_SHARED"):
            # Its lock is in a library of the container, as in the images of Docker's library.
            mounts = [bind(sys.base_prefix, "/opt", "ro")]
            program = f"/opt/bin/{Path(os.path.realpath(sys.executable)).name}"
            yield Workload("lab", "shared", "app", bookworm, program, user=1003, runtime="crio", mounts=mounts)

    def musl_root(self, python: Path):
        root = self.folder / "musl"
        for name in "proc", "sys", "dev", "run", "etc", "lib":
            (root / name).mkdir(parents=True)
        (root / "etc/hostname").touch()
        (loader,) = Path("/lib").glob("ld-musl-*.so.1")
        shutil.copy(loader, root / "lib")
        shutil.copytree(python.parents[1], root / "opt")
        return root

    def private(self, root: Path):
        """An interpreter that nobody but its user may read."""
        home = self.folder / "home"
        (home / "app").mkdir(parents=True)
        program = home / "app/python3"
        shutil.copy(root / "usr/bin/python3", program)
        program.chmod(0o700)
        for path in program, home / "app":
            os.chown(path, 1002, 1002)
        (home / "app").chmod(0o700)
        return Workload(
            "lab", "private", "app", root, "/home/app/python3", user=1002, mounts=[bind(home, "/home", "ro")]
        )

    @contextlib.contextmanager
    def exporter(self, values: dict[str, Any] | None = None, *, change=None, secret=None):
        """The container of the DaemonSet.

        `change` gets its pod, and its container, to take something away. `secret` has the files of the web
        configuration.
        """
        values = dict(values or {})
        port, health = free_ports(2)
        values["web"] = {**values.get("web", {}), "port": port, "healthPort": health}
        pod, container = chart.pod(values), chart.container(values)
        if change:
            change(pod, container)
        # crun makes the directories that it mounts on.
        root = self.folder / f"image-{secrets.token_hex(4)}"
        root.mkdir()
        xattrs = ["--xattrs", "--xattrs-include=security.capability"]
        subprocess.run(["tar", "--extract", *xattrs, f"--file={IMAGE}", f"--directory={root}"], check=True)
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        mounts = []
        for mount in container["volumeMounts"]:
            volume = volumes[mount["name"]]
            if "hostPath" in volume:
                source = volume["hostPath"]["path"]
            else:
                files = chart.of_kind("ConfigMap", values)["data"] if "configMap" in volume else secret
                source = self.volume(files, volume, pod["securityContext"])
            assert mount["readOnly"]
            mounts.append(bind(source, mount["mountPath"], "ro"))
        configuration = bundle_of(pod, container, ["/usr/bin/gil-exporter", *container["args"]], mounts)
        uid, name = str(uuid.uuid4()), secrets.token_hex(32)
        cgroup = f"kubepods.slice/kubepods-pod{uid.replace('-', '_')}.slice/cri-containerd-{name}.scope"
        log = self.folder / f"{name}.log"
        with open(log, "wb") as file, Container(self.folder, name, root, configuration, cgroup, log=file) as running:
            yield Exporter(running, port, health if secret else port, log)

    def volume(self, files, volume, context):
        """The files as a kubelet makes them: those of a Secret with its mode, for the group of the pod."""
        folder = self.folder / f"volume-{secrets.token_hex(4)}"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
            if "secret" in volume:
                (folder / name).chmod(volume["secret"]["defaultMode"])
                os.chown(folder / name, 0, context.get("fsGroup", 0))
        return folder


class Exporter:
    def __init__(self, container: Container, port: int, health: int, log: Path):
        self.container, self.port, self.health, self.log = container, port, health, log

    def status(self):
        """What the kernel knows of its process, by key: proc_pid_status(5)."""
        lines = Path(f"/proc/{self.container.pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines)

    def get(self, path, port=None, headers=None):
        request = urllib.request.Request(f"http://127.0.0.1:{port or self.port}{path}", headers=headers or {})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def samples(self):
        """The current samples: name and labels, as in the exposition, with their values."""
        lines = self.get("/metrics").splitlines()
        pairs = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
        return {series: float(value) for series, _, value in pairs}

    def find(self, name, **labels):
        """The samples of a metric that have the labels."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return {
            series: value
            for series, value in self.samples().items()
            if re.split(r"[{ ]", series)[0] == name and all(each in series for each in wanted)
        }

    def await_true(self, condition, seconds=30):
        """Waits until a condition holds; its error is that of the last try."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = condition()
                assert value, self.state()
                return value
            except (AssertionError, OSError):
                if time.monotonic() > end or self.container.process.poll() is not None:
                    raise AssertionError(self.state()) from None
                time.sleep(0.3)

    def state(self):
        """The metrics of processes, and the log, for messages."""
        with contextlib.suppress(OSError):
            found = [f"{name} {value:g}" for name, value in self.samples().items() if "gil_process" in name]
            kept = [each for each in found if re.match(r"gil_process(es|_unobservable|_group_info)\b", each)]
            return "\n".join([*kept, self.log.read_text()])
        return self.log.read_text() or "no log"


def free_ports(number):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def printed(command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
