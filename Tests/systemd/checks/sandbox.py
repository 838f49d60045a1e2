"""How much an attacker could do from inside the service."""

import re

from host import UNIT, main_pid, output, packaged_drop_in, remove_drop_in, succeeds
from report import check


def exposure(threshold):
    """What systemd-analyze(1) says of the unit; raises when it is above the threshold, in tenths."""
    text = output("systemd-analyze", "security", "--no-pager", f"--threshold={threshold}", UNIT)
    return re.search(r"exposure level for .*: ([0-9.]+)", text).group(1)


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


@check("neither /home nor /root can be seen, and nothing can be written to /usr or /etc")
def file_system():
    pid = str(main_pid())
    inside = ["nsenter", "--target", pid, "--mount"]
    assert output(*inside, "ls", "-A", "/home", "/root").split() == ["/home:", "/root:"]
    for path in ("/usr/x", "/etc/x", "/var/x", "/srv/x"):
        assert not succeeds(*inside, "touch", path), f"{path} can be written"


@check("the daemon has no capability, and cannot get one")
def capabilities():
    with open(f"/proc/{main_pid()}/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, f"{name} is {status[name]}"
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status
    assert "0" not in status["Uid"].split(), status["Uid"]


@check("systemd-analyze verify finds nothing wrong with the units")
def verified():
    complaints = output("systemd-analyze", "verify", "--man=no", UNIT, "gil-exporter.socket").strip()
    assert not complaints, complaints
