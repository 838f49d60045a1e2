"""Upgrade, remove, purge."""

import os

from .host import BRISK, CONFIGURATION, main_pid, output, restart, samples, shown, succeeds, systemctl
from .installation import PACKAGE, install
from .report import check


@check("an upgrade restarts the service and keeps a changed configuration")
def upgrade():
    changed = BRISK + "# changed here\n"
    with open(CONFIGURATION, "w") as file:
        file.write(changed)
    restart()
    pid = main_pid()
    install(next_version())
    assert main_pid() != pid, "it was not restarted"
    assert shown("ActiveState") == "active"
    assert samples()["gil_exporter_config_last_reload_successful"] == 1
    with open(CONFIGURATION) as file:
        assert file.read() == changed


def next_version():
    """The same package with a later version."""
    output("dpkg-deb", "--raw-extract", PACKAGE, "/tmp/next")
    output("sed", "--in-place", "s/^Version: .*/&+next/", "/tmp/next/DEBIAN/control")
    # Another configuration than before, so that dpkg has to choose.
    output("sed", "--in-place", "$a # A later version.", f"/tmp/next{CONFIGURATION}")
    output("sed", "--in-place", r"\,etc/gil-exporter/,d", "/tmp/next/DEBIAN/md5sums")
    output("dpkg-deb", "-Znone", "--build", "/tmp/next", "/tmp/next.deb")
    return "/tmp/next.deb"


@check("remove stops the service and keeps the configuration")
def remove():
    systemctl("enable", "gil-exporter.socket")
    output("gil-exporter", "setup", "observe")
    output("apt-get", "--quiet", "--yes", "remove", "gil-exporter")
    assert not succeeds("curl", "--silent", "http://localhost:10061")
    assert shown("LoadState") == "not-found", shown("LoadState")
    assert os.path.exists(CONFIGURATION)


@check("purge leaves nothing")
def purge():
    output("apt-get", "--quiet", "--yes", "purge", "gil-exporter")
    found = output(
        "find", "/etc", "/run", "/usr", "/var", "/tmp", "-xdev", "-name", "*gil-exporter*",
        "-not", "-path", "/var/log/*", "-not", "-path", "/var/lib/apt/*", "-not", "-path", "/tmp/next*",
    )  # fmt: skip
    assert not found, found


@check("systemctl --failed is empty")
def nothing_failed():
    failed = systemctl("--failed", "--no-legend", "--plain")
    assert not failed.strip(), failed


@check("no process of it is left")
def nothing_left():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ")
        except OSError:
            continue
        assert b"gil-exporter worker" not in command and b"gil-exporter serve" not in command, command
        assert b'"task":' not in command, command
