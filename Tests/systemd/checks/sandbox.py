"""Limits of an attacker inside the service."""

import contextlib
import os
import re
import subprocess
import sys
from glob import glob
from pathlib import Path

from .host import (
    BRISK,
    UNIT,
    configure,
    drop_in,
    journal,
    lengthy,
    main_pid,
    output,
    packaged_drop_in,
    remove_drop_in,
    restart,
    samples,
    shown,
    succeeds,
    sum_of,
    systemctl,
    until,
    worker_pids,
)
from .report import Skipped, check

CAP_SYS_PTRACE = 1 << 19
CAP_SYS_RESOURCE = 1 << 24


def exposure(threshold):
    """The exposure of the unit by systemd-analyze(1); raises if it is above the threshold, in tenths."""
    text = output("systemd-analyze", "security", "--no-pager", f"--threshold={threshold}", UNIT)
    return re.findall(r"exposure level for .*: ([0-9.]+)", text)[0]


@check("exposure is at most 1.2 as shipped")
def as_shipped():
    return exposure(12)


@check("exposure is at most 0.5 with private-network.conf")
def without_network():
    packaged_drop_in("private-network.conf")
    try:
        return exposure(5)
    finally:
        remove_drop_in("private-network.conf")


@check("exposure is at most 2.0 with observe.conf")
def observing():
    packaged_drop_in("observe.conf")
    try:
        return exposure(20)
    finally:
        remove_drop_in("observe.conf")


@check("the service cannot see /home or /root, nor write to /usr or /etc")
def file_system():
    pid = str(main_pid())
    inside = ["nsenter", "--target", pid, "--mount"]
    assert output(*inside, "ls", "-A", "/home", "/root").split() == ["/home:", "/root:"]
    for path in ("/usr/x", "/etc/x", "/var/x", "/srv/x"):
        assert not succeeds(*inside, "touch", path), f"{path} can be written"


def status_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file)


@check("the daemon has no capability, and cannot get one")
def capabilities():
    status = status_of(main_pid())
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, f"{name} is {status[name]}"
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status
    assert "0" not in status["Uid"].split(), status["Uid"]


@check("systemd-analyze verify finds no errors in the units")
def verified():
    complaints = output("systemd-analyze", "verify", "--man=no", UNIT, "gil-exporter.socket").strip()
    assert not complaints, complaints


# Reads the start of another process's image with process_vm_readv(2).
READER = """
import ctypes, sys

pid = int(sys.argv[1])
with open(f"/proc/{pid}/maps") as maps:
    address = int(maps.readline().partition("-")[0], 16)


class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


library = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(4)
here, there = Part(ctypes.addressof(buffer), 4), Part(address, 4)
count = library.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
if buffer.raw != b"\\x7fELF":
    sys.exit(f"process_vm_readv: {count}, errno {ctypes.get_errno()}")
"""


def reads_another_users_process():
    """Whether a program in the service's sandbox can read a process of root."""
    with open("/usr/local/bin/read-process", "w") as file:
        file.write(f"#!{sys.executable}\n{READER}")
    os.chmod("/usr/local/bin/read-process", 0o755)
    other = subprocess.Popen(["sleep", "600"])
    command = f"/usr/local/bin/read-process {other.pid}"
    drop_in("zz-reader.conf", f"[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart={command}\n")
    try:
        systemctl("stop", UNIT)
        return succeeds("systemctl", "start", UNIT)
    finally:
        remove_drop_in("zz-reader.conf")
        subprocess.run(["systemctl", "reset-failed", UNIT], capture_output=True)
        os.remove("/usr/local/bin/read-process")
        other.kill()
        other.wait()


@check("observe.conf: the service can read processes of other users, but not without it")
def reading():
    try:
        assert not reads_another_users_process(), "they can be without it"
        packaged_drop_in("observe.conf")
        try:
            assert reads_another_users_process(), journal()[-1000:]
        finally:
            remove_drop_in("observe.conf")
    finally:
        restart()


LINK = f"/etc/systemd/system/{UNIT}.d/observe.conf"
HINT = "Processes of other users are not observed: sudo gil-exporter setup observe. "


def limits():
    """What limits the observation, by the exporter. This system is a container: it does not see those beside it."""
    pattern = re.compile(r'gil_exporter_observation_limited{limit="(.*)"}')
    found = {match[1] for key, value in samples().items() if value == 1 and (match := pattern.fullmatch(key))}
    return found - {"pid_namespace"}


