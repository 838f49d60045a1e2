"""GIL / Fleet: every host in a row, the worst first.

It reads the series that Packaging/prometheus/gil-rules.yml records, because the raw counters of ten thousand hosts are
too many to aggregate at each view.
"""

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from . import annotations, variables
from .alerts import alerts
from .links import to_host, to_processes
from .lock_profile import MUCH
from .panels import (
    BAD,
    BOTH,
    GOOD,
    LIMITS,
    NOTICE,
    PARTS,
    grid,
    ideal_of_one,
    joined,
    lines,
    stats,
    steps,
    thresholds,
)
from .queries import limit, now, of_parallel, over_time, rows, select

PROBE = "instance_runtime_probe:gil_probe_"
CHOSEN = 'runtime="$runtime"'
HOST = "job, instance"

SPEEDUP = f"{PROBE}speedup:ratio_mean30m"
EFFICIENCY = f"{PROBE}efficiency:ratio_mean30m"
LOCK_WAIT = f"{PROBE}lock_wait:ratio_rate30m"
UTILIZATION = f"{PROBE}cpu:ratio_rate30m"
LATENCY = "instance_runtime_lock:gil_probe_latency_seconds:p90_30m"
DISTURBED = "instance:gil_probe_disturbed_runs:ratio_rate30m"
DISTURBED_BY_REASON = "instance_reason:gil_probe_disturbed_runs:ratio_rate30m"
COST = "instance:gil_exporter_cpu_seconds:rate30m"

SERVICE = "job, instance, group"
SATURATED = "instance_group:gil_processes_saturated:avg10m"
WAITING = "instance_group:gil_process_busiest_waiting_threads:avg10m"
HELD = "instance_group:gil_process_held:ratio_rate10m"
DEMAND = "instance_group:gil_process_demand:rate10m"
LONG_HOLDS = "instance_group:gil_process_long_hold:ratio_rate10m"

# As the alerts GILSaturatedEventLoop, GILBoundProcesses and GILLongHolds see it, without the run queue.
BOUND = f"({select(SATURATED)} >= 0.5 or {select(WAITING)} > 0.5 or {select(LONG_HOLDS)} > {MUCH})"

LIMITED = limit(
    HOST,
    of_parallel(select(EFFICIENCY, CHOSEN), CHOSEN),
    of_parallel(select(UTILIZATION, CHOSEN), CHOSEN),
    select(LOCK_WAIT, CHOSEN, 'probe="gil"'),
)


def dashboard():
    return (
        build.Dashboard("GIL / Fleet")
        .uid("gil-fleet")
        .description(
            "Which Python services their lock limits; how much parallelism Python gets on every host, and what limits "
            "it: the lock or the machine. Needs the recording rules of gil-exporter; the values are means over 10 "
            "minutes for services and over 30 minutes for hosts."
        )
        .tags(["gil", "python"])
        .readonly()
        .time("now-6h", "now")
        .refresh("1m")
        .variables([variables.datasource, variables.job(), variables.instance(), variables.runtime()])
        .link(to_processes())
        .link(to_host())
        .annotation(annotations.exporter_versions())
        # It reads a series for each service of each host, so people turn it on for the hosts that they have chosen.
        .annotation(annotations.restarts(enabled=False))
        .with_panel(bound())
        .with_panel(services())
        .with_panel(alerts().span(24).height(6))
        .with_row(build.Row("What the hosts could do: $runtime"))
        .with_panel(limited())
        .with_panel(starved())
        .with_panel(cost())
        .with_panel(hosts())
        .with_panel(efficiency())
        .with_panel(disturbances())
    )


def bound():
    return (
        stats(
            "Services that their lock limits",
            "Groups of Python processes, on all hosts, in which a lock is always held, in whose busiest process "
            "threads wait for the lock, or that spend more than 5 % of their time in long holds; processes whose lock "
            "is held for more than 0.9 of the time; and threads that wait in the busiest processes.",
            "none",
            now(f"count({BOUND}) or vector(0)", "services"),
            now(f"sum({select(SATURATED)}) or vector(0)", "saturated processes"),
            now(f"sum({of_services(WAITING)}) or vector(0)", "waiting threads"),
        )
        .decimals(1)
        .thresholds(thresholds((None, GOOD), (0.5, PARTS["Lock wait"])))
        .span(24)
        .height(4)
    )


def of_services(metric):
    """The groups that their lock limits, and the twenty with the greatest demand."""
    chosen = f"({BOUND} or topk(20, {select(DEMAND)}))"
    return f"{select(metric)} and on ({SERVICE}) {chosen}"


