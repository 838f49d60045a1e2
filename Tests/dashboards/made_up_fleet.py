"""Made-up hosts, and nodes of Kubernetes: the series that the exporter of each has.

A series is its metric, its labels, its first value, and its growth per second.
"""

import hashlib
import math
import time

# Number of services with Python processes on a host.
GROUPS = 10
PROBES = [("native", probe) for probe in ("single", "gil", "lockfree", "multiprocess")]
PROBES += [("python3", probe) for probe in ("single", "gil", "multiprocess")]
# Probes that do not count down, and the locks of latency.
WORK = {"refcount": "reference_counts", "latency": "wake_ups"}
PROBES += [(runtime, probe) for runtime in ("native", "python3") for probe in WORK]
LOCKS = [("native", "shared"), ("native", "none"), ("python3", "shared")]
LIMITS = (0.00025, 0.001, 0.0025, 0.005, 0.0055, 0.006, 0.0075, 0.01, 0.025, 0.1)
LIMITED_BY = ["capability", "hidden_processes", "pid_namespace", "proc_subset", "ptrace_scope", "security_module"]
LIMITED_BY += ["user_namespace"]

# A Deployment has a pod on each of ten nodes, and a namespace ten Deployments.
REPLICAS = 10
WORKLOADS = 10
# Kubernetes makes the suffixes of pods of these, so that they spell no words.
SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


def series_of_a_probe(probe):
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
    for reason in ("throttled", "steal", "run_queue", "affinity", "blocked"):
        yield "gil_probe_disturbed_runs_total", f',reason="{reason}"', 0, 1 / 600 if reason == "run_queue" else 0


def series_of_a_lock(lock):
    """The buckets of its latency: fifty wake-ups a round, in one bucket."""
    usual = 0.0055 if lock == "shared" else 0.00025
    for limit in (*LIMITS, math.inf):
        le = "+Inf" if limit == math.inf else limit
        yield "gil_probe_latency_seconds_bucket", f',lock="{lock}",le="{le}"', 0, 50 / 60 if limit >= usual else 0


def series_of_probing():
    """What the rules read of a host with probes."""
    for runtime, probe in PROBES:
        for metric, labels, first, growth in series_of_a_probe(probe):
            yield metric, f'runtime="{runtime}",probe="{probe}"{labels}', first, growth
        yield "gil_probe_last_run_timestamp_seconds", f'runtime="{runtime}",probe="{probe}"', time.time(), 1
        facts = f'shares_lock="{probe == "gil"}",reference="{probe == "single"}"'.lower()
        facts += f',work="{WORK.get(probe, "countdown")}"'
        yield "gil_probe_info", f'runtime="{runtime}",probe="{probe}",{facts}', 1, 0
    for runtime, lock in LOCKS:
        for metric, labels, first, growth in series_of_a_lock(lock):
            yield metric, f'runtime="{runtime}",probe="latency"{labels}', first, growth
    for runtime in ("native", "python3"):
        yield "gil_runtime_switch_interval_seconds", f'runtime="{runtime}"', 0.005, 0
    yield "gil_round_interval_seconds", "", 60, 0


def series_of_a_group(number, versions=("3.11",)):
    """All series of a group of processes, but those that depend on where it runs. One group in ten has alerts."""
    alerts = number % 10 == 0
    for version in versions:
        yield "gil_processes", f',version="{version}",build="gil",gil="on"', 4, 0
    for metric, growth in [
        ("held_seconds", 2.4),
        ("held_on_cpu_seconds", 2.3),
        ("wait_seconds", 0.8),
        ("stalled_wait_seconds", 0.1),
        ("long_hold_seconds", 0.6 if alerts else 0.1),
        ("run_queue_seconds", 0.1),
        ("active_seconds", 6),
        ("observed_seconds", 8),
        ("unobserved_cpu_seconds", 0.001),
        ("switches", 310),
        ("waits_ended", 290),
        ("timed_waits", 340),
        ("forced_handoffs", 150),
        ("long_holds", 3),
        ("samples", 400),
        ("starts", 0.001),
    ]:
        yield f"gil_process_{metric}_total", "", 0, growth
    yield "gil_process_cpu_seconds_total", ',mode="user"', 0, 2.6
    yield "gil_process_cpu_seconds_total", ',mode="system"', 0, 0.2
    yield "gil_process_waiting_threads", "", 1, 0
    yield "gil_process_threads", "", 24, 0
    yield "gil_process_interpreters", "", 4, 0
    yield "gil_process_switch_interval_seconds", "", 0.005, 0
    yield "gil_processes_saturated", "", int(alerts), 0
    yield "gil_process_busiest_held_ratio", "", 0.7, 0
    yield "gil_process_busiest_waiting_threads", "", 0.4, 0
    yield "gil_process_oldest_start_time_seconds", "", 1.7e9, 0


