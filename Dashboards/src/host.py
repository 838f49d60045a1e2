"""GIL / Host: one host, from the newest round to the cost of the exporter. Needs no recording rules."""

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import common as look
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from . import annotations, variables
from .alerts import alerts
from .groups import groups
from .host_cost import cost_panels
from .host_lock import latency_by_runtime, lock_panels
from .links import to_fleet, to_processes
from .panels import LIMITS, PARTS, bars, colored, grid, heat, ideal, ideal_of_one, joined, lines, stacked_shares, stats
from .queries import buckets, limit, now, of_countdown, of_others, of_parallel, over_time, rate, rows, select, share

CHOSEN = 'runtime=~"$runtime"'
SERIES = "{{runtime}} {{probe}} ({{instance}})"


def dashboard():
    board = (
        build.Dashboard("GIL / Host")
        .uid("gil-host")
        .description(
            "Which services of this host their lock limits; how much parallelism Python gets here, and what limits it: "
            "the lock or the machine."
        )
        .tags(["gil", "python"])
        .readonly()
        .time("now-6h", "now")
        .refresh("1m")
        .variables(
            [
                variables.datasource,
                variables.job(),
                variables.first(variables.instance()),
                variables.several(variables.runtime()),
            ]
        )
        .link(to_fleet())
        .link(to_processes())
        .annotation(annotations.disturbed(CHOSEN))
        .annotation(annotations.interpreters(CHOSEN))
        .annotation(annotations.exporter_restarts())
        .annotation(annotations.exporter_versions())
    )
    for panel in [groups().height(7), alerts().span(24).height(5)]:
        board = board.with_panel(panel)
    board = board.with_row(build.Row("What the host could do"))
    for panel in [limited(), time_now(), speedup(), efficiency(), speed(), lock_switches(), runtimes()]:
        board = board.with_panel(panel)
    board = board.with_row(build.Row("Why there is a lock, and how late it makes I/O"))
    for panel in lock_panels():
        board = board.with_panel(panel)
    board = board.with_row(build.Row("Where the time went: $runtime").repeat("runtime"))
    for probe in ["gil", "lockfree", "multiprocess", "subinterpreter"]:
        board = board.with_panel(time_of(probe))
    board = board.with_panel(durations("one at a time", of_others))
    board = board.with_panel(durations("in parallel", of_parallel))
    board = board.with_panel(latency_by_runtime())
    board = board.with_row(build.Row("The exporter"))
    for panel in cost_panels():
        board = board.with_panel(panel)
    return board


def limited():
    return (
        stats(
            "What limits threads under a GIL",
            "By runtime, in the newest round. The lock: the workers of the probe gil wait for it for at least a "
            "quarter of their time. The machine: the best of the probes without a lock has less than 0.75 of the "
            "efficiency or of the CPU that it could have. A free-threaded Python runs the probe gil with the GIL on.",
            "none",
            now(
                limit(
                    "instance, runtime",
                    of_parallel(select("gil_probe_last_efficiency_ratio", CHOSEN), CHOSEN),
                    of_parallel(select("gil_probe_last_cpu_utilization_ratio", CHOSEN), CHOSEN),
                    select("gil_probe_last_lock_wait_ratio", CHOSEN, 'probe="gil"'),
                ),
                "{{runtime}} ({{instance}})",
            ),
        )
        .mappings([LIMITS])
        .no_value("no measurement yet")
        .span(8)
        .height(8)
    )


# The parts of the workers' time, which add up to all of it.
TIME = {
    "CPU": "gil_probe_cpu_seconds_total",
    "Run queue": "gil_probe_run_queue_seconds_total",
    "Lock wait": "gil_probe_lock_wait_seconds_total",
}


def other(labels, *matchers):
    parts = " - ".join(share(metric, labels, *matchers) for metric in TIME.values())
    # The clocks of a worker are not read at the same instant, so the rest may be slightly negative.
    return f"clamp_min(1 - {parts}, 0)"


def time_now():
    labels = "runtime, probe"

    def labelled(expression):
        shares = of_countdown(expression, CHOSEN, labels=labels)
        return rows(f'max by (worker) (label_join({shares}, "worker", " ", "runtime", "probe"))')

    panel = bars(
        "Where the workers' time goes",
        "CPU: the workers ran. Lock wait: they waited for the GIL. Run queue: they could have run, but the machine had "
        "no CPU for them.",
        "percentunit",
        *[labelled(share(metric, labels, CHOSEN)) for metric in TIME.values()],
        labelled(other(labels, CHOSEN)),
    )
    return (
        colored(joined(panel, worker="Probe", A="CPU", B="Run queue", C="Lock wait", D="Other"), PARTS)
        .x_field("Probe")
        .stacking(look.StackingMode.NORMAL)
        .orientation(look.VizOrientation.HORIZONTAL)
        .show_value(look.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(look.LegendDisplayMode.LIST)
            .placement(look.LegendPlacement.BOTTOM)
        )
        .min(0)
        .max(1)
        .span(16)
        .height(8)
    )


