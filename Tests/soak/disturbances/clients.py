"""Clients that misbehave."""

import contextlib
import socket
import ssl
import struct
import sys
import time

from ..schedule import disturbance
from ..stage import BENCHMARKS

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect(stage, tls=True):
    """A connection from an address other than that of the scraper."""
    plain = socket.create_connection(("127.0.0.1", stage.exporter.port), 5, ("127.0.0.2", 0))
    return stage.exporter.tls.wrap_socket(plain) if tls else plain


def until(stage, seconds, action, rest=0.0):
    """Repeats an action, whose connections may fail, and counts."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end and stage.pause(rest):
        # SSLError is an OSError.
        with contextlib.suppress(OSError):
            action()
        count += 1
    stage.note(f"{count} times")


def reset(connection):
    """Closes with RST rather than FIN: socket(7), SO_LINGER."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@disturbance("300 clients that send a byte per second, and 50 that read nothing")
def slow(stage, seconds):
    clients = [sys.executable, BENCHMARKS / "abuse_clients.py"]
    stage.spawn(*clients, "slow", stage.exporter.health_port, 300)
    stage.spawn(*clients, "deaf", stage.exporter.health_port, 50)
    stage.pause(seconds)


@disturbance("600 connections over TLS that stay silent")
def silent(stage, seconds):
    held = []
    try:
        end = time.monotonic() + seconds
        for _ in range(600):
            if time.monotonic() > end or stage.stopping.is_set():
                break
            with contextlib.suppress(OSError):
                held.append(connect(stage))
        stage.note(f"{len(held)} connections")
        stage.pause(max(0.0, end - time.monotonic()))
    finally:
        for connection in held:
            connection.close()


@disturbance("a TLS handshake that never ends, and half a request")
def halves(stage, seconds):
    held = []
    try:
        hellos = (b"", b"\x16\x03\x01", b"\x16\x03\x01\x40\x00" + bytes(100))
        requests = (b"GET", b"GET /metrics HTTP/1.1\r\n", b"GET /metrics HTTP/1.1\r\nHost: x\r\nA: ")
        for piece, tls in [(hello, False) for hello in hellos] + [(request, True) for request in requests]:
            # A server without room for another connection closes one.
            with contextlib.suppress(OSError):
                held.append(connect(stage, tls))
                held[-1].sendall(piece)
        stage.pause(seconds)
    finally:
        for connection in held:
            reset(connection)


@disturbance("headers without end, long targets and bodies")
def giants(stage, seconds):
    requests = [
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
        b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 100_000,
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n" + b"x" * 1000,
    ]

    def send():
        with connect(stage) as connection:
            connection.sendall(stage.chance.choice(requests))
            connection.recv(4096)

    until(stage, seconds, send, 0.02)


@disturbance("clients that leave in the middle of the body")
def leave(stage, seconds):
    def go():
        connection = connect(stage)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(REQUEST * stage.chance.randrange(1, 20))
        connection.recv(100)
        reset(connection)

    until(stage, seconds, go, 0.02)


@disturbance("garbage in place of TLS and of HTTP")
def garbage(stage, seconds):
    def send():
        with connect(stage, tls=stage.chance.random() < 0.5) as connection:
            connection.sendall(stage.chance.randbytes(stage.chance.randrange(1, 5000)))
            connection.recv(4096)

    until(stage, seconds, send, 0.02)


@disturbance("a flood of scrapes and pages")
def flood(stage, seconds):
    pages = [
        "/metrics",
        "/",
        "/api/v1/groups",
        "/api/v1/rounds",
        "/metrics?name[]=gil_processes",
        "/%00",
        "/../..",
        "*",
    ]
    pages += ["/api/v1/configuration", "/flamegraph/honest-mix", "/debug/pprof/mutex", "/nothing", "/runbooks/x"]

    def ask():
        with connect(stage) as connection:
            for _ in range(20):
                head = f"GET {stage.chance.choice(pages)} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"
                connection.sendall(head.encode())
            connection.settimeout(1)
            # The server may not close the connection, and goes on with the answers meanwhile.
            with contextlib.suppress(TimeoutError, ssl.SSLError):
                while connection.recv(1 << 20):
                    pass

    until(stage, seconds, ask)