def series_of_the_exporter():
    """Its own, and those of the observation and of rounds."""
    yield "gil_exporter_build_info", 'version="1.0.0",revision="0123456789ab",swift_version="6.3"', 1, 0
    for code in ("200", "500", "503"):
        yield "promhttp_metric_handler_requests_total", f'code="{code}"', 0, 1 / 60 if code == "200" else 0
    for cause in ("encoding", "gathering"):
        yield "promhttp_metric_handler_errors_total", f'cause="{cause}"', 0, 0
    for level in ("debug", "error", "info", "warn"):
        yield "gil_exporter_log_messages_total", f'level="{level}"', 0, 0.001 if level == "info" else 0
    for reason in ("blocked", "failed", "rate", "repeated"):
        yield "gil_exporter_log_messages_suppressed_total", f'reason="{reason}"', 0, 0
    for limit in LIMITED_BY:
        yield "gil_exporter_observation_limited", f'limit="{limit}"', 0, 0
    yield "gil_exporter_config_last_reload_success_timestamp_seconds", "", time.time() - 86400, 0
    yield "gil_exporter_config_last_reload_successful", "", 1, 0
    for metric, first, growth in [
        ("gil_exporter_observation_cpu_seconds_total", 0, 0.01),
        ("gil_exporter_observation_deferred_processes", 0, 0),
        ("gil_exporter_observation_excluded_processes", 0, 0),
        ("gil_exporter_observation_last_scan_timestamp_seconds", 1.7e9, 1),
        ("gil_exporter_observation_late_rounds_total", 0, 1),
        ("gil_exporter_observation_looks_total", 0, 0.5),
        ("gil_exporter_observation_missed_seconds_total", 0, 0),
        ("gil_exporter_observation_overflow_processes_total", 0, 0),
        ("gil_exporter_observation_resting_processes", 20, 0),
        ("gil_exporter_observation_rounds_total", 0, 100),
        ("gil_exporter_observation_sample_rate", 100, 0),
        ("gil_exporter_observation_scan_duration_seconds", 0.012, 0),
        ("gil_exporter_observation_scan_interval_seconds", 5, 0),
        ("gil_exporter_observation_search_cpu_seconds_total", 0, 0.001),
        ("gil_exporter_observation_stuck_threads", 0, 0),
        ("gil_exporter_probe_cpu_seconds_total", 0, 0.03),
        ("gil_rounds_stretched_total", 0, 0),
        ("gil_rounds_total", 0, 1 / 60),
        ("gil_usable_cpus", 16, 0),
        ("process_cpu_seconds_total", 0, 0.01),
        ("process_max_fds", 20000, 0),
        ("process_open_fds", 19, 0),
        ("process_resident_memory_bytes", 24424448, 0),
        ("process_start_time_seconds", 1.7e9, 0),
        ("process_threads", 7, 0),
        ("process_virtual_memory_bytes", 793587712, 0),
        ("process_virtual_memory_max_bytes", 1.8446744073709552e19, 0),
        ("promhttp_metric_handler_requests_in_flight", 1, 0),
    ]:
        yield metric, "", first, growth


def series_of_a_host():
    """A host with probes and services. One in ten of the processes of each service cannot be observed."""
    yield from series_of_probing()
    yield from series_of_the_exporter()
    for group in range(GROUPS):
        for metric, labels, first, growth in series_of_a_group(group, versions=("3.11", "3.13")):
            yield metric, f'group="service-{group}"{labels}', first, growth
        yield "gil_process_unobservable", f'group="service-{group}",reason="permission"', 1, 0


def pod(node, number, generation):
    """The group of the only container of a pod, and the labels that identify it."""
    workload = node // REPLICAS * 1000 + number
    digest = hashlib.sha256(f"{node}/{number}/{generation}".encode())
    suffix = "".join(SUFFIX[byte % len(SUFFIX)] for byte in digest.digest()[:5])
    namespace, name = f"team-{workload // WORKLOADS}", f"service-{workload}-7f9c6d5b4c-{suffix}"
    uid = digest.hexdigest()
    uid = "-".join((uid[:8], uid[8:12], uid[12:16], uid[16:20], uid[20:32]))
    identity = f'namespace="{namespace}",pod="{name}",container="app",container_id="containerd://{digest.hexdigest()}"'
    return f"{namespace}/{name}/app", f'{identity},pod_uid="{uid}",runtime="containerd"'


def series_of_a_node(node, pods, generation=lambda number: 0):
    """A node of Kubernetes without probes. The names of a pod that is replaced depend on its generation."""
    yield from series_of_the_exporter()
    for number in range(pods):
        group, identity = pod(node, number, generation(number))
        for metric, labels, first, growth in series_of_a_group(number):
            yield metric, f'group="{group}"{labels}', first, growth
        yield "gil_process_group_info", f'group="{group}",{identity}', 1, 0
