"""GIL / Python processes: the cost of the lock for the services of a host, seen from outside."""

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, DynamicConfigValue

from . import variables
from .panels import PARTS, grid, joined, lines, stats, thresholds
from .queries import finely, now, rate, rows, select

CHOSEN = 'group=~"$group"'
GROUP = "job, instance, group"
SERIES = "{{group}} ({{instance}})"


def dashboard():
    board = (
        build.Dashboard("GIL / Python processes")
        .uid("gil-processes")
        .description("How long running Python processes hold their GIL and wait for it, and what else they wait for.")
        .tags(["gil", "python"])
        .readonly()
        .time("now-3h", "now")
        .refresh("30s")
        .variables(
            [
                variables.datasource,
                variables.job(),
                variables.instance(),
                variables.several(variables.group()),
            ]
        )
        .link(
            build.DashboardLink("GIL / Host")
            .type(DashboardLinkType.LINK)
            .url("/d/gil-host?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}")
            .keep_time(True)
        )
    )
    for panel in [observed(), returned(), blind(), groups(), held(), waiting(), delays(), switches(), builds()]:
        board = board.with_panel(panel)
    board = board.with_row(build.Row("Observation"))
    for panel in [unobservable(), sampling(), cost()]:
        board = board.with_panel(panel)
    return board


def per_process(metric):
    """Seconds per second, averaged over the processes of a group."""
    return f"sum by ({GROUP}) ({rate(metric, CHOSEN)}) / sum by ({GROUP}) ({select('gil_processes', CHOSEN)})"


def per_second(metric):
    return f"sum by ({GROUP}) ({rate(metric, CHOSEN)})"


def observed():
    return (
        stats(
            "Observed processes",
            "Python processes whose GIL the exporter reads.",
            "none",
            now(f"sum({select('gil_processes', CHOSEN)})", "processes"),
        )
        .no_value("none")
        .span(8)
        .height(4)
    )


def returned():
    back = select("gil_processes", CHOSEN, 'build="free-threaded"', 'gil="on"')
    return (
        stats(
            "Free-threaded with the GIL on",
            "Processes of a free-threaded build whose GIL is on: they imported an extension module that does not "
            "support free threading, or were started with the GIL.",
            "none",
            now(f"sum({back}) or vector(0)", "processes"),
        )
        .thresholds(thresholds((None, "green"), (1, "orange")))
        .span(8)
        .height(4)
    )


def blind():
    seen = select("gil_process_unobservable", CHOSEN, 'reason!="libc"')
    return (
        stats(
            "Found, but not observable",
            "Python processes that the exporter finds but cannot read. The panel below shows the reasons.",
            "none",
            now(f"sum({seen}) or vector(0)", "processes"),
        )
        .thresholds(thresholds((None, "green"), (1, "orange")))
        .span(8)
        .height(4)
    )


def groups():
    panel = grid(
        "Groups, the most contended first",
        "GIL held is the share of time in which a thread of a process holds the lock; at 100 %, more threads do not "
        "help. Waiting is the average number of threads per process that wait for the lock.",
        "none",
        rows(per_process("gil_process_held_seconds_total")),
        rows(per_process("gil_process_wait_seconds_total")),
        rows(f"sum by ({GROUP}) ({select('gil_processes', CHOSEN)})"),
        rows(f"sum by ({GROUP}) ({select('gil_process_threads', CHOSEN)})"),
        rows(per_second("gil_process_cpu_seconds_total")),
        rows(per_second("gil_process_run_queue_seconds_total")),
        rows(per_second("gil_process_switches_total")),
    )
    panel = joined(
        panel,
        job="Job",
        instance="Instance",
        group="Group",
        A="GIL held",
        B="Waiting",
        C="Processes",
        D="Threads",
        E="CPUs used",
        F="Run queue",
        G="Switches",
    )
    cell = DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"})
    steps = [(None, "green"), (0.5, "yellow"), (0.9, "red")]
    high = DynamicConfigValue(
        "thresholds", {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}
    )
    two = DynamicConfigValue("decimals", 2)
    return (
        panel.override_by_name("GIL held", [DynamicConfigValue("unit", "percentunit"), cell, high])
        .override_by_name("Waiting", [two, cell, high])
        .override_by_regexp("CPUs used|Run queue", [two])
        .override_by_name("Switches", [DynamicConfigValue("unit", "cps")])
        .sort_by([common.TableSortByFieldState().display_name("Waiting").desc(True)])
        .filterable(True)
        .thresholds(thresholds((None, "text")))
        .span(24)
        .height(9)
    )


