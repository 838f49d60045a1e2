"""The journal: fields and explanations."""

import os

from .host import BRISK, configure, drop_in, entries, output, remove_drop_in, restart, samples, until
from .report import check

# LogEventID in Sources/Daemon/Logging/JournalEntry.swift
READY = "5b13bad3aeaa496c9627a6abd2f02a6c"
PROBE_FAILED = "ce9ba9e0c7ba4870ab8521939e0dc88d"

CATALOG = "/usr/lib/systemd/catalog/gil-exporter.catalog"


@check("every message has a priority, the name gil-exporter, and its place in the sources")
def fields():
    own = entries("SYSLOG_IDENTIFIER=gil-exporter")
    assert own, "there is none"
    for entry in own:
        assert entry["PRIORITY"] in "234567", entry
        assert entry["CODE_FILE"].endswith(".swift") and int(entry["CODE_LINE"]) > 0 and entry["CODE_FUNC"], entry
        assert entry["_TRANSPORT"] == "journal", entry
    return f"{len(own)} messages"


@check("journalctl GIL_PROBE=gil shows only the messages of that probe")
def by_probe():
    configure(BRISK)
    drop_in("verbose.conf", "[Service]\nEnvironment=ARGS=--log.level=debug\nEnvironmentFile=\n")
    restart()
    try:
        until(lambda: samples().get("gil_rounds_total", 0) >= 1, "a round", seconds=60)
        found = until(lambda: entries("GIL_PROBE=gil"), "messages about the probe gil")
    finally:
        remove_drop_in("verbose.conf")
        restart()
    assert {entry["GIL_RUNTIME"] for entry in found} == {"native", "python3"}, found
    assert {entry["PRIORITY"] for entry in found} <= {"4", "6", "7"}, found
    assert any(float(entry["GIL_SECONDS"]) > 0 for entry in found if "GIL_SECONDS" in entry), found


@check("a failed probe is an event with runtime and reason")
def failure():
    broken = "runtimes:\n  discover: none\n  list:\n    - name: broken\n      program: /bin/false\n"
    configure(BRISK + broken)
    restart()
    try:
        entry = until(lambda: entries(f"MESSAGE_ID={PROBE_FAILED}", "GIL_RUNTIME=broken"), "the event")[0]
    finally:
        configure(BRISK)
        restart()
    assert entry["GIL_REASON"] == "crash" and entry["PRIORITY"] == "4", entry


@check("the catalogue is installed, and journalctl -x explains the events")
def catalogue():
    assert os.path.exists(CATALOG)
    known = output("journalctl", "--list-catalog").splitlines()
    with open(CATALOG) as file:
        numbers = [line.split()[1] for line in file if line.startswith("-- ")]
    assert READY in numbers and PROBE_FAILED in numbers, numbers
    for number in numbers:
        assert any(line.startswith(number) for line in known), f"{number} is not known"
    explained = output("journalctl", "--no-pager", "--catalog", f"MESSAGE_ID={PROBE_FAILED}")
    assert "A worker process of the runtime broken gave no measurement" in explained, explained[-1000:]
    return f"{len(numbers)} events"
