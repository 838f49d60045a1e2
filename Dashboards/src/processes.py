"""GIL / Python processes: the cost of the lock for the services of a host, seen from outside."""

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, DynamicConfigValue

from . import variables
from .panels import PARTS, grid, ideal, joined, lines, stats, thresholds
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
    for panel in [observed(), returned(), blind(), groups(), held(), waiting(), demands(), delays()]:
        board = board.with_panel(panel)
    for panel in [switches(), builds(), starts(), ages()]:
        board = board.with_panel(panel)
    board = board.with_row(build.Row("Observation"))
    for panel in [unobservable(), sampling(), cost()]:
        board = board.with_panel(panel)
    return board


def per_process(metric):
    """Seconds per second, averaged over the active processes of a group. A divisor of 0 has a dividend of 0."""
    active = rate("gil_process_active_seconds_total", CHOSEN)
    return f"sum by ({GROUP}) ({rate(metric, CHOSEN)}) / clamp_min(sum by ({GROUP}) ({active}), 1e-9)"


def per_second(metric):
    return f"sum by ({GROUP}) ({rate(metric, CHOSEN)})"


def demand():
    """CPUs that a group would use without its lock."""
    held, wait = (rate(f"gil_process_{state}_seconds_total", CHOSEN) for state in ("held", "wait"))
    return f"sum by ({GROUP}) ({held} + {wait})"


def of_group(metric):
    return f"max by ({GROUP}) ({select(metric, CHOSEN)})"


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
        "Groups, the busiest first",
        "Busiest and its waiters: the process with the most held and waited time in the last half minute, and the "
        "threads that waited for its lock; at 100 %, more threads do not help. Saturated: processes above 90 %. GIL "
        "held: the mean of the processes that use their lock. Demand: held and waiting per second, the CPUs that the "
        "group would use without its lock if each waiting thread has work for one.",
        "none",
        rows(of_group("gil_process_busiest_held_ratio")),
        rows(of_group("gil_process_busiest_waiting_threads")),
        rows(of_group("gil_processes_saturated")),
        rows(per_process("gil_process_held_seconds_total")),
        rows(demand()),
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
    cell = DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"})
    steps = [(None, "green"), (0.5, "yellow"), (0.9, "red")]
    high = DynamicConfigValue(
        "thresholds", {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}
    )
    any_is_red = DynamicConfigValue(
        "thresholds", {"mode": "absolute", "steps": [{"value": None, "color": "green"}, {"value": 1, "color": "red"}]}
    )
    two = DynamicConfigValue("decimals", 2)
    return (
        panel.override_by_regexp("Busiest|GIL held", [DynamicConfigValue("unit", "percentunit"), cell, high])
        .override_by_name("Its waiters", [two, cell, high])
        .override_by_name("Saturated", [cell, any_is_red])
        .override_by_regexp("Demand.*|CPUs used|Run queue", [two])
        .override_by_name("Switches", [DynamicConfigValue("unit", "cps")])
        .sort_by([common.TableSortByFieldState().display_name("Busiest").desc(True)])
        .filterable(True)
        .thresholds(thresholds((None, "text")))
        .span(24)
        .height(9)
    )


def held():
    return (
        lines(
            "GIL held",
            "Share of time in which a thread holds the lock: of the busiest process of each group in the last half "
            "minute, and averaged over the processes that use their lock. The mean exceeds 100 % only with several "
            "interpreters that have a lock each.",
            "percentunit",
            finely(of_group("gil_process_busiest_held_ratio"), f"busiest, {SERIES}"),
            finely(per_process("gil_process_held_seconds_total"), f"mean, {SERIES}"),
        )
        .span(12)
        .height(8)
    )


def waiting():
    return (
        lines(
            "Threads that wait for the GIL",
            "Threads that wait for the lock: of the busiest process of each group in the last half minute, and "
            "averaged over the processes that use their lock. One, if two threads always want it. Processes whose C "
            "library hides its waiters are missing.",
            "none",
            finely(of_group("gil_process_busiest_waiting_threads"), f"busiest, {SERIES}"),
            finely(per_process("gil_process_wait_seconds_total"), f"mean, {SERIES}"),
        )
        .decimals(2)
        .span(12)
        .height(8)
    )


def delays():
    def whole(metric):
        return f"sum({rate(metric, CHOSEN)})"

    held, cpu = whole("gil_process_held_seconds_total"), whole("gil_process_cpu_seconds_total")
    panel = lines(
        "CPU, lock wait and run queue of all threads",
        "All threads of the chosen groups: CPUs that they use, threads that wait for a GIL, and threads that could run "
        "but have no CPU. The last two overlap, so they do not add up: a thread that waits for the lock wakes up every "
        "switch interval, and then needs a CPU, too. Held without a CPU is the least number of locks whose holder had "
        "no CPU, or slept in the kernel; while it is above 0, the waiting threads wait for the machine as well as for "
        "the lock. If the run queue is short, only the lock is the limit.",
        "none",
        finely(cpu, "CPU"),
        finely(whole("gil_process_wait_seconds_total"), "Lock wait"),
        finely(whole("gil_process_run_queue_seconds_total"), "Run queue"),
        finely(f"clamp_min({held} - {cpu}, 0)", "Held without a CPU"),
    )
    for name in ["CPU", "Lock wait", "Run queue"]:
        panel = panel.override_by_name(
            name, [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": PARTS[name]})]
        )
    return panel.decimals(2).span(12).height(8)


def demands():
    panel = (
        lines(
            "Demand",
            "CPUs that each group would use without its lock: the time that its locks are held, and that threads wait "
            "for them. An upper limit: a waiting thread that gets the lock may need it only for a moment, and a holder "
            "may sleep. The dashed line shows the CPUs that the host has for Python.",
            "none",
            finely(demand(), SERIES),
            finely(f"max by (instance) ({select('gil_usable_cpus')})", "CPUs ({{instance}})"),
        )
        .decimals(2)
        .span(12)
        .height(8)
    )
    return ideal(panel, "CPUs .*")


def starts():
    return (
        lines(
            "Process starts",
            "Processes of each group that started, per second. Those that end before a scan finds them are missing.",
            "none",
            finely(per_second("gil_process_starts_total"), SERIES),
        )
        .span(12)
        .height(8)
    )


def ages():
    oldest = f"max by ({GROUP}) (time() - {select('gil_process_oldest_start_time_seconds', CHOSEN)})"
    return (
        lines(
            "Age of the oldest process",
            "It falls when the whole group restarts; a restart of single workers only shows in the process starts.",
            "s",
            finely(oldest, SERIES),
        )
        .span(12)
        .height(8)
    )


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
        .span(12)
        .height(8)
    )


def builds():
    counted = f"sum by (group, version, build, gil) ({select('gil_processes', CHOSEN)}) > 0"
    return (
        lines(
            "Processes by version and build",
            "By group: CPython's version, whether it is a free-threaded build, and whether the GIL is on.",
            "none",
            finely(counted, "{{group}}: {{version}} {{build}}, GIL {{gil}}"),
        )
        .span(12)
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
