"""Containers as a kubelet and its runtime make them of a pod's security context, run by crun(1).

Each is a bundle of the OCI runtime specification. crun gives a process exactly the capabilities, user, namespaces,
system calls and mounts that the bundle asks for; the cgroup is made here, because crun would need systemd for it.
"""

import contextlib
import json
import os
import platform
import signal
import subprocess
from pathlib import Path
from typing import Any

CGROUPS = Path("/sys/fs/cgroup")
# The default profile of CRI-O and Podman: golang-github-containers-common of Debian.
SECCOMP = Path("/usr/share/containers/seccomp.json")
ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}

# What runtimes mount, and what they hide of it: the runtime specification, and "default" of a container's procMount.
MOUNTS = [
    {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"]},
    {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
    {
        "destination": "/sys/fs/cgroup",
        "type": "cgroup",
        "source": "cgroup",
        "options": ["nosuid", "noexec", "nodev", "relatime", "ro"],
    },
]
MASKED = [
    *("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug"),
    *("/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/firmware"),
]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

# What containerd and CRI-O give a container that does not drop them.
DEFAULT_CAPABILITIES = {
    f"CAP_{name}"
    for name in (
        *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP"),
        *("SETUID", "SYS_CHROOT"),
    )
}


def bind(source, destination, *options):
    return {"destination": destination, "type": "bind", "source": str(source), "options": ["rbind", *options]}


def seccomp(capabilities):
    """The profile RuntimeDefault for a container with these capabilities."""
    profile = json.loads(SECCOMP.read_text())
    # "arches" are those of Go.
    names = {"x86_64": {"amd64", "x86", "x32"}, "aarch64": {"arm64", "arm"}}[platform.machine()]
    rules = []
    for rule in profile["syscalls"]:
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        if set(includes.get("caps") or []) - capabilities or set(excludes.get("caps") or []) & capabilities:
            continue
        if includes.get("arches") and not names & set(includes["arches"]):
            continue
        if excludes.get("arches") and names & set(excludes["arches"]):
            continue
        rules.append({key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key)})
    return {
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile["defaultErrnoRet"],
        "architectures": [ARCHITECTURES[platform.machine()]],
        "syscalls": rules,
    }


def bundle_of(pod: dict[str, Any], container: dict[str, Any], arguments, mounts=()):
    """The configuration that a runtime makes of the security contexts of a pod and its container.

    It has a mount, IPC and UTS namespace of its own, and a cgroup namespace as with cgroup v2; without `hostPID` also a
    pid namespace, and with `hostUsers: false` a user namespace. The network is the node's, so that a test reaches it.
    """
    of_pod, context = pod.get("securityContext", {}), container.get("securityContext", {})
    uid, gid = of_pod.get("runAsUser", 0), of_pod.get("runAsGroup", 0)
    assert not of_pod.get("runAsNonRoot") or uid != 0
    asked = context.get("capabilities", {})
    assert asked.get("drop", []) in ([], ["ALL"])
    added = {f"CAP_{name}" for name in asked.get("add", [])}
    capabilities = added if asked.get("drop") else added | DEFAULT_CAPABILITIES
    namespaces = ["mount", "ipc", "uts", "cgroup"]
    if not pod.get("hostPID"):
        namespaces.append("pid")
    linux: dict[str, Any] = {"maskedPaths": MASKED, "readonlyPaths": READ_ONLY}
    if pod.get("hostUsers") is False:
        namespaces.append("user")
        ids = [{"containerID": 0, "hostID": 200000, "size": 65536}]
        linux.update(uidMappings=ids, gidMappings=ids)
    linux["namespaces"] = [{"type": name} for name in namespaces]
    if (of_pod.get("seccompProfile") or {}).get("type") == "RuntimeDefault":
        linux["seccomp"] = seccomp(capabilities)
    names = sorted(capabilities)
    return {
        "ociVersion": "1.0.2",
        "hostname": pod.get("hostname", "pod"),
        "root": {"path": "rootfs", "readonly": context.get("readOnlyRootFilesystem", False)},
        "process": {
            "args": list(arguments),
            "cwd": "/",
            "env": [
                "PATH=/usr/local/bin:/usr/bin:/bin",
                f"HOSTNAME={pod.get('hostname', 'pod')}",
                *(f"{each['name']}={each['value']}" for each in container.get("env", [])),
            ],
            "user": {"uid": uid, "gid": gid},
            "noNewPrivileges": not context.get("allowPrivilegeEscalation", True),
            # As runtimes do: none is inheritable or ambient.
            "capabilities": {"bounding": names, "permitted": names, "effective": names},
        },
        "mounts": [*MOUNTS, *mounts],
        "linux": linux,
    }


class Container:
    """A running container. It ends with the `with` statement."""

    def __init__(self, folder: Path, name: str, root: Path, configuration: dict[str, Any], cgroup: str, log=None):
        self.state = folder / "crun"
        self.name = name
        self.cgroup = CGROUPS / cgroup
        bundle = folder / name
        bundle.mkdir(parents=True)
        configuration = {**configuration, "root": {**configuration["root"], "path": str(root)}}
        (bundle / "config.json").write_text(json.dumps(configuration))
        self.cgroup.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [*self.crun(), "run", "--bundle", bundle, name],
            stdin=subprocess.PIPE,
            stdout=log or subprocess.PIPE,
            stderr=log,
            preexec_fn=lambda: (self.cgroup / "cgroup.procs").write_text("0"),
        )

    def crun(self):
        return ["crun", "--root", self.state, "--cgroup-manager=disabled"]

    @property
    def pid(self):
        """The number of its first process on the node."""
        listed = subprocess.run([*self.crun(), "state", self.name], capture_output=True, text=True, check=True)
        return json.loads(listed.stdout)["pid"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # crun would end what is in the cgroup that it made.
        with contextlib.suppress(subprocess.CalledProcessError, ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        subprocess.run([*self.crun(), "delete", "--force", self.name], capture_output=True, timeout=20)
        # Up to the first that another container uses.
        with contextlib.suppress(OSError):
            cgroup = self.cgroup
            while cgroup != CGROUPS:
                cgroup.rmdir()
                cgroup = cgroup.parent
