"""How long a Prometheus takes to evaluate the rules for many hosts.

    python3 -m Tests.dashboards.fleet_scale HOSTS [HOSTS …]

Creates half an hour of the series that the rules read, for this number of hosts, as blocks of a TSDB; starts a
Prometheus with the rules on them; and prints its durations and its memory after three evaluations.
"""

import argparse
import math
import os
import subprocess
import tempfile
import time
from pathlib import Path

from .prometheus import Prometheus, free_port

RULES = Path(__file__).resolve().parents[2] / "Packaging/prometheus"
HISTORY = 36 * 60

# Number of services with Python processes on a host.
GROUPS = 10
PROBES = [("native", probe) for probe in ("single", "gil", "lockfree", "multiprocess")]
PROBES += [("python3", probe) for probe in ("single", "gil", "multiprocess")]
# Probes that do not count down, and the locks of latency.
WORK = {"refcount": "reference_counts", "latency": "wake_ups"}
PROBES += [(runtime, probe) for runtime in ("native", "python3") for probe in WORK]
LOCKS = [("native", "shared"), ("native", "none"), ("python3", "shared")]
LIMITS = (0.00025, 0.001, 0.0025, 0.005, 0.0055, 0.006, 0.0075, 0.01, 0.025, 0.1)


def series_of_a_probe(probe):
    """Metric, additional labels, first value, and growth per second."""
    workers, duration = (1, 0.25) if probe == "single" else (2, 0.25 if probe == "gil" else 0.126)
    wall, waits = workers * duration, 0.49 if probe == "gil" else 0
    yield "gil_probe_workers", "", workers, 0
    yield "gil_probe_runs_total", "", 0, 1 / 60
    yield "gil_probe_iterations_total", "", 0, 6e8 / 60
    yield "gil_probe_duration_seconds_sum", "", 0, duration / 60
    yield "gil_probe_worker_seconds_total", "", 0, wall / 60
    yield "gil_probe_cpu_seconds_total", ',mode="user"', 0, (1 - waits) * wall / 60
    yield "gil_probe_cpu_seconds_total", ',mode="system"', 0, 0.001 * wall / 60
    yield "gil_probe_run_queue_seconds_total", "", 0, 0.01 * wall / 60
    yield "gil_probe_lock_wait_seconds_total", "", 0, waits * wall / 60
    for reason in ("timeout", "crash", "protocol", "spawn"):
        yield "gil_probe_failures_total", f',reason="{reason}"', 0, 0
    for reason in ("throttled", "steal", "run_queue", "affinity"):
        yield "gil_probe_disturbed_runs_total", f',reason="{reason}"', 0, 1 / 600 if reason == "run_queue" else 0


def series_of_a_lock(lock):
    """The buckets of its latency: fifty wake-ups a round, in one bucket."""
    usual = 0.0055 if lock == "shared" else 0.00025
    for limit in (*LIMITS, math.inf):
        le = "+Inf" if limit == math.inf else limit
        yield "gil_probe_latency_seconds_bucket", f',lock="{lock}",le="{le}"', 0, 50 / 60 if limit >= usual else 0


def series_of_a_group():
    """The series of one service; one in ten of its processes cannot be observed."""
    for version in ("3.11", "3.13"):
        yield "gil_processes", f',version="{version}",build="gil",gil="on"', 4, 0
    yield "gil_process_unobservable", ',reason="permission"', 1, 0
    yield "gil_process_held_seconds_total", "", 0, 2.4
    yield "gil_process_wait_seconds_total", "", 0, 0.8
    yield "gil_process_long_hold_seconds_total", "", 0, 0.3
    yield "gil_process_run_queue_seconds_total", "", 0, 0.1
    yield "gil_process_active_seconds_total", "", 0, 6
    yield "gil_process_observed_seconds_total", "", 0, 8
    yield "gil_processes_saturated", "", 1, 0
    yield "gil_process_busiest_waiting_threads", "", 0.4, 0


