"""Cost and health of the exporter itself."""

from .panels import lines
from .queries import over_time, rate, select


def cost_panels():
    return [panel.span(6).height(9) for panel in [cpu(), memory(), rounds(), trouble()]]


def cpu():
    return lines(
        "CPU",
        "CPUs that the workers of the probes use, and CPUs that the exporter itself uses.",
        "none",
        over_time(rate("gil_exporter_probe_cpu_seconds_total"), "workers ({{instance}})"),
        over_time(rate("process_cpu_seconds_total"), "exporter ({{instance}})"),
    ).decimals(3)


def memory():
    return lines(
        "Memory",
        "Resident memory of the exporter, without its short-lived workers.",
        "bytes",
        over_time(select("process_resident_memory_bytes"), "{{instance}}"),
    )


def rounds():
    return lines(
        "Time between rounds",
        "Longer than configured if the CPU budget delays rounds.",
        "s",
        over_time(select("gil_round_interval_seconds"), "{{instance}}"),
    )


def trouble():
    failures = rate("gil_probe_failures_total", 'runtime=~"$runtime"')
    warnings = rate("gil_exporter_log_messages_total", 'level=~"warn|error"')
    return lines(
        "Failures and warnings",
        "Probe runs without a measurement, by reason, and warnings and errors in the log of the exporter, which has "
        "the details.",
        "ops",
        over_time(
            f"sum by (instance, runtime, probe, reason) ({failures}) > 0",
            "{{runtime}} {{probe}}: {{reason}} ({{instance}})",
        ),
        over_time(f"sum by (instance, level) ({warnings}) > 0", "log: {{level}} ({{instance}})"),
    )
