"""The running service: scrapes, status, journal."""

import re

from .host import (
    BRISK,
    UNIT,
    configure,
    journal,
    restart,
    samples,
    scrape,
    shown,
    sum_of,
    supported_probes,
    systemctl,
    until,
)
from .report import check


@check("every supported probe of native and python3 gives measurements")
def measures():
    configure(BRISK)
    restart()

    def all_measured():
        values = samples()
        probes = supported_probes()
        runs = [values.get(f'gil_probe_runs_total{{runtime="{r}",probe="{p}"}}', 0) for r, p in probes]
        return probes if probes and min(runs) >= 1 else None

    probes = until(all_measured, "a measurement of every probe", seconds=60)
    for probe in ("single", "gil", "multiprocess"):
        assert ("native", probe) in probes and ("python3", probe) in probes, f"{probe} is missing in {sorted(probes)}"
    assert sum_of("gil_probe_failures_total") == 0, journal()[-2000:]
    return f"{len(probes)} probes"


@check("the journal has no complaint about the sandbox")
def no_complaint():
    assert "Starting" in journal(), journal()
    until(lambda: samples().get("gil_rounds_total", 0) >= 1, "a round", seconds=60)
    complaint = re.compile("not permitted|denied|read-only|no such file|thread priority", re.IGNORECASE)
    complaints = [line for line in journal().splitlines() if complaint.search(line)]
    assert not complaints, complaints[:5]


@check("both formats are served")
def formats():
    assert scrape("--header", "Accept: application/openmetrics-text; version=1.0.0").endswith("# EOF\n")
    assert "# EOF" not in scrape()


@check("systemctl status shows the speedups in a sentence")
def status():
    text = systemctl("status", "--no-pager", "--lines=0", UNIT)
    line = next((line.strip() for line in text.splitlines() if "Status:" in line), "")
    assert "native: gil" in line and "python3" in line, text
    return line.removeprefix("Status: ").strip('"')


@check("it runs as an unprivileged user of its own, in its slice")
def user():
    assert shown("ControlGroup") == "/system.slice/system-gil.slice/gil-exporter.service", shown("ControlGroup")
    # systemd.exec(5), DynamicUser=: numbers from this range.
    assert 61184 <= int(shown("UID")) <= 65519, shown("UID")
