"""The tools of an administrator, for the checks."""

import json
import os
import re
import subprocess
import time

UNIT = "gil-exporter.service"
CONFIGURATION = "/etc/gil-exporter/gil-exporter.yml"
DROP_INS = f"/run/systemd/system/{UNIT}.d"
METRICS = "http://localhost:10061/metrics"


def output(*words):
    """The output of a command; raises with its standard error if it fails."""
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}: exit status {done.returncode}: {done.stderr.strip()}"
    return done.stdout


def succeeds(*words):
    return subprocess.run(words, capture_output=True).returncode == 0


def until(condition, what, seconds=20):
    """The first true value of the condition; raises after a time limit."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"after {seconds} s not yet: {what}"
        time.sleep(0.05)


def systemctl(*words):
    return output("systemctl", *words)


def shown(name, unit=UNIT):
    """A property of a unit."""
    return systemctl("show", "--property", name, "--value", unit).strip()


def restart():
    """Restarts the service without regard to StartLimitBurst=: systemd.unit(5)."""
    subprocess.run(["systemctl", "reset-failed", UNIT], capture_output=True)
    systemctl("restart", UNIT)


def main_pid():
    return int(shown("MainPID"))


def worker_pids():
    """The processes of the service, without the daemon."""
    group = shown("ControlGroup")
    try:
        with open(f"/sys/fs/cgroup{group}/cgroup.procs") as processes:
            return {int(line) for line in processes} - {main_pid()}
    except FileNotFoundError:
        return set()


def is_alive(pid):
    return os.path.exists(f"/proc/{pid}")


def journal():
    """The log of the service in this boot, with systemd's messages about it."""
    sync_journal()
    return output("journalctl", "--no-pager", "--output=cat", f"--unit={UNIT}")


def sync_journal():
    """Waits until journald has written everything that was sent before: on a busy machine it lags behind."""
    output("journalctl", "--sync")


def entries(*matches):
    """The log entries of the service in this boot that match these fields, with all their fields."""
    sync_journal()
    lines = output("journalctl", "--no-pager", "--output=json", f"--unit={UNIT}", *matches).splitlines()
    return [json.loads(line) for line in lines]


def scrape(*options, url=METRICS):
    return output("curl", "--silent", "--show-error", "--fail", "--max-time", "5", *options, url)


def samples():
    """The samples of a scrape, by name and labels as written."""
    lines = [line for line in scrape().splitlines() if line and not line.startswith("#")]
    return {key: float(value) for key, _, value in (line.rpartition(" ") for line in lines)}


def supported_probes():
    """(runtime, probe) of all supported probes."""
    pattern = re.compile(r'gil_probe_supported{runtime="(.*)",probe="(.*)"}')
    return {match.groups() for key, value in samples().items() if value == 1 and (match := pattern.fullmatch(key))}


def sum_of(name):
    """The sum of all samples of a family."""
    return sum(value for key, value in samples().items() if key.partition("{")[0] == name)


def configure(text):
    with open(CONFIGURATION, "w") as file:
        file.write(text)


def drop_in(name, text):
    """Adds to the unit until the next boot, or until `remove_drop_in`."""
    os.makedirs(DROP_INS, exist_ok=True)
    with open(f"{DROP_INS}/{name}", "w") as file:
        file.write(text)
    systemctl("daemon-reload")


def packaged_drop_in(name):
    """Adds one of the packaged drop-ins."""
    with open(f"/usr/share/gil-exporter/systemd/{name}") as file:
        drop_in(name, file.read())


def remove_drop_in(name):
    os.remove(f"{DROP_INS}/{name}")
    if not os.listdir(DROP_INS):
        os.rmdir(DROP_INS)
    systemctl("daemon-reload")


# One round per second, because the checks wait for rounds.
BRISK = "probing:\n  interval: 1s\n  cpu_budget: 100%\n"


def lengthy(runtime):
    """A configuration whose probes last longer than any check."""
    python = "\n      python: python3\n      iterations: 4000000000" if runtime != "native" else ""
    native = "\n      iterations: 200000000000" if runtime == "native" else ""
    return (
        "probing:\n  interval: 1s\n  cpu_budget: 100%\n  time_limit: 10m\n  probes: [multiprocess]\n"
        f"runtimes:\n  discover: none\n  list:\n    - name: {runtime}{python}{native}\n"
    )
