"""Abusive clients: abuse_clients.py slow|deaf PORT COUNT, until killed.

slow: sends one byte of a request per second. deaf: sends request after request and reads no response.
"""

import resource
import select
import socket
import sys
import time

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
BEGIN, MORE = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"


def main(kind, port, count):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    first, more = (BEGIN, MORE) if kind == "slow" else (REQUEST, REQUEST)
    clients: list[socket.socket] = []
    while True:
        start = time.monotonic()
        clients = [client for client in clients if goes_on(client, more, reads=kind == "slow")]
        while len(clients) < count and time.monotonic() - start < 0.8:
            try:
                clients.append(connected(port, first))
            except OSError:
                break
        time.sleep(max(0, 1 - (time.monotonic() - start)))


def connected(port, first):
    client = socket.socket()
    if first is REQUEST:
        # Small buffers: the server soon has a response that it cannot send.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(1)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    client.send(first)
    return client


def goes_on(client, more, reads):
    """Sends another piece. Returns whether the connection is still open."""
    try:
        if reads and select.select([client], [], [], 0)[0] and not client.recv(4096):
            raise ConnectionResetError
        client.send(more)
    except BlockingIOError:
        pass
    except OSError:
        client.close()
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
