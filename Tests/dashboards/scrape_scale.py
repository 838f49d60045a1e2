"""What scraping many nodes of Kubernetes costs a Prometheus.

    python -m Tests.dashboards.scrape_scale NODES [--pods N] [--interval S] [--minutes M] [--churn C] [--rules]

Serves the pages of this number of made-up nodes, with N pods with Python on each, to a Prometheus that scrapes them
every S seconds; and prints its series, its memory and its CPU time after M minutes. A churn of 0.5 replaces half of the
pods during the measurement.
"""

import argparse
import gzip
import http.server
import os
import tempfile
import threading
import time
from pathlib import Path

from . import dashboards
from .made_up_fleet import series_of_a_node
from .prometheus import Prometheus, free_port

# Each pod is replaced at a moment of its own: multiples of the golden ratio are spread evenly.
GOLDEN = 0.6180339887


class Pages(http.server.ThreadingHTTPServer):
    """The pages of the nodes, /0 and so on. Counters grow, and pods are replaced."""

    request_queue_size = 1024

    def __init__(self, pods, churn_per_second):
        self.pods, self.churn_per_second = pods, churn_per_second
        self.began = time.time()
        super().__init__(("127.0.0.1", 0), Page)

    def page(self, node):
        age = time.time() - self.began

        def generation(number):
            return int(age * self.churn_per_second + (node * self.pods + number) * GOLDEN % 1)

        lines = [
            f"{metric}{{{labels}}} {first + growth * age:.9g}" if labels else f"{metric} {first + growth * age:.9g}"
            for metric, labels, first, growth in series_of_a_node(node, self.pods, generation)
        ]
        return "\n".join([*lines, ""]).encode()

    def handle_error(self, *_):
        """Prometheus has given up: its series `up` shows it."""


class Page(http.server.BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self):
        page = gzip.compress(self.server.page(int(self.path.strip("/"))), 1)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        """Logs nothing."""


def targets(address, nodes):
    """The labels of the monitors of the chart, and a path for each node."""
    for node in range(nodes):
        name = f"node-{node:05}"
        yield {"targets": [address], "labels": {"__metrics_path__": f"/{node}", "instance": name, "node": name}}


def measure(chosen, folder):
    seconds = chosen.minutes * 60
    pages = Pages(chosen.pods, chosen.churn / seconds)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{pages.server_port}"
    scrape = {"job_name": "gil", "honor_labels": True, "static_configs": list(targets(address, chosen.nodes))}
    rules = [str(path) for path in dashboards.RULES] if chosen.rules else []
    # Without this flag, which is for tests, Prometheus cuts a block every two hours.
    options = [f"--storage.tsdb.min-block-duration={chosen.block}"] if chosen.block else []
    with Prometheus(folder, free_port(), rules, [scrape], f"{chosen.interval}s", options) as server:
        server.wait_for("vector(1)", 60)
        started, empty = time.monotonic(), server.peak_memory()
        # Prometheus spreads the first scrapes over an interval. They create the series, which costs more than a sample.
        time.sleep(2 * chosen.interval)
        before, own_before, at = server.cpu_seconds(), time.process_time(), time.monotonic()
        time.sleep(max(0, seconds - 2 * chosen.interval))
        elapsed = time.monotonic() - at
        cpus, own = (server.cpu_seconds() - before) / elapsed, (time.process_time() - own_before) / elapsed
        metrics = server.own_metrics()
        samples = server.value("sum(scrape_samples_scraped)")
        answered = server.value(f"avg(avg_over_time(up[{elapsed:.0f}s]))")
        yield "answered scrapes", f"{answered:.1%}"
        yield "longest scrape", f"{server.value('max(scrape_duration_seconds)'):.2f} s"
        yield "samples of all scrapes", f"{samples:,.0f}"
        series = metrics["prometheus_tsdb_head_series"]
        yield "series in the head", f"{series:,.0f}"
        yield "appended per second", f"{samples / chosen.interval:,.0f}"
        peak = server.peak_memory()
        yield "peak memory", f"{peak / 2**20:,.0f} MiB, {empty / 2**20:,.0f} without series"
        yield "peak memory for each series", f"{(peak - empty) / series:,.0f} bytes"
        yield "memory at the end", f"{metrics['process_resident_memory_bytes'] / 2**20:,.0f} MiB"
        yield "CPUs", f"{cpus:.3f}"
        yield "CPU time for 1,000 samples", f"{cpus * chosen.interval / samples * 1e6:.2f} ms"
        yield "CPUs of the server of the pages", f"{own:.3f}"
        yield "blocks cut", f"{metrics['prometheus_tsdb_compactions_total']:.0f}"
        for (file, group), duration in server.durations_of_groups().items():
            yield f"{group} of {file}", f"{duration:.2f} s"
        yield "duration", f"{time.monotonic() - started:.0f} s"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("nodes", type=int)
    arguments.add_argument("--pods", type=int, default=30, help="pods with Python on each node (30)")
    arguments.add_argument("--interval", type=int, default=30, help="seconds between two scrapes of a node (30)")
    arguments.add_argument("--minutes", type=float, default=4, help="duration of the measurement (4)")
    arguments.add_argument("--churn", type=float, default=0, help="pods replaced meanwhile, for each pod (0)")
    arguments.add_argument("--rules", action="store_true", help="evaluate the rules, too, as often as the scrapes")
    arguments.add_argument("--block", help="time after which Prometheus cuts a block, such as 2m")
    chosen = arguments.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.1f}, CPUs: {os.cpu_count()}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measure(chosen, Path(folder)):
            print(f"{name}: {value}", flush=True)


if __name__ == "__main__":
    main()
