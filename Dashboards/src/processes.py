"""GIL / Python processes: the cost of the lock for the services of a host, seen from outside."""

from grafana_foundation_sdk.builders import dashboard as build

from . import annotations, lock_profile, variables
from .alerts import alerts
from .groups import GROUP, SERIES, demand, groups, of_group, per_process, per_second
from .links import to_fleet, to_host
from .panels import GOOD, PARTS, colored, ideal, lines, stats, thresholds
from .queries import finely, now, rate, select

CHOSEN = f'group=~"$group", {variables.IN_PODS}'
# Alerts about the exporter have no group.
OF_GROUP = ", ".join(f'group=~"{pattern}|"' for pattern in ("$group", *variables.PARTS))


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
                *variables.of_pods(),
                variables.several(variables.group()),
            ]
        )
        .link(to_fleet())
        .link(to_host())
        .annotation(annotations.restarts(CHOSEN))
        .annotation(annotations.python_versions(CHOSEN))
    )
    for panel in [observed(), returned(), blind(), groups(CHOSEN).height(9), alerts(OF_GROUP).span(24).height(5)]:
        board = board.with_panel(panel)
    for panel in [held(), waiting(), waits(), delays(), demands(), unlocked()]:
        board = board.with_panel(panel)
    for panel in [switches(), builds(), starts(), ages()]:
        board = board.with_panel(panel)
    board = board.with_row(build.Row("Which code makes others wait"))
    for panel in [lock_profile.time_in_long_holds, lock_profile.long_holds, lock_profile.duration_of_long_holds]:
        board = board.with_panel(panel(CHOSEN))
    for panel in [lock_profile.functions, lock_profile.functions_over_time]:
        board = board.with_panel(panel(CHOSEN))
    board = board.with_row(build.Row("Observation"))
    for panel in [unobservable(), sampling(), cost()]:
        board = board.with_panel(panel)
    return board


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
        .thresholds(thresholds((None, GOOD), (1, PARTS["Lock wait"])))
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
        .thresholds(thresholds((None, GOOD), (1, PARTS["Lock wait"])))
        .span(8)
        .height(4)
    )


def held():
    return (
        lines(
            "GIL held",
            "Share of time in which a thread holds the lock: of the busiest process of each group in the last half "
            "minute, and averaged over the processes that use their lock. The mean exceeds 100 % only with several "
            "interpreters that have a lock each.",
            "percentunit",
            finely(of_group("gil_process_busiest_held_ratio", CHOSEN), f"busiest, {SERIES}"),
            finely(per_process("gil_process_held_seconds_total", CHOSEN), f"mean, {SERIES}"),
        )
        .span(12)
        .height(9)
    )


def waiting():
    return (
        lines(
            "Threads that wait for the GIL",
            "Threads that wait for the lock: of the busiest process of each group in the last half minute, and "
            "averaged over the processes that use their lock. One, if two threads always want it. Processes whose C "
            "library hides its waiters are missing.",
            "none",
            finely(of_group("gil_process_busiest_waiting_threads", CHOSEN), f"busiest, {SERIES}"),
            finely(per_process("gil_process_wait_seconds_total", CHOSEN), f"mean, {SERIES}"),
        )
        .decimals(2)
        .span(12)
        .height(9)
    )


def delays():
    def whole(metric):
        return f"sum({rate(metric, CHOSEN)})"

    cpu = whole("gil_process_cpu_seconds_total")
    panel = lines(
        "CPU, lock wait and run queue of all threads",
        "All threads of the chosen groups: CPUs that they use, threads that wait for a GIL, and threads that could run "
        "but have no CPU. The last two overlap, so do not add them: a thread that waits for the lock wakes up every "
        "switch interval, and then needs a CPU, too. Holder without a CPU: the part of the lock wait in which the "
        "holder waited for a CPU or slept in an extension, at least; if the run queue is short, it slept. CPU without "
        "the lock: of extensions that release it while they compute, at least.",
        "none",
        finely(cpu, "CPU"),
        finely(whole("gil_process_wait_seconds_total"), "Lock wait"),
        finely(whole("gil_process_run_queue_seconds_total"), "Run queue"),
        finely(whole("gil_process_stalled_wait_seconds_total"), "Lock wait, holder without a CPU"),
        finely(f"{cpu} - {whole('gil_process_held_on_cpu_seconds_total')}", "CPU without the lock"),
    )
    names = ("CPU", "Lock wait", "Run queue")
    return colored(panel, {name: PARTS[name] for name in names}).decimals(2).span(12).height(9)