@check("gil-exporter setup observe: systemctl status advises it, it lifts all limits, and --remove undoes it")
def setup_observe():
    confined = {"hidden_processes", "capability", "user_namespace"}
    restart()
    until(lambda: HINT in shown("StatusText"), "the hint in systemctl status")
    assert confined <= limits(), limits()
    before = main_pid()
    output("gil-exporter", "setup", "observe", "--dry-run")
    assert main_pid() == before and not os.path.lexists(LINK)
    try:
        output("gil-exporter", "setup", "observe")
        assert os.readlink(LINK) == "/usr/share/gil-exporter/systemd/observe.conf"
        assert int(status_of(main_pid())["CapEff"], 16) == CAP_SYS_PTRACE
        until(lambda: sum_of("gil_exporter_observation_last_scan_timestamp_seconds"), "a scan")
        assert not limits(), limits()
        assert "not observed" not in shown("StatusText"), shown("StatusText")
        pid = main_pid()
        assert "is in place" in output("gil-exporter", "setup", "observe")
        assert main_pid() == pid, "it was restarted for nothing"
    finally:
        output("gil-exporter", "setup", "observe", "--remove")
    assert not os.path.lexists(os.path.dirname(LINK))
    until(lambda: HINT in shown("StatusText"), "the hint in systemctl status")
    assert int(status_of(main_pid())["CapEff"], 16) == 0
    log = journal()
    assert "Processes of other users are not observed" in log, log[-1000:]


@check("observe.conf: only the sampling thread gets a CPU before others, as far as the host allows")
def sampling_thread():
    packaged_drop_in("observe.conf")
    try:
        restart()
        if not may_raise_limits():
            raise Skipped("limits cannot be raised here")
        expected = "SCHED_FIFO"
        until(lambda: urgency_of("gil-sample") == expected, f"the sampling thread has {expected}")
        others = {urgency for thread, urgency in threads() if thread != "gil-sample"}
        assert others and expected not in others, others
        return expected
    finally:
        remove_drop_in("observe.conf")
        restart()


@check("the threads of the server and of the sampler have shorter time slices than others, without a drop-in")
def time_slices():
    usual = threads()[0][1]
    if usual is None:
        raise Skipped("there are no time slices, or they are not reported")

    def have_shorter():
        slices = [urgency for name, urgency in threads() if name.startswith(("NIO-ELT-", "gil-sample"))]
        return len(slices) == 2 and all(int(slice.split()[0]) < int(usual.split()[0]) for slice in slices)

    until(have_shorter, f"both have shorter slices than {usual}")


@check("the threads of the server and of the sampler have a higher priority than others, as far as the host allows")
def priorities():
    if not may_raise_limits():
        raise Skipped("limits cannot be raised here")

    def are_higher():
        found = nice_values()
        return sum(nice == -5 for nice in found) == 2 and set(found) == {0, -5}

    until(are_higher, "two have the nice value -5, and others 0")


def may_raise_limits():
    """Whether this system's init may give a service LimitRTPRIO= at all."""
    return int(status_of(1)["CapEff"], 16) & CAP_SYS_RESOURCE


def nice_values():
    """The nice values of the daemon's threads, some of which may end in the meantime."""
    found = []
    for task in glob(f"/proc/{main_pid()}/task/*"):
        with contextlib.suppress(ProcessLookupError):
            found.append(os.getpriority(os.PRIO_PROCESS, int(os.path.basename(task))))
    return found


def threads():
    """(name, urgency) of each of the daemon's threads, the first thread first.

    The urgency is the policy where it is SCHED_FIFO, else the time slice; None where the kernel does not report it. The
    daemon starts and ends threads all the time: one that ends while it is looked at is left out.
    """
    found = []
    for task in map(Path, sorted(glob(f"/proc/{main_pid()}/task/*"), key=lambda path: int(path.rpartition("/")[2]))):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.append(((task / "comm").read_text().strip(), urgency(task)))
    return found


def urgency(task):
    if os.sched_getscheduler(int(task.name)) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO:
        return "SCHED_FIFO"
    try:
        scheduling = (task / "sched").read_text()
    except PermissionError:
        return None
    found = re.search(r"^se\.slice +: +(\d+)$", scheduling, re.M)
    return f"{found[1]} ns" if found else None


def urgency_of(name):
    return next((urgency for thread, urgency in threads() if thread == name), None)


@check("observe.conf: the daemon has that one capability, an interpreter has none, and every probe runs")
def observing_daemon():
    packaged_drop_in("observe.conf")
    configure(lengthy("python3"))
    try:
        restart()
        # Supervisor, interpreter, and a process that counts down. A worker has the capability at first.
        until(lambda: len(worker_pids()) >= 3, "python3 counts down")
        for pid in worker_pids():
            assert int(status_of(pid)["CapEff"], 16) == 0, status_of(pid)["CapEff"]
            limits = Path(f"/proc/{pid}/limits").read_text()
            for limit in "realtime", "nice":
                assert re.search(rf"^Max {limit} priority +0 +0 *$", limits, re.M), limits
        status = status_of(main_pid())
        assert int(status["CapEff"], 16) == CAP_SYS_PTRACE == int(status["CapBnd"], 16), status
        configure(BRISK)
        restart()
        until(lambda: samples().get("gil_rounds_total", 0) >= 1, "a round", seconds=60)
        assert sum_of("gil_probe_failures_total") == 0
    finally:
        remove_drop_in("observe.conf")
        configure(BRISK)
        restart()