def services():
    panel = grid(
        "Services, those that their lock limits first",
        "All groups of Python processes that their lock limits, and the twenty with the greatest demand. Saturated: "
        "processes whose lock is held for more than 0.9 of the time. Waiting: threads that wait for the lock of the "
        "busiest process. Demand: held and waiting per second, the CPUs that the group would use without its lock if "
        "each waiting thread has work for one. Long holds: the share of the time in which code keeps the lock for 50 "
        "ms and more while others wait, because it does not release it. Click a group to open its processes, an "
        "instance to open the host.",
        "none",
        *(
            rows(f"max by ({SERVICE}) ({of_services(metric)})")
            for metric in (SATURATED, WAITING, HELD, DEMAND, LONG_HOLDS)
        ),
    )
    panel = joined(
        panel,
        job="Job",
        instance="Instance",
        group="Group",
        A="Saturated",
        B="Waiting",
        C="GIL held",
        D="Demand (CPUs)",
        E="Long holds",
    )
    place = "&var-job=${__data.fields.Job}&var-instance=${__data.fields.Instance}"
    processes = {
        "title": "Open the processes",
        "url": f"/d/gil-processes?${{datasource:queryparam}}{place}&var-group=${{__value.raw}}&${{__url_time_range}}",
    }
    host = {
        "title": "Open the host",
        "url": f"/d/gil-host?${{datasource:queryparam}}{place}&${{__url_time_range}}",
    }
    cell = DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"})
    limits = steps((None, GOOD), (0.25, NOTICE), (0.5, BAD))
    busy = steps((None, GOOD), (0.5, NOTICE), (0.9, BAD))
    stalled = steps((None, GOOD), (MUCH, NOTICE), (0.2, BAD))
    return (
        panel.override_by_name("Group", [DynamicConfigValue("links", [processes])])
        .override_by_name("Instance", [DynamicConfigValue("links", [host])])
        .override_by_name("Saturated", [DynamicConfigValue("decimals", 1), cell, limits])
        .override_by_name("Waiting", [DynamicConfigValue("decimals", 2), cell, limits])
        .override_by_name("GIL held", [DynamicConfigValue("unit", "percentunit"), cell, busy])
        .override_by_name("Demand (CPUs)", [DynamicConfigValue("decimals", 2)])
        .override_by_name("Long holds", [DynamicConfigValue("unit", "percentunit"), cell, stalled])
        .sort_by(
            [
                common.TableSortByFieldState().display_name("Saturated").desc(True),
                common.TableSortByFieldState().display_name("Waiting").desc(True),
            ]
        )
        .filterable(True)
        .thresholds(thresholds((None, "text")))
        .span(24)
        .height(10)
    )


def limited():
    counted = f'count_values by () ("limit", {LIMITED})'
    return (
        stats(
            "What limits threads under a GIL ($runtime)",
            "Number of hosts by limit. The lock: the workers of the probe gil wait for it for at least a quarter of "
            "their time. The machine: the best of the probes without a lock has less than 0.75 of the efficiency or of "
            "the CPU that it could have.",
            "none",
            now(counted, "{{limit}}"),
        )
        .override_by_name("0", named("nothing", GOOD))
        .override_by_name("1", named("the lock", PARTS["Lock wait"]))
        .override_by_name("2", named("the machine", PARTS["Run queue"]))
        .override_by_name("3", named("the lock and the machine", BOTH))
        .span(12)
        .height(5)
    )


def named(name, color):
    return [
        DynamicConfigValue("displayName", name),
        DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color}),
    ]


def starved():
    return (
        stats(
            "Hosts that report, are disturbed, are down",
            "Hosts that report; hosts where the machine disturbed more than half of the measurements (alert "
            "GILHostStarved); and targets that do not answer, in jobs with at least one running exporter.",
            "none",
            now(f"count({select(DISTURBED)})", "hosts"),
            now(f"count({select(DISTURBED)} > 0.5) or vector(0)", "disturbed"),
            # "All" jobs include those of other exporters.
            now(f"count({select('up')} == 0 and on (job) {select('gil_exporter_build_info')}) or vector(0)", "down"),
        )
        .override_by_regexp("disturbed|down", [steps((None, GOOD), (1, BAD))])
        .span(6)
        .height(5)
    )


def cost():
    return (
        stats(
            "Cost of the exporters",
            "CPUs that the exporters and their workers use, per host and in the whole fleet.",
            "none",
            now(f"avg({select(COST)})", "CPUs per host"),
            now(f"sum({select(COST)})", "CPUs in total"),
        )
        .decimals(3)
        .span(6)
        .height(5)
    )


