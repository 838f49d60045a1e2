"""The built exporter, run for a test. GIL_EXPORTER names the binary; without it, the release build is run."""

import contextlib
import os
import subprocess

from . import dashboards

BINARY = os.environ.get("GIL_EXPORTER", str(dashboards.ROOT / ".build/release/gil-exporter"))


@contextlib.contextmanager
def exporter_on(port, folder, configuration):
    """Serves on the loopback while the `with` block runs. Gives the address; its log is in the folder."""
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
