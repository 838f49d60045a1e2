"""The built exporter, run for a test. GIL_EXPORTER names the binary; without it, the release build is run."""

import contextlib
import os
import subprocess
import time
import urllib.error
import urllib.request

from . import dashboards
from .prometheus import free_port

BINARY = os.environ.get("GIL_EXPORTER", str(dashboards.ROOT / ".build/release/gil-exporter"))

# Short rounds of countdowns that are still long enough for the lock to change hands, and a runtime that fails.
EVERYTHING = """
probing: {interval: 1s, jitter: 0%, cpu_budget: 100%}
runtimes:
  discover: none
  list:
    - {name: native, iterations: 60000000}
    - {name: python3, python: [python3], iterations: 1000000}
    - {name: broken, program: [/bin/sh, -c, "exit 3"]}
observation: {profile: {top: 5}}
"""

# Two threads that always want the lock.
CONTENDED = """
import threading
def spin():
    while True: pass
threading.Thread(target=spin, daemon=True).start()
spin()
"""


@contextlib.contextmanager
def exporter_on(port, folder, configuration):
    """Serves on the loopback interface during the `with` block. Yields the address; the log is in the folder."""
    (folder / "gil-exporter.yml").write_text(configuration)
    address = f"127.0.0.1:{port}"
    with (folder / "exporter.log").open("w") as log:
        command = [BINARY, "--config.file", folder / "gil-exporter.yml", "--web.listen-address", address]
        exporter = subprocess.Popen(command, stderr=log)
        try:
            yield address
        finally:
            exporter.terminate()
            exporter.wait(10)


@contextlib.contextmanager
def contended():
    """A Python process in which two threads contend for the lock."""
    with subprocess.Popen(["python3", "-c", CONTENDED]) as process:
        try:
            yield
        finally:
            process.kill()


@contextlib.contextmanager
def exporter_of_everything(folder):
    """An exporter with a series of every family, after its first round and scan. Yields the address."""
    with contended(), exporter_on(free_port(), folder, EVERYTHING) as address:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError):
                text = urllib.request.urlopen(f"http://{address}/metrics", timeout=10).read().decode()
                # The function that makes others wait is the last to appear.
                if "\ngil_process_function_wait_seconds_total{" in text and "\ngil_rounds_total 0" not in text:
                    break
            time.sleep(0.3)
        yield address
