"""Valid and invalid changes of the configuration."""

import subprocess

from .host import (
    BRISK,
    UNIT,
    configure,
    journal,
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
)
from .report import check

SUCCESSFUL = "gil_exporter_config_last_reload_successful"
WORKERS = 'gil_probe_workers{runtime="native",probe="gil"}'


def with_workers(number):
    return f"{BRISK}  workers: {number}\n"


def until_workers(number):
    """Waits for the round that shows which configuration is in force."""
    until(lambda: samples().get(WORKERS) == number, f"a round with {number} workers", seconds=60)


def systemd_version():
    return int(output("systemctl", "--version").split()[1])


@check("systemctl reload applies a valid configuration without a restart")
def good():
    restart()
    until_workers(2)
    pid, runs = main_pid(), sum_of("gil_probe_runs_total")
    configure(with_workers(3))
    systemctl("reload", UNIT)
    assert samples()[SUCCESSFUL] == 1
    until_workers(3)
    assert main_pid() == pid, "it was restarted"
    assert sum_of("gil_probe_runs_total") > runs, "counters went back"


@check("systemctl reload fails on an invalid configuration, names the place, and changes nothing")
def bad():
    pid = main_pid()
    configure("probing:\n  workers: 4\n  intervall: 3s\n")
    assert not succeeds("systemctl", "reload", UNIT), "it succeeded"
    assert main_pid() == pid and shown("ActiveState") == "active", shown("ActiveState")
    assert "gil-exporter.yml:3:3" in journal(), journal()[-1000:]
    assert "gil-exporter.yml:3:3" in shown("StatusText"), shown("StatusText")
    assert samples()[SUCCESSFUL] == 0
    rounds = samples()["gil_rounds_total"]
    until(lambda: samples()["gil_rounds_total"] >= rounds + 2, "two rounds", seconds=60)
    assert samples()[WORKERS] == 3, samples()[WORKERS]


@check("gil-exporter reload, run by root, prints the error and its place")
def by_command():
    done = subprocess.run(["gil-exporter", "reload"], capture_output=True, text=True)
    assert done.returncode == 1 and "gil-exporter.yml:3:3" in done.stderr, f"{done.returncode}: {done.stderr}"


@check("a valid configuration ends the failure state")
def good_again():
    configure(BRISK)
    systemctl("reload", UNIT)
    assert samples()[SUCCESSFUL] == 1
    until_workers(2)
    assert "failed" not in shown("StatusText"), shown("StatusText")


@check("notify-reload.conf: systemd requests the reload and waits for it; an older one keeps Type=notify")
def by_notification():
    packaged_drop_in("notify-reload.conf")
    restart()
    try:
        if systemd_version() < 253:
            assert shown("Type") == "notify", shown("Type")
            return f"systemd {systemd_version()} is too old"
        assert shown("Type") == "notify-reload", shown("Type")
        configure(with_workers(3))
        systemctl("reload", UNIT)
        until_workers(3)
    finally:
        remove_drop_in("notify-reload.conf")
        configure(BRISK)
        restart()
