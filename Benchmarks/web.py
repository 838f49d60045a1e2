"""The number of scrapes per second, and the cost of TLS."""

import json
import re
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from .exporter import daemon
from .report import CouldNotRun, Finding, Target
from .scrape import cpu_of_scrapes, mean, node_exporter_program, start_node_exporter

QUESTION = "how many scrapes does it answer at eight connections, and what does TLS cost?"
THROUGHPUT, LATENCY, TLS = Target(low=5), Target(high=1), Target(high=1.5)
CONNECTIONS, SECONDS = 8, 4
BATCHES, SCRAPES = 10, 500


def run(setting):
    return [*of_load(setting), *of_tls(setting)]


def of_load(setting):
    what = [f"scrapes per second / node_exporter's, {CONNECTIONS} connections", "p99 / node_exporter's"]
    program = node_exporter_program()
    for name, missing in [("wrk", not shutil.which("wrk")), ("node_exporter", not program)]:
        if missing:
            return [
                Finding.missing(title, target, f"{name} is not installed")
                for title, target in zip(what, [THROUGHPUT, LATENCY])
            ]
    with daemon(setting.binary, many_samples(setting)) as exporter:
        exporter.await_rounds(1)
        other = start_node_exporter(program)
        try:
            pairs = [(load(exporter.port), load(other.port)) for _ in setting.repeat(5)]
            sizes = [samples_in(target) for target in (exporter, other)]
        finally:
            other.stop()
    note = f"{mean([ours[0] for ours, _ in pairs]):.0f} a second of {sizes[0]} samples; theirs have {sizes[1]}"
    return [
        Finding.of(what[0], THROUGHPUT, [ours[0] / theirs[0] for ours, theirs in pairs], note=note),
        Finding.of(what[1], LATENCY, [ours[1] / theirs[1] for ours, theirs in pairs]),
    ]


def many_samples(setting):
    """Enough runtimes for about a thousand samples. They count little: their measurements are not used."""
    python = setting.interpreters[0].path
    runtimes = [{"name": f"python-{n}", "python": [python], "iterations": 1024} for n in range(9)]
    return json.dumps(
        {
            "probing": {"interval": "1h", "jitter": "0%"},
            "runtimes": {"discover": "none", "list": runtimes},
            "observation": {"enabled": False},
        }
    )


def samples_in(target):
    lines = target.await_scrape()[0].splitlines()
    return sum(1 for line in lines if line and not line.startswith(b"#"))


def load(port):
    """Requests per second, and the p99 in milliseconds, as wrk measures them."""
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={SECONDS}s", "--latency"]
    done = subprocess.run([*command, f"http://127.0.0.1:{port}/metrics"], capture_output=True, text=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    latency = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", done.stdout)
    if done.returncode != 0 or not rate or not latency or "Non-2xx" in done.stdout:
        raise CouldNotRun(f"wrk: {done.stdout}{done.stderr}")
    return float(rate[1]), float(latency[1]) * {"us": 1e-3, "ms": 1, "s": 1e3}[latency[2]]


def of_tls(setting):
    what = "CPU of a scrape over TLS / of a plain one"
    if not shutil.which("openssl"):
        return [Finding.missing(what, TLS, "openssl is not installed")]
    with tempfile.TemporaryDirectory() as directory:
        context, configuration = certified(Path(directory))
        options = [f"--web.config.file={configuration}"]
        with (
            daemon(setting.binary, many_samples(setting)) as plain,
            daemon(setting.binary, many_samples(setting), options=options, tls=context) as secure,
        ):
            plain.await_rounds(1)
            secure.await_rounds(1)
            pairs = [(cpu_of_scrapes(secure, SCRAPES), cpu_of_scrapes(plain, SCRAPES)) for _ in setting.steps(BATCHES)]
    # Ticks of 10 ms make single batches coarse, so the sums are compared.
    ratio = sum(one for one, _ in pairs) / sum(other for _, other in pairs)
    note = f"plain {mean([other for _, other in pairs]) / SCRAPES * 1e3:.2f} ms; over connections that stay open"
    return [Finding.of(what, TLS, [ratio], note=note)]


def certified(directory):
    """A context that trusts a new certificate for the loopback, and the configuration of its server."""
    key, certificate = directory / "server.key", directory / "server.crt"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*command, *name, "-keyout", key, "-out", certificate], capture_output=True, check=True)
    configuration = directory / "web.yml"
    configuration.write_text(f"tls_server_config: {{cert_file: {certificate}, key_file: {key}}}\n")
    return ssl.create_default_context(cafile=certificate), configuration
