"""Which code makes others wait: long holds."""

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.models import common as look
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from .groups import SERIES, per_process, per_second
from .panels import NOTICE, lines, thresholds
from .queries import finely

HOLDS = "gil_process_long_holds_total"
HELD = "gil_process_long_hold_seconds_total"

# The share from which on the alert GILLongHolds fires.
MUCH = 0.05

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
