"""Services whose threads make each other wait, each because of one function. Runs on CPython 3.8 and later.

python3 services.py web|pool|loader
"""

import json
import queue
import re
import sys
import threading
import time
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ORDERS = [{"number": number, "items": [f"item {item}" for item in range(20)]} for number in range(1000)]
LOG = "GET /orders/4711 200 12.5 ms; " * 5000
RECORDS = [zlib.compress(b"%d," % number * 20000) for number in range(8)]


class Orders(BaseHTTPRequestHandler):
    """Answers most requests at once, and some with all orders."""

    def do_GET(self):
        body = self.all_orders() if self.path == "/orders" else b"ok"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def all_orders(self):
        return json.dumps(ORDERS).encode()

    def log_message(self, *_):
        pass


def web():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def ask(path):
        while True:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}{path}") as answer:
                answer.read()

    return [lambda: ask("/orders")] * 2 + [lambda: ask("/ping")] * 2


def pool():
    """Tasks that sleep, compress without the lock, and search with it."""
    executor = ThreadPoolExecutor(4)

    def notify():
        time.sleep(0.002)

    def archive():
        zlib.compress(LOG.encode(), 6)

    def find_slow_requests():
        re.findall(r"(\S+) (\d+) (\d+\.\d) ms", LOG)

    def submit(task):
        while True:
            executor.submit(task).result()

    return [lambda: submit(notify), lambda: submit(archive), lambda: submit(find_slow_requests)] * 2


def loader():
    """Threads unpack records without the lock, and make numbers of them with it, for a thread that works with them."""
    batches = queue.Queue(4)

    def collate(text):
        return [int(number) for number in text[:60000].split(b",") if number]

    def load():
        while True:
            for record in RECORDS:
                batches.put(collate(zlib.decompress(record)))

    def train():
        while True:
            zlib.crc32(bytes(len(batches.get()) * 100))

    return [load, load, load, train]


if __name__ == "__main__":
    for work in {"web": web, "pool": pool, "loader": loader}[sys.argv[1]]():
        threading.Thread(target=work, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