def held():
    return (
        lines(
            "GIL held",
            "Share of time in which a thread of a process holds the lock; more than 100 % only with several "
            "interpreters that have a lock each.",
            "percentunit",
            finely(per_process("gil_process_held_seconds_total"), SERIES),
        )
        .span(12)
        .height(8)
    )


def waiting():
    return (
        lines(
            "Threads that wait for the GIL",
            "Average number of threads per process that wait for the lock: one, if two threads always want it. "
            "Processes whose C library hides its waiters are missing.",
            "none",
            finely(per_process("gil_process_wait_seconds_total"), SERIES),
        )
        .decimals(2)
        .span(12)
        .height(8)
    )


def delays():
    def whole(metric):
        return f"sum({rate(metric, CHOSEN)})"

    panel = lines(
        "CPU, lock wait and run queue of all threads",
        "All threads of the chosen groups: CPUs that they use, threads that wait for a GIL, and threads that could run "
        "but have no CPU. If more threads wait for the GIL, the lock is the limit; if more are in the run queue, the "
        "machine is.",
        "none",
        finely(whole("gil_process_cpu_seconds_total"), "CPU"),
        finely(whole("gil_process_wait_seconds_total"), "Lock wait"),
        finely(whole("gil_process_run_queue_seconds_total"), "Run queue"),
    )
    for name in ["CPU", "Lock wait", "Run queue"]:
        panel = panel.override_by_name(
            name, [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": PARTS[name]})]
        )
    return panel.decimals(2).span(8).height(8)


def switches():
    return (
        lines(
            "Switches and forced hand-offs",
            "How often the lock's holder changed, and how often a holder had to wait until another thread took over. "
            "Exact, from the interpreter's own counters.",
            "cps",
            finely(per_second("gil_process_switches_total"), f"switches, {SERIES}"),
            finely(per_second("gil_process_forced_handoffs_total"), f"forced hand-offs, {SERIES}"),
        )
        .span(8)
        .height(8)
    )


def builds():
    counted = f"sum by (version, build, gil) ({select('gil_processes', CHOSEN)}) > 0"
    return (
        lines(
            "Processes by version and build",
            "CPython's version, whether it is a free-threaded build, and whether the GIL is on.",
            "none",
            finely(counted, "{{version}} {{build}}, GIL {{gil}}"),
        )
        .span(8)
        .height(8)
    )


def unobservable():
    counted = f"sum by (instance, reason) ({select('gil_process_unobservable', CHOSEN)}) > 0"
    return (
        lines(
            "Not observable, by reason",
            "permission: of another user, needs CAP_SYS_PTRACE (the drop-in observe.conf). version, prerelease, "
            "layout: not a CPython with a known memory layout. image: its file is gone. unresponsive: its files do not "
            "answer. limit: reading it costs too much. architecture: for other processors. syscall: a sandbox forbids "
            "reading memory. libc: observed, but the C library hides the waiters.",
            "none",
            finely(counted, "{{reason}} ({{instance}})"),
        )
        .span(8)
        .height(8)
    )


def sampling():
    return (
        lines(
            "Samples per second of each process",
            "As configured, or fewer if the CPU budget does not suffice; and rounds that were late because no CPU was "
            "free. Fewer samples make held and waited time noisier, not wrong; late rounds make held time too low.",
            "hertz",
            finely(select("gil_exporter_observation_sample_rate"), "{{instance}}"),
            finely(rate("gil_exporter_observation_late_rounds_total"), "late ({{instance}})"),
        )
        .span(8)
        .height(8)
    )


def cost():
    return (
        lines(
            "Cost of observation",
            "CPUs that finding and sampling the processes uses.",
            "none",
            finely(rate("gil_exporter_observation_cpu_seconds_total"), "{{instance}}"),
        )
        .decimals(3)
        .span(8)
        .height(8)
    )