def series_of_a_host():
    for runtime, probe in PROBES:
        for metric, labels, first, growth in series_of_a_probe(probe):
            yield metric, f',runtime="{runtime}",probe="{probe}"{labels}', first, growth
        yield "gil_probe_last_run_timestamp_seconds", f',runtime="{runtime}",probe="{probe}"', time.time(), 1
        facts = f'shares_lock="{probe == "gil"}",reference="{probe == "single"}"'.lower()
        facts += f',work="{WORK.get(probe, "countdown")}"'
        yield "gil_probe_info", f',runtime="{runtime}",probe="{probe}",{facts}', 1, 0
    for runtime, lock in LOCKS:
        for metric, labels, first, growth in series_of_a_lock(lock):
            yield metric, f',runtime="{runtime}",probe="latency"{labels}', first, growth
    for runtime in ("native", "python3"):
        yield "gil_runtime_switch_interval_seconds", f',runtime="{runtime}"', 0.005, 0
    for group in range(GROUPS):
        for metric, labels, first, growth in series_of_a_group():
            yield metric, f',group="service-{group}"{labels}', first, growth
    yield "gil_exporter_probe_cpu_seconds_total", "", 0, 0.03
    yield "process_cpu_seconds_total", "", 0, 0.001
    yield "gil_exporter_config_last_reload_success_timestamp_seconds", "", time.time() - 86400, 0
    for limit in ("capability", "hidden_processes", "ptrace_scope", "security_module", "user_namespace"):
        yield "gil_exporter_observation_limited", f',limit="{limit}"', 0, 0
    yield "gil_round_interval_seconds", "", 60, 0
    yield "gil_rounds_total", "", 0, 1 / 60
    yield "gil_exporter_config_last_reload_successful", "", 1, 0
    yield "up", "", 1, 0


def write(path, hosts, now, step):
    """Writes the series in OpenMetrics, with a sample every `step` seconds. Returns their number."""
    times = range(int(now) - HISTORY, int(now), step)
    series = list(series_of_a_host())
    with path.open("w") as out:
        for metric, labels, first, growth in series:
            values = [f"}} {first + growth * (at - times[0]):.6g} {at}\n" for at in times]
            for host in range(hosts):
                prefix = f'{metric}{{job="gil",instance="host-{host:05}:10061"{labels}'
                out.write("".join(prefix + value for value in values))
        out.write("# EOF\n")
    return len(series) * hosts


def measure(hosts, folder, step):
    started = time.time()
    page, data = folder / "series.txt", folder / "data"
    count = write(page, hosts, started, step)
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", page, data], check=True, stdout=subprocess.DEVNULL
    )
    page.unlink()
    port = free_port()
    own = {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    rules = [str(RULES / "gil-rules.yml"), str(RULES / "gil-alerts.yml")]
    # The series end when their creation began, so the gauges are that old at the evaluation.
    options = ["--query.lookback-delta=30m"]
    with Prometheus(folder, port, rules, [own], interval="15s", options=options) as server:
        server.wait_for("min(prometheus_rule_group_iterations_total) >= 3", 1200)
        duration = dict(server.durations_of_groups())
        recorded = server.value('count({__name__=~".+:gil_.+"})')
        memory = server.peak_memory()
    seconds = [f"{duration[group]:.2f} s" for group in sorted(duration)]
    row = [hosts, count, int(recorded), *seconds, f"{memory / 2**20:,.0f} MiB"]
    print("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in row) + " |", flush=True)
    return sorted(duration)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("hosts", type=int, nargs="+")
    arguments.add_argument("--step", type=int, default=120, help="seconds between samples, as scrapes would be (120)")
    arguments.add_argument("--folder", help="where to put the series; ten thousand hosts' take several GB")
    chosen = arguments.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.1f}, CPUs: {os.cpu_count()}", flush=True)
    for hosts in chosen.hosts:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            groups = measure(hosts, Path(folder), chosen.step)
    print("columns: hosts, series read, series recorded, " + ", ".join(groups) + ", peak memory")


if __name__ == "__main__":
    main()
