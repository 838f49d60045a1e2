"""Which code makes others wait: long holds, and the functions that the lock profile finds."""

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.models import common as look
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from .groups import GROUP, SERIES, per_process, per_second
from .panels import NOTICE, PARTS, grid, joined, lines, thresholds
from .queries import finely, rate, rows, select

HOLDS = "gil_process_long_holds_total"
HELD = "gil_process_long_hold_seconds_total"
WAIT = "gil_process_function_wait_seconds_total"
FUNCTION = f"{GROUP}, function, file"

# The share from which on the alert GILLongHolds fires.
MUCH = 0.05

# Shown in place of data.
OFF = "Nobody waits, or observation.profile.top is not set in the configuration of the exporter"
NEEDS = "Off by default: set observation.profile.top in the configuration of the exporter, to 10 for example."
MEANING = (
    "A long hold: a thread keeps the lock for at least 50 ms and two switch intervals while others wait all the time. "
    "Code in C that does not release the lock does that. "
)
GRAPH = "Click a line to open the flame graph of its group, which needs --web.enable-profile."


def link(title, url):
    return {"title": title, "url": url, "targetBlank": True}


def flame_graph(instance, group):
    return link("Open the flame graph", f"http://${{{instance}}}/flamegraph/${{{group}:percentencode}}")


def profiles(group):
    """Grafana's view of profiles, for those who collect them with Pyroscope."""
    chosen = f"var-serviceName=${{{group}:percentencode}}&var-profileMetricId=mutex:delay:nanoseconds:contentions:count"
    path = "/a/grafana-pyroscope-app/explore?explorationType=flame-graph"
    return link("Open the profiles in Grafana", f"{path}&{chosen}&${{__url_time_range}}")


def links(*values):
    return DynamicConfigValue("links", [*values])


def of_lines(panel):
    instance, group = "__field.labels.instance", "__field.labels.group"
    return panel.override_by_regexp(".*", [links(flame_graph(instance, group), profiles(group))])


def time_in_long_holds(*matchers):
    panel = lines(
        "Time in long holds",
        f"{MEANING}Its share of the time, averaged over the processes that use their lock. The alert GILLongHolds "
        f"fires above the dashed line. {GRAPH}",
        "percentunit",
        finely(per_process(HELD, *matchers), SERIES),
    )
    panel = panel.thresholds(thresholds((None, "transparent"), (MUCH, NOTICE))).thresholds_style(
        common.GraphThresholdsStyleConfig().mode(look.GraphThresholdsStyleMode.DASHED)
    )
    return of_lines(panel).span(8).height(9)


def long_holds(*matchers):
    panel = lines(
        "Long holds",
        f"{MEANING}Sampled: each one that is counted took place, but some of those below 0.1 s are missed. {GRAPH}",
        "cps",
        finely(per_second(HOLDS, *matchers), SERIES),
    )
    return of_lines(panel).span(8).height(9)


def duration_of_long_holds(*matchers):
    panel = lines(
        "How long a long hold takes",
        f"{MEANING}The mean duration: for so long all other threads of the process stand still. {GRAPH}",
        "s",
        finely(f"{per_second(HELD, *matchers)} / ({per_second(HOLDS, *matchers)} > 0)", SERIES),
    )
    return of_lines(panel).span(8).height(9)


def over_all(labels, *matchers):
    """The threads that functions make wait, over the whole range of time: one value for a panel."""
    return f"sum by ({labels}) (rate({select(WAIT, *matchers)}[$__range] @ end()))"


def worst(number, *matchers):
    """The functions that make others wait most in the whole range. Per step, lines would come and go."""
    return f"topk({number}, {over_all(FUNCTION, *matchers)} > 0)"


def functions(*matchers):
    """A row for each of the worst functions."""
    share = f"{over_all(FUNCTION, *matchers)} / on ({GROUP}) group_left () {over_all(GROUP, *matchers)}"
    panel = grid(
        "Functions that make others wait",
        "The thirty functions that caused most wait in the time range: threads that waited for the lock, on average, "
        "while this function held it, and its share of all waits of its group. C code that the function called counts "
        "for it. `<other>`: functions beyond those that the exporter names. `<unknown>`: the stack changed while it "
        "was read. `<no holder>`: the next thread had not got a CPU yet. Click a function to open the flame graph of "
        "its group, which needs --web.enable-profile, or a group to open its profiles in Grafana, which needs "
        f"Pyroscope. {NEEDS}",
        "none",
        rows(worst(30, *matchers)),
        rows(f"{share} and on ({FUNCTION}) {worst(30, *matchers)}"),
    )
    panel = joined(
        panel,
        function="Function",
        file="File",
        group="Group",
        instance="Instance",
        A="Waiting threads",
        B="Share",
        job="Job",
    )
    bar = DynamicConfigValue("custom.cellOptions", {"type": "gauge", "mode": "basic"})
    orange = DynamicConfigValue("color", {"mode": "fixed", "fixedColor": PARTS["Lock wait"]})
    scale = [DynamicConfigValue(*option) for option in (("unit", "percentunit"), ("min", 0), ("max", 1))]
    return (
        panel.override_by_name("Function", [links(flame_graph("__data.fields.Instance", "__data.fields.Group"))])
        # Functions like `<other>` have none.
        .override_by_name("File", [DynamicConfigValue("noValue", "–")])
        .override_by_name("Group", [links(profiles("__value.raw"))])
        .override_by_name("Waiting threads", [DynamicConfigValue("decimals", 3)])
        .override_by_name("Share", [*scale, bar, orange])
        .override_by_name("Job", [DynamicConfigValue("custom.hidden", True)])
        .sort_by([common.TableSortByFieldState().display_name("Waiting threads").desc(True)])
        .filterable(True)
        .no_value(OFF)
        .thresholds(thresholds((None, "text")))
        .span(14)
        .height(11)
    )


def functions_over_time(*matchers):
    caused = f"sum by ({FUNCTION}) ({rate(WAIT, *matchers)})"
    panel = (
        lines(
            "Threads that wait, by the function that holds the lock",
            "The ten functions that caused most wait in the time range: threads that waited for the lock while this "
            f"function held it. {GRAPH} {NEEDS}",
            "none",
            finely(f"{caused} and on ({FUNCTION}) {worst(10, *matchers)}", "{{function}} ({{group}}, {{instance}})"),
        )
        .stacking(common.StackingConfig().mode(look.StackingMode.NORMAL).group("A"))
        .fill_opacity(40)
        .decimals(2)
        .no_value(OFF)
    )
    grey = DynamicConfigValue("color", {"mode": "fixed", "fixedColor": PARTS["Other"]})
    return of_lines(panel).override_by_regexp("<other> .*", [grey]).span(10).height(11)
