"""GIL / Python processes: what the lock costs the services that run on a host, as seen from outside."""

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
        .description("How long running Python processes hold and wait for their GIL, and what else they wait for.")
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
    """Seconds per second, of each process of a group on average."""
    return f"sum by ({GROUP}) ({rate(metric, CHOSEN)}) / sum by ({GROUP}) ({select('gil_processes', CHOSEN)})"


def per_second(metric):
    return f"sum by ({GROUP}) ({rate(metric, CHOSEN)})"


def observed():
    return (
        stats(
            "Observed processes",
            "Python processes whose GIL is read.",
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
            "Processes of a free-threaded build whose GIL is on all the same: an extension module that does not "
            "support free threading was imported, or somebody asked for it.",
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
            "Seen, but not observable",
            "Python processes of which nothing is known but that they are there. The panel below says why.",
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
        "GIL held is the share of its time in which some thread of a process has the lock; at 100 % more threads give "
        "no more work. Waiting is how many threads of a process wait for it, on average.",
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
            "Share of its time in which some thread of a process has the lock; more than 100 % only with several "
            "interpreters that have locks of their own.",
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
            "How many threads of a process wait for the lock, on average: with two that always want it, one. Nothing "
            "is shown of processes whose C library hides its waiters.",
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
        "What threads do, and what they wait for",
        "Of the groups chosen, all threads together: CPU they use, threads that wait for a GIL, and threads that could "
        "run but have no CPU. Waiting for the GIL while the run queue is short is the lock; the other way round it is "
        "the machine.",
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
            "How often the lock changed its holder, and how often a holder was made to wait until another thread took "
            "over. Exact: read from the interpreter's own counters.",
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
            "permission: of another user, which takes CAP_SYS_PTRACE (the drop-in observe.conf). version, prerelease, "
            "layout: not a CPython whose memory is known. image: its file is gone. unresponsive: its files do not "
            "answer. limit: looking at it costs too much. architecture: for other processors. syscall: a sandbox "
            "refuses to read memory. libc: observed, but the C library hides who waits.",
            "none",
            finely(counted, "{{reason}} ({{instance}})"),
        )
        .span(8)
        .height(8)
    )


def sampling():
    return (
        lines(
            "Samples per second, of each process",
            "As configured, or less where that would cost more than the CPU budget, and those that came late for want "
            "of a CPU. Fewer samples make held and waited time noisier, not wrong; late ones make held time too low.",
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
            "What observation costs",
            "CPUs that finding and sampling the processes takes.",
            "none",
            finely(rate("gil_exporter_observation_cpu_seconds_total"), "{{instance}}"),
        )
        .decimals(3)
        .span(8)
        .height(8)
    )