def speedup():
    workers = of_parallel(select("gil_probe_workers", CHOSEN), CHOSEN)
    return (
        ideal(
            ideal_of_one(
                lines(
                    "Speedup",
                    "Duration of one worker divided by that of several, newest round. The dashed lines are ideal: the "
                    "number of workers without a lock, and 1 under a GIL.",
                    "none",
                    over_time(select("gil_probe_last_speedup_ratio", CHOSEN, 'probe!="single"'), SERIES),
                    over_time(f"max by (instance) ({workers})", "ideal ({{instance}})"),
                )
            ),
            "ideal .*",
        )
        .decimals(2)
        .span(12)
        .height(10)
    )


def efficiency():
    workers = select("gil_probe_workers", CHOSEN, 'probe="gil"')
    return (
        ideal(
            ideal_of_one(
                lines(
                    "Efficiency",
                    "Speedup divided by the number of workers, newest round. The dashed lines are ideal: 100 % without "
                    "a lock, and 100 % divided by the workers under a GIL.",
                    "percentunit",
                    over_time(select("gil_probe_last_efficiency_ratio", CHOSEN, 'probe!="single"'), SERIES),
                    over_time(f"1 / max by (instance) ({workers})", "ideal gil ({{instance}})"),
                )
            ),
            "ideal .*",
        )
        .span(12)
        .height(10)
    )


def speed():
    done = rate("gil_probe_iterations_total", CHOSEN)
    took = rate("gil_probe_duration_seconds_sum", CHOSEN)
    labels = "instance, runtime, probe"
    speeds = f"sum by ({labels}) ({done}) / sum by ({labels}) ({took})"
    return (
        lines(
            "Countdown speed, runtimes side by side",
            "Decrements per second while a probe ran, all workers together.",
            "ops",
            over_time(of_countdown(speeds, CHOSEN, labels=labels), SERIES),
        )
        .span(12)
        .height(10)
    )


def lock_switches():
    labels = "instance, runtime, probe"
    took = f"sum by ({labels}) ({rate('gil_probe_duration_seconds_sum', CHOSEN)})"

    def per_second(metric):
        return f"sum by ({labels}) ({rate(metric, CHOSEN)}) / {took}"

    return (
        lines(
            "Switches and forced hand-offs",
            "How often the lock's holder changed, and how often a holder had to wait until another worker took over, "
            "per second of the probe: at most one per switch interval, 200 by default. Available for the native "
            "runtime and for CPython on glibc.",
            "cps",
            over_time(per_second("gil_probe_lock_switches_total"), f"switches, {SERIES}"),
            over_time(per_second("gil_probe_lock_forced_handoffs_total"), f"forced hand-offs, {SERIES}"),
        )
        .span(12)
        .height(10)
    )


def runtimes():
    panel = grid(
        "Runtimes",
        "The runtimes that run the probes, with the time that a thread waits for the GIL before it asks the holder to "
        "release it.",
        "none",
        rows(
            "max by (instance, runtime, implementation, version, free_threaded, path) "
            f"({select('gil_runtime_info', CHOSEN)})"
        ),
        rows(f"max by (instance, runtime) ({select('gil_runtime_switch_interval_seconds', CHOSEN)})"),
    )
    return (
        joined(
            panel,
            instance="Instance",
            runtime="Runtime",
            implementation="Implementation",
            version="Version",
            free_threaded="Free-threaded",
            B="Switch interval",
            path="Path",
        )
        .override_by_name("Switch interval", [DynamicConfigValue("unit", "s")])
        .override_by_name("Value #A", [DynamicConfigValue("custom.hidden", True)])
        .span(24)
        .height(6)
    )


def time_of(probe):
    chosen = [CHOSEN, f'probe="{probe}"']
    parts = [over_time(share(metric, "probe", *chosen), name) for name, metric in TIME.items()]
    return (
        stacked_shares(
            probe,
            f"How the workers of the probe {probe} spent their time. No data: the runtime does not support the probe.",
            *parts,
            over_time(other("probe", *chosen), "Other"),
        )
        .span(6)
        .height(8)
    )


def durations(name, chosen):
    counted = f"increase({select('gil_probe_duration_seconds_bucket', CHOSEN)}[$__rate_interval])"
    return (
        heat(
            f"Durations, {name}",
            "Duration of the countdowns, from the barrier to the last worker's finish. If the band widens or rises, "
            "the machine gives the workers less.",
            "s",
            buckets(f"sum by (le) {chosen(counted, CHOSEN)}"),
        )
        .span(8)
        .height(8)
    )