def waits():
    ended = per_second("gil_process_waits_ended_total", CHOSEN)
    return (
        lines(
            "How long a wait for the GIL takes",
            "Mean of the waits that ended: threads that wait, divided by waits per second. About a switch interval "
            "(5 ms) for each thread that is ahead is what the lock costs; much more is a holder that does not release "
            "it, or has no CPU. Nothing is known of the longest wait.",
            "s",
            finely(f"{per_second('gil_process_wait_seconds_total', CHOSEN)} / ({ended} > 0)", SERIES),
        )
        .span(12)
        .height(9)
    )


def unlocked():
    used = per_second("gil_process_cpu_seconds_total", CHOSEN)
    return (
        lines(
            "CPUs used without the GIL",
            "CPUs that the threads of each group use while they do not hold the lock, at least: extensions that "
            "release it while they compute. Near 0, nothing runs beside Python code.",
            "none",
            finely(f"{used} - {per_second('gil_process_held_on_cpu_seconds_total', CHOSEN)}", SERIES),
        )
        .decimals(2)
        .span(12)
        .height(9)
    )


def demands():
    panel = (
        lines(
            "Demand",
            "CPUs that each group would use without its lock: the time that its locks are held, and that threads wait "
            "for them. An upper limit: a waiting thread that gets the lock may need it only for a moment, and a holder "
            "may sleep. The dashed line shows the CPUs that the host has for Python.",
            "none",
            finely(demand(CHOSEN), SERIES),
            finely(f"max by (instance) ({select('gil_usable_cpus')})", "CPUs ({{instance}})"),
        )
        .decimals(2)
        .span(12)
        .height(9)
    )
    return ideal(panel, "CPUs .*")


def starts():
    return (
        lines(
            "Process starts",
            "Processes of each group that started, per second. Where many start, their lives are short: some that end "
            "before the exporter finds them are missing here, and so is a part of the held time.",
            "none",
            finely(per_second("gil_process_starts_total", CHOSEN), SERIES),
        )
        .span(12)
        .height(9)
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
        .height(9)
    )


def switches():
    return (
        lines(
            "Switches and forced hand-offs",
            "How often the lock's holder changed, and how often a holder had to wait until another thread took over. "
            "Exact, from the interpreter's own counters.",
            "cps",
            finely(per_second("gil_process_switches_total", CHOSEN), f"switches, {SERIES}"),
            finely(per_second("gil_process_forced_handoffs_total", CHOSEN), f"forced hand-offs, {SERIES}"),
        )
        .span(12)
        .height(9)
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
        .height(9)
    )


def unobservable():
    counted = f"sum by (instance, reason) ({select('gil_process_unobservable', CHOSEN)}) > 0"
    return (
        lines(
            "Not observable, by reason",
            "permission: of another user, needs CAP_SYS_PTRACE (sudo gil-exporter setup observe). version, "
            "prerelease, layout: not a CPython with a known memory layout. impossible: its memory contradicts the "
            "kernel. image: its file is gone. unresponsive: its files do not answer. limit: reading it costs too much. "
            "architecture: for other processors. syscall: a sandbox forbids reading memory. libc: observed, but the C "
            "library hides the waiters.",
            "none",
            finely(counted, "{{reason}} ({{instance}})"),
        )
        .span(8)
        .height(9)
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
        .height(9)
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
        .height(9)
    )
