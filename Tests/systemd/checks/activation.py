"""Sockets that systemd opens."""

import os
import subprocess

from .host import (
    UNIT,
    main_pid,
    packaged_drop_in,
    remove_drop_in,
    restart,
    samples,
    scrape,
    shown,
    sum_of,
    systemctl,
    until,
)
from .report import check

SOCKET = "gil-exporter.socket"
SOCKET_FILE = "/run/gil-exporter.sock"


def scrapes_through(disturb):
    """Scrapes over new connections while `disturb` runs. Returns the number of scrapes; none may fail."""
    stop_file = "/run/no-more-scrapes"
    script = (
        f"while [ ! -e {stop_file} ]; do"
        " curl --silent --show-error --fail --max-time 10 http://localhost:10061/-/healthy >/dev/null || exit 1;"
        " echo; done"
    )
    client = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        disturb()
    finally:
        open(stop_file, "w").close()
        scrapes, errors = client.communicate()
        os.remove(stop_file)
    assert client.returncode == 0, f"after {len(scrapes)} scrapes one failed: {errors.strip()}"
    return len(scrapes)


@check("a connection to the socket starts the service")
def starts():
    systemctl("stop", UNIT)
    systemctl("enable", "--now", SOCKET)
    assert shown("ActiveState") == "inactive"
    assert "gil_exporter_build_info" in scrape()
    assert shown("ActiveState") == "active"


@check("both sockets of the unit are served, TCP and unix")
def both_sockets():
    assert "gil_exporter_build_info" in scrape()
    assert "gil_exporter_build_info" in scrape("--unix-socket", SOCKET_FILE)


@check("ten restarts lose no connection")
def restarts():
    def ten_restarts():
        for _ in range(10):
            restart()

    return f"{scrapes_through(ten_restarts)} requests"


@check("private-network.conf: every probe runs and is scraped without a network")
def private_network():
    packaged_drop_in("private-network.conf")
    restart()
    try:
        assert os.readlink(f"/proc/{main_pid()}/ns/net") != os.readlink("/proc/self/ns/net")
        until(lambda: samples().get("gil_rounds_total", 0) >= 1, "a round", seconds=60)
        assert sum_of("gil_probe_failures_total") == 0
        assert "gil_exporter_build_info" in scrape("--unix-socket", SOCKET_FILE)
    finally:
        remove_drop_in("private-network.conf")
        restart()


@check("after the socket is disabled, the exporter listens itself")
def without_socket():
    systemctl("disable", "--now", SOCKET)
    restart()
    assert not os.path.exists(SOCKET_FILE)
    assert "gil_exporter_build_info" in scrape()
