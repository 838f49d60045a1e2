"""Configurations and certificates that change."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import time
from http.client import HTTPException, HTTPSConnection

from ..schedule import disturbance

# The exporter notices changed certificates within seconds of the next request: Documentation/http.md.
NOTICE = 10.0
# The exporter observes anew, and has no processes until its next scan.
ANEW = ("presence",)


def variant(stage):
    chance = stage.chance
    return {
        "interval": chance.choice(["1s", "1s", "2s"]),
        "rate": chance.choice([50, 100, 200]),
        "scans": chance.choice(["1s", "2s", "5s"]),
        "top": chance.choice([0, 3, 10]),
        "budget": chance.choice(["2%", "5%"]),
    }


def command(stage):
    """The exit status of `gil-exporter reload`, and what it prints."""
    words = [stage.exporter.binary, "reload", f"--control.socket={stage.exporter.control}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    return done.returncode, (done.stdout + done.stderr).strip()


def undisturbed(stage, since):
    """Whether scrapes were not taken away meanwhile: then a reload may take its time, or fail."""
    return not stage.schedule.excused("scrapes", since, time.monotonic())


def expect(stage, status, since, what):
    """Runs the command, whose exit status is to be this one."""
    found, text = command(stage)
    if found != status and undisturbed(stage, since):
        stage.findings.fault("reloads", f"{what}: exit status {found} in place of {status}: {text[:300]}")


@disturbance("valid configurations, by the command", takes=ANEW, seconds=(1, 3), pause=8)
def valid(stage, seconds):
    begin = time.monotonic()
    stage.exporter.configure(**variant(stage))
    expect(stage, 0, begin, "a valid configuration")
    stage.pause(seconds)
    stage.exporter.configure()
    expect(stage, 0, begin, "the first configuration again")


@disturbance("valid configurations, by SIGHUP", takes=ANEW, seconds=(1, 3), pause=8)
def hangup(stage, seconds):
    stage.exporter.configure(**variant(stage))
    os.kill(stage.exporter.pid, signal.SIGHUP)
    stage.pause(seconds)
    begin = time.monotonic()
    stage.exporter.configure()
    expect(stage, 0, begin, "the first configuration again")


@disturbance("valid configurations, by HTTP", takes=ANEW, seconds=(1, 3), pause=8)
def http(stage, seconds):
    begin = time.monotonic()
    stage.exporter.configure(**variant(stage))
    connection = HTTPSConnection("127.0.0.1", stage.exporter.port, timeout=10, context=stage.exporter.tls)
    try:
        connection.request("POST", "/-/reload")
        status = connection.getresponse().status
        if status != 200 and undisturbed(stage, begin):
            stage.findings.fault("reloads", f"POST /-/reload returns {status}")
    except (OSError, HTTPException) as error:
        if undisturbed(stage, begin):
            stage.findings.fault("reloads", f"POST /-/reload: {error}")
    finally:
        connection.close()
    stage.pause(seconds)
    stage.exporter.configure()
    expect(stage, 0, begin, "the first configuration again")


@disturbance("fifty SIGHUPs at once", takes=ANEW, seconds=(2, 3), pause=8)
def storm(stage, seconds):
    for _ in range(50):
        os.kill(stage.exporter.pid, signal.SIGHUP)
        stage.pause(0.01)
    stage.pause(seconds)


@disturbance("invalid configurations", takes=ANEW, seconds=(1, 2), pause=8)
def invalid(stage, seconds):
    begin = time.monotonic()
    whole = stage.exporter.configuration.read_bytes()
    broken = [
        b"probing: {interval: 1}\n",
        b"observation: [\n",
        stage.chance.randbytes(500),
        whole + b"unknown: 1\n",
        b"x: &a [*a]\n",
        b"a: " * 100_000,
    ]
    for text in stage.chance.sample(broken, 3):
        stage.exporter.configuration.write_bytes(text)
        expect(stage, 1, begin, f"the invalid configuration {text[:40]!r}")
    stage.exporter.configuration.unlink()
    expect(stage, 1, begin, "a missing configuration")
    stage.pause(seconds)
    stage.exporter.configure()
    expect(stage, 0, begin, "the first configuration again")


def served(stage):
    """The certificate that a new connection gets, in DER; None without an answer."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", stage.exporter.port), 5) as plain:
        plain.settimeout(5)
        with stage.exporter.tls.wrap_socket(plain) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            return connection.getpeercert(binary_form=True)
    return None


def await_certificate(stage, certificate):
    begin = time.monotonic()
    wanted = ssl.PEM_cert_to_DER_cert(certificate)
    while served(stage) != wanted:
        if stage.stopping.is_set():
            return
        if time.monotonic() > begin + NOTICE:
            if undisturbed(stage, begin):
                stage.findings.fault("reloads", f"a changed certificate is not served after {NOTICE:.0f} s")
            return
        stage.pause(0.3)


@disturbance("another certificate", seconds=(0, 1))
def certificate(stage, seconds):
    new = stage.exporter.new_certificate(stage.folder.name)
    stage.exporter.certify(*new)
    await_certificate(stage, new[0])
    stage.pause(seconds)


@disturbance("certificates and keys that are garbage, half written, or of others", seconds=(3, 5))
def half(stage, seconds):
    exporter = stage.exporter
    certificate, key = exporter.certificate.read_text(), exporter.key.read_text()
    other, other_key = exporter.new_certificate(stage.folder.name)
    before, begin = served(stage), time.monotonic()
    pairs = [(other[:200], other_key), (other, other_key[:100]), (certificate, other_key), ("", ""), ("x" * 5000, key)]
    for pair in stage.chance.sample(pairs, 3):
        exporter.certify(*pair)
        if not stage.pause(seconds / 3):
            break
        now = served(stage)
        if now != before and before and undisturbed(stage, begin):
            stage.findings.fault("reloads", f"an invalid certificate changed what is served: {now is None=}")
    exporter.certify(other, other_key)
    await_certificate(stage, other)