def of_host(metric, *matchers):
    return rows(f"max by ({HOST}) ({select(metric, *matchers)})")


def of_host_with_the_runtime(metric):
    """A metric of the whole host, only for hosts that have the runtime."""
    return rows(f"max by ({HOST}) ({select(metric)} and on ({HOST}) {select(EFFICIENCY, CHOSEN)})")


def hosts():
    def speedup(probe):
        return of_host(SPEEDUP, CHOSEN, f'probe="{probe}"')

    under_gil = [CHOSEN, 'probe="gil"']
    panel = grid(
        "Hosts, the worst first ($runtime)",
        "Sorted by the efficiency of the best probe without a lock: speedup divided by workers, ideally 100 %. "
        "Lock wait and CPU are shares of the workers' time in the probe gil. Late I/O: a thread that wakes up beside "
        "threads that compute, under one lock, is less late than this nine times out of ten. Click an instance to open "
        "the host.",
        "none",
        rows(LIMITED),
        rows(f"max by ({HOST}) {of_parallel(select(EFFICIENCY, CHOSEN), CHOSEN)}"),
        speedup("gil"),
        speedup("lockfree"),
        speedup("multiprocess"),
        speedup("subinterpreter"),
        of_host(LOCK_WAIT, *under_gil),
        of_host(UTILIZATION, *under_gil),
        of_host(LATENCY, CHOSEN, 'lock="shared"'),
        of_host_with_the_runtime(DISTURBED),
        of_host_with_the_runtime(COST),
    )
    panel = joined(
        panel,
        job="Job",
        instance="Instance",
        A="Limited by",
        B="Efficiency",
        C="Speedup gil",
        D="Speedup lockfree",
        E="Speedup multiprocess",
        F="Speedup subinterpreter",
        G="Lock wait",
        H="CPU",
        I="Late I/O",
        J="Disturbed",
        K="Cost (CPUs)",
    )
    link = {
        "title": "Open the host",
        "url": "/d/gil-host?${datasource:queryparam}&var-job=${__data.fields.Job}&var-instance=${__value.raw}"
        "&${__url_time_range}",
    }
    share = DynamicConfigValue("unit", "percentunit")
    cell = DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"})
    ratio = DynamicConfigValue("decimals", 2)
    low = steps((None, BAD), (0.75, NOTICE), (0.9, GOOD))
    high = steps((None, GOOD), (0.1, NOTICE), (0.5, BAD))
    return (
        panel.override_by_name("Instance", [DynamicConfigValue("links", [link])])
        .override_by_name("Limited by", [DynamicConfigValue("mappings", [LIMITS.to_json()]), cell])
        .override_by_name("Efficiency", [share, cell, low])
        .override_by_regexp("Speedup .*", [ratio])
        .override_by_regexp("Lock wait|CPU", [share])
        .override_by_name("Late I/O", [DynamicConfigValue("unit", "s")])
        .override_by_name("Disturbed", [share, cell, high])
        .override_by_name("Cost (CPUs)", [DynamicConfigValue("decimals", 3)])
        .sort_by([common.TableSortByFieldState().display_name("Efficiency").desc(False)])
        .filterable(True)
        .thresholds(thresholds((None, "text")))
        .span(24)
        .height(14)
    )


def efficiency():
    chosen = select(EFFICIENCY, CHOSEN, 'probe!="single"')
    return (
        ideal_of_one(
            lines(
                "Efficiency over the hosts ($runtime)",
                "Speedup divided by workers: the median of the hosts, and the limit of the worst tenth. Ideal is 1 "
                "without a lock, and 1 divided by the workers under a GIL.",
                "percentunit",
                over_time(f"quantile by (probe) (0.5, {chosen} >= 0)", "{{probe}}, median"),
                over_time(f"quantile by (probe) (0.1, {chosen} >= 0)", "{{probe}}, worst tenth"),
            )
        )
        .span(12)
        .height(10)
    )


def disturbances():
    return (
        lines(
            "Disturbed measurements, by reason",
            "Share of measurements that the machine disturbed, mean of the hosts: throttled by a CPU quota, CPU time "
            "stolen by the hypervisor, workers that waited for a CPU or stood still, or too few CPUs in the affinity "
            "mask.",
            "percentunit",
            over_time(f"avg by (reason) ({select(DISTURBED_BY_REASON)} >= 0)", "{{reason}}"),
        )
        .max(1)
        .span(12)
        .height(10)
    )
