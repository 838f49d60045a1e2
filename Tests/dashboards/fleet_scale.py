"""How long a Prometheus takes to evaluate the rules for many hosts, or nodes of Kubernetes.

    python -m Tests.dashboards.fleet_scale HOSTS [HOSTS …] [--pods N]

Creates half an hour of the series that the rules read, for this number of hosts, as blocks of a TSDB; starts a
Prometheus with the rules on them; and prints its durations and its memory after three evaluations. With --pods the
hosts are nodes without probes, with this number of pods with Python on each.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import dashboards
from .made_up_fleet import series_of_a_host, series_of_a_node
from .prometheus import Prometheus, free_port

HISTORY = 36 * 60


def read_by_rules():
    """The names of the exporter's series that the rules and alerts read."""
    names = {name for rule in dashboards.rules() for name in dashboards.metrics_in(rule["expr"])}
    return {name for name in names if ":" not in name}


def instance(number, pods):
    """The labels of a target. The monitors of Kubernetes name the node."""
    name = f"node-{number:05}" if pods else f"host-{number:05}:10061"
    return f'job="gil",instance="{name}"' + (f',node="{name}"' if pods else "")


def series_of_a_target(number, pods):
    yield from series_of_a_node(number, pods) if pods else series_of_a_host()
    yield "up", "", 1, 0


def write(path, hosts, pods, now, step):
    """Writes the series of these hosts, by number, in OpenMetrics, with a sample every `step` seconds. Counts them."""
    times = range(int(now) - HISTORY, int(now), step)
    read, count = read_by_rules(), 0
    # Most series have the values of others: they are written once.
    values: dict[tuple[float, float], list[str]] = {}
    with path.open("w") as out:
        for host in hosts:
            for metric, labels, first, growth in series_of_a_target(host, pods):
                if metric not in read:
                    continue
                if (first, growth) not in values:
                    values[first, growth] = [f"}} {first + growth * (at - times[0]):.6g} {at}\n" for at in times]
                prefix = f"{metric}{{{instance(host, pods)}{',' if labels else ''}{labels}"
                out.write("".join(prefix + value for value in values[first, growth]))
                count += 1
        out.write("# EOF\n")
    return count


def prepare(folder, hosts, pods, now, step):
    """Makes the blocks, in the folder of the data of a Prometheus. Returns the number of series."""
    page = folder / "series.txt"
    count = write(page, hosts, pods, now, step)
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", page, folder / "data"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    page.unlink()
    return count


def evaluate(folder):
    """What three evaluations of the rules record, and take: series, the duration of each group, and memory."""
    port = free_port()
    own = {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    rules = [str(path) for path in dashboards.RULES]
    # The series end when their creation began, so the gauges are that old at the evaluation.
    options = ["--query.lookback-delta=30m"]
    with Prometheus(folder, port, rules, [own], interval="30s", options=options) as server:
        server.wait_for("min(prometheus_rule_group_iterations_total) >= 3", 1200)
        recorded = server.value('count({__name__=~".+:gil_.+"})')
        return int(recorded), server.durations_of_groups(), server.peak_memory()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("hosts", type=int, nargs="+")
    arguments.add_argument("--pods", type=int, default=0, help="pods on each host, which is then a node (0)")
    arguments.add_argument("--step", type=int, default=120, help="seconds between samples, as scrapes would be (120)")
    arguments.add_argument("--folder", help="where to put the series; ten thousand hosts' take several GB")
    chosen = arguments.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.1f}, CPUs: {os.cpu_count()}", flush=True)
    for hosts in chosen.hosts:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            read = prepare(Path(folder), range(hosts), chosen.pods, time.time(), chosen.step)
            recorded, duration, memory = evaluate(Path(folder))
        total = f"{sum(duration.values()):.2f} s in all"
        print(f"{hosts:,} hosts: {read:,} read, {recorded:,} recorded, {total}, {memory / 2**20:,.0f} MiB", flush=True)
        for (file, group), seconds in sorted(duration.items(), key=lambda item: -item[1]):
            print(f"    {seconds:8.2f} s  {group} of {file}")


if __name__ == "__main__":
    main()
