"""The exporter under test, with everything that disturbances change: files, limits, clock."""

import contextlib
import mmap
import os
import signal
import ssl
import struct
import subprocess
import sys
import time
from pathlib import Path

from Benchmarks.exporter import Daemon, free_port

from .cgroups import Cgroup
from .schedule import Unavailable

# Where the exporter writes its log and its sockets: a file system of its own, that can be filled.
DISK_MEGABYTES = 16
STOP_LIMIT = 10
CONFIGURATION = """
probing: {{interval: {interval}, jitter: 0%, cpu_budget: 100%, time_limit: 2s}}
observation:
  sample_rate: {rate}
  cpu_budget: {budget}
  scan_interval: {scans}
  group_limit: {groups}
  group_retention: 60s
  profile: {{top: {top}}}
  groups: [{{name: honest-$1, command_line: "^\\\\S+ -X gil-soak=(\\\\w+)"}}]
runtimes:
  discover: none
  list:
    - {{name: native, iterations: 50000}}
    - {{name: python3, python: [{python}], iterations: 5000}}
"""
# Few groups, so that there are soon as many as there may be; and kept for so short a time that as many come as go.
DEFAULTS = {"interval": "1s", "rate": 100, "budget": "5%", "scans": "1s", "groups": 40, "top": 3}


class Exporter:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, Path(folder)
        self.disk = self.folder / "disk"
        self.configuration = self.folder / "gil-exporter.yml"
        self.web_configuration = self.folder / "web.yml"
        self.certificate, self.key = self.folder / "tls.crt", self.folder / "tls.key"
        self.log = self.disk / "log"
        self.control = self.disk / "control.sock"
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        self.port, self.health_port = free_port(), free_port()
        self.cgroups: dict[str, Cgroup] = {}
        self.without: dict[str, str] = {}
        self.daemon: Daemon

    @contextlib.contextmanager
    def running(self):
        self.disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "gil-exporter-soak", self.disk], check=True
        )
        try:
            self.start()
            yield
        finally:
            if hasattr(self, "daemon") and self.daemon.process.poll() is None:
                self.thaw()
                self.daemon.process.kill()
                self.daemon.process.wait()
            for cgroup in self.cgroups.values():
                cgroup.remove()
            if hasattr(self, "daemon"):
                self.daemon.errors.close()
            subprocess.run(["umount", "--lazy", self.disk])

    def start(self):
        self.configure()
        self.web_configuration.write_text("tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n")
        self.certify(*self.new_certificate("first"))
        # In a session of its own, so that Ctrl-C does not end it with this program. Neither program forks.
        command = ["setsid", "env", "SWIFT_BACKTRACE=enable=no", f"TMPDIR={self.disk}", *self.movable_clock()]
        command += [self.binary, "serve", f"--config.file={self.configuration}"]
        command += [f"--web.config.file={self.web_configuration}", f"--control.socket={self.control}"]
        command += [f"--web.listen-address=127.0.0.1:{self.port}"]
        command += [f"--web.health-listen-address=127.0.0.1:{self.health_port}"]
        command += ["--web.enable-lifecycle", "--web.enable-probe", "--web.enable-profile", "--log.format=logfmt"]
        self.daemon = Daemon(command, self.port, self.tls, errors=open(self.log, "a"))  # noqa: SIM115
        self.pid = self.daemon.pid
        for controller in ("memory", "pids", "cpu", "freezer"):
            try:
                cgroup = Cgroup(controller, self.folder.name)
                cgroup.add(self.pid)
                self.cgroups[controller] = cgroup
            except (Unavailable, OSError) as error:
                self.without[controller] = str(error)
        self.daemon.await_scrape(time_limit=30)

    def cgroup(self, controller):
        if controller not in self.cgroups:
            raise Unavailable(self.without[controller])
        return self.cgroups[controller]

    def thaw(self):
        """A stopped or frozen process does not end."""
        with contextlib.suppress(OSError):
            if "freezer" in self.cgroups:
                self.cgroups["freezer"].freeze(False)
            os.kill(self.pid, signal.SIGCONT)

    def end(self):
        """Ends it by SIGTERM. Returns its status, or None if it does not end, and the seconds that it took."""
        begin = time.monotonic()
        self.daemon.process.terminate()
        try:
            return self.daemon.process.wait(STOP_LIMIT + 2), time.monotonic() - begin
        except subprocess.TimeoutExpired:
            return None, time.monotonic() - begin

    # Files

    def configure(self, **changes):
        """Writes a configuration. The exporter does not know of it yet."""
        self.configuration.write_text(CONFIGURATION.format(**{**DEFAULTS, "python": sys.executable, **changes}))

    def new_certificate(self, name):
        """PEM of a certificate and its key."""
        key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.crt"
        words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        command = [*words.split(), "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        found = certificate.read_text(), key.read_text()
        key.unlink()
        certificate.unlink()
        return found

    def certify(self, certificate, key):
        self.certificate.write_text(certificate)
        self.key.write_text(key)

    # Clock

    def movable_clock(self):
        """What `env` sets so that the clock of the exporter can be moved; nothing without a compiler."""
        library, page = self.folder / "clock.so", self.folder / "clock"
        source = Path(__file__).with_name("clock.c")
        try:
            subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, source], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            self.without["clock"] = f"cc cannot compile {source.name}: {error}"
            return []
        page.write_bytes(bytes(8))
        return [f"LD_PRELOAD={library}", f"GIL_EXPORTER_SOAK_CLOCK={page}"]

    def move_clock(self, seconds):
        if "clock" in self.without:
            raise Unavailable(self.without["clock"])
        with open(self.folder / "clock", "r+b") as file, mmap.mmap(file.fileno(), 8) as page:
            page[:8] = struct.pack("q", seconds)
