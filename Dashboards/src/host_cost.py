"""What the exporter itself costs, and whether it is well."""

from .panels import lines
from .queries import over_time, rate, select


def cost_panels():
    return [panel.span(6).height(8) for panel in [cpu(), memory(), rounds(), trouble()]]


def cpu():
    return lines(
        "CPU",
        "CPUs that the probes' workers use, and that the exporter itself uses beside them.",
        "none",
        over_time(rate("gil_exporter_probe_cpu_seconds_total"), "workers ({{instance}})"),
        over_time(rate("process_cpu_seconds_total"), "exporter ({{instance}})"),
    ).decimals(3)


def memory():
    return lines(
        "Memory",
        "Resident memory of the exporter, without its workers, which live for a second.",
        "bytes",
        over_time(select("process_resident_memory_bytes"), "{{instance}}"),
    )


def rounds():
    return lines(
        "Time between rounds",
        "Longer than configured when the CPU budget stretched it.",
        "s",
        over_time(select("gil_round_interval_seconds"), "{{instance}}"),
    )


def trouble():
    failures = rate("gil_probe_failures_total", 'runtime=~"$runtime"')
    warnings = rate("gil_exporter_log_messages_total", 'level=~"warn|error"')
    return lines(
        "Failures and warnings",
        "Runs of probes that gave no measurement, by reason, and what the exporter's log has of warnings and errors. "
        "The log says why.",
        "ops",
        over_time(
            f"sum by (instance, runtime, probe, reason) ({failures}) > 0",
            "{{runtime}} {{probe}}: {{reason}} ({{instance}})",
        ),
        over_time(f"sum by (instance, level) ({warnings}) > 0", "log: {{level}} ({{instance}})"),
    )
