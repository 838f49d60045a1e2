"""The table of the groups of processes, and what is computed of each group."""

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from .panels import BAD, GOOD, NOTICE, grid, joined, steps, thresholds
from .queries import rate, rows, select

GROUP = "job, instance, group"
SERIES = "{{group}} ({{instance}})"


def per_process(metric, *matchers):
    """Seconds per second, averaged over the active processes of a group. A divisor of 0 has a dividend of 0."""
    active = rate("gil_process_active_seconds_total", *matchers)
    return f"sum by ({GROUP}) ({rate(metric, *matchers)}) / clamp_min(sum by ({GROUP}) ({active}), 1e-9)"


def per_second(metric, *matchers):
    return f"sum by ({GROUP}) ({rate(metric, *matchers)})"


def demand(*matchers):
    """CPUs that a group would use without its lock."""
    held, wait = (rate(f"gil_process_{state}_seconds_total", *matchers) for state in ("held", "wait"))
    return f"sum by ({GROUP}) ({held} + {wait})"


def of_group(metric, *matchers):
    return f"max by ({GROUP}) ({select(metric, *matchers)})"


def groups(*matchers):
    panel = grid(
        "Groups, the busiest first",
        "Busiest and its waiters: the process with the most held and waited time in the last half minute, and the "
        "threads that waited for its lock; at 100 %, more threads do not help. Saturated: processes above 90 %. GIL "
        "held: the mean of the processes that use their lock. Demand: held and waiting per second, the CPUs that the "
        "group would use without its lock if each waiting thread has work for one. Run queue: threads that could run, "
        "but have no CPU; some of them wait for the lock, too, so do not add the two.",
        "none",
        rows(of_group("gil_process_busiest_held_ratio", *matchers)),
        rows(of_group("gil_process_busiest_waiting_threads", *matchers)),
        rows(of_group("gil_processes_saturated", *matchers)),
        rows(per_process("gil_process_held_seconds_total", *matchers)),
        rows(demand(*matchers)),
        rows(f"sum by ({GROUP}) ({select('gil_processes', *matchers)})"),
        rows(f"sum by ({GROUP}) ({select('gil_process_threads', *matchers)})"),
        rows(per_second("gil_process_cpu_seconds_total", *matchers)),
        rows(per_second("gil_process_run_queue_seconds_total", *matchers)),
        rows(per_second("gil_process_switches_total", *matchers)),
    )
    panel = joined(
        panel,
        job="Job",
        instance="Instance",
        group="Group",
        A="Busiest",
        B="Its waiters",
        C="Saturated",
        D="GIL held",
        E="Demand (CPUs)",
        F="Processes",
        G="Threads",
        H="CPUs used",
        I="Run queue",
        J="Switches",
    )
    place = "&var-job=${__data.fields.Job}&var-instance=${__data.fields.Instance}"
    processes = {
        "title": "Open the processes",
        "url": f"/d/gil-processes?${{datasource:queryparam}}{place}&var-group=${{__value.raw}}&${{__url_time_range}}",
    }
    cell = DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"})
    high = steps((None, GOOD), (0.5, NOTICE), (0.9, BAD))
    two = DynamicConfigValue("decimals", 2)
    return (
        panel.override_by_name("Group", [DynamicConfigValue("links", [processes])])
        .override_by_regexp("Busiest|GIL held", [DynamicConfigValue("unit", "percentunit"), cell, high])
        .override_by_name("Its waiters", [two, cell, steps((None, GOOD), (0.25, NOTICE), (0.5, BAD))])
        .override_by_name("Saturated", [cell, steps((None, GOOD), (1, BAD))])
        .override_by_regexp("Demand.*|CPUs used|Run queue", [two])
        .override_by_name("Switches", [DynamicConfigValue("unit", "cps")])
        .sort_by([common.TableSortByFieldState().display_name("Busiest").desc(True)])
        .filterable(True)
        .thresholds(thresholds((None, "text")))
        .span(24)
    )
