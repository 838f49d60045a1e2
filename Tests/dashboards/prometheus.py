"""A Prometheus server for a test, and its API."""

import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Refused(Exception):
    """Prometheus rejected a query, with this message."""


class Prometheus:
    """Runs during the `with` block. Its data and its log are in the folder."""

    def __init__(self, folder, port, rules, scrapes, interval, options=(), external_labels=()):
        self.folder, self.address = Path(folder), f"127.0.0.1:{port}"
        self.options = options
        settings = {"scrape_interval": interval, "evaluation_interval": interval}
        settings |= {"external_labels": dict(external_labels)}
        configuration = {"global": settings, "rule_files": rules, "scrape_configs": scrapes}
        # YAML is a superset of JSON.
        (self.folder / "prometheus.yml").write_text(json.dumps(configuration))

    def __enter__(self):
        self.log = (self.folder / "prometheus.log").open("w")
        self.process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={self.folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self.folder / 'data'}",
                f"--web.listen-address={self.address}",
                *self.options,
            ],
            stderr=self.log,
            stdout=self.log,
        )
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.log.close()

    def get(self, path, **parameters):
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}"
        try:
            with urllib.request.urlopen(url, timeout=120) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            raise Refused(self.reason(refusal)) from None

    @staticmethod
    def reason(refusal):
        """Parses an answer, which is plain text while the server starts."""
        try:
            return json.load(refusal).get("error", refusal.reason)
        except ValueError:
            return refusal.reason

    def query(self, expression):
        return self.get("query", query=expression)["result"]

    def query_range(self, expression, seconds, step):
        now = time.time()
        return self.get("query_range", query=expression, start=now - seconds, end=now, step=step)["result"]

    def value(self, expression):
        (series,) = self.query(expression)
        return float(series["value"][1])

    def wait_for(self, expression, seconds):
        """Returns when the expression has a result; raises with the expression if it has none in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"Prometheus ended: {(self.folder / 'prometheus.log').read_text()[-2000:]}")
            try:
                if self.query(expression):
                    return
            except (OSError, Refused):
                pass  # It is still starting.
            time.sleep(0.5)
        raise TimeoutError(f"no result within {seconds} s: {expression}")

    def durations_of_groups(self):
        """Of the newest evaluations, by file and name: two files may have a group of the same name."""
        groups = self.get("rules")["groups"]
        return {(Path(group["file"]).stem, group["name"]): group["evaluationTime"] for group in groups}

    def own_metrics(self):
        """Its own metrics without labels, as of now: it does not scrape itself."""
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=60) as answer:
            found = re.findall(r"^(\w+) (\S+)$", answer.read().decode(), re.M)
        return {name: float(value) for name, value in found}

    def cpu_seconds(self):
        """CPU time, user and system: the fields 14 and 15 of proc_pid_stat(5)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024
