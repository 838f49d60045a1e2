"""The kinds of panels, with the options that all panels of a kind share."""

from grafana_foundation_sdk.builders import barchart, common, heatmap, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import common as look
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from .variables import DATASOURCE

# The palette of all dashboards and of the exporter's status page, which colour-blind people can tell apart. Each part
# of the time has one colour everywhere, and so has each level.
PARTS = {"CPU": "#2f74c0", "Run queue": "#b03a76", "Lock wait": "#d98200", "Other": "#8c96a1"}
BOTH = "#6f5aa8"
GOOD, NOTICE, BAD = "#2a7d4f", "#e0b400", "#c4162a"
NEUTRAL = "#4d6378"

LIMITS = ValueMap(
    {
        "0": ValueMappingResult(text="nothing", color=GOOD),
        "1": ValueMappingResult(text="the lock", color=PARTS["Lock wait"]),
        "2": ValueMappingResult(text="the machine", color=PARTS["Run queue"]),
        "3": ValueMappingResult(text="the lock and the machine", color=BOTH),
    }
)


def described(panel, title, description, unit, targets):
    panel = panel.title(title).description(description).unit(unit).datasource(DATASOURCE)
    for letter, target in zip("ABCDEFGHIJKLMNOP", targets):
        panel = panel.with_target(target.ref_id(letter))
    return panel


def thresholds(*steps):
    """The first step has no value: it starts at minus infinity."""
    levels = [Threshold(value=value, color=color) for value, color in steps]
    return build.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(levels)


def steps(*pairs):
    """Thresholds for a column of a table."""
    return DynamicConfigValue(
        "thresholds", {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in pairs]}
    )


def colored(panel, colors):
    for name, color in colors.items():
        fixed = DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})
        panel = panel.override_by_name(name, [fixed])
    return panel


def stats(title, description, unit, *targets):
    return (
        described(stat.Panel(), title, description, unit, targets)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_mode(look.BigValueColorMode.BACKGROUND)
        .graph_mode(look.BigValueGraphMode.NONE)
        .text_mode(look.BigValueTextMode.VALUE_AND_NAME)
        .thresholds(thresholds((None, NEUTRAL)))
    )


def lines(title, description, unit, *targets):
    return (
        described(timeseries.Panel(), title, description, unit, targets)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(look.LegendDisplayMode.TABLE)
            .placement(look.LegendPlacement.BOTTOM)
            .calcs(["mean", "max"])
            .sort_by("Mean")
            .sort_desc(True)
        )
        .tooltip(common.VizTooltipOptions().mode(look.TooltipDisplayMode.MULTI).sort(look.SortOrder.DESCENDING))
        .line_width(1)
        .min(0)
        # A delayed round is not a gap.
        .span_nulls(True)
    )


def ideal(panel, name):
    """Draws the line with this name as a reference, not as a measurement."""
    dashed = {"fill": "dash", "dash": [8, 8]}
    return panel.override_by_regexp(
        name,
        [
            DynamicConfigValue("custom.lineStyle", dashed),
            DynamicConfigValue("color", {"mode": "fixed", "fixedColor": "text"}),
        ],
    )


def ideal_of_one(panel):
    """Draws a dashed line at 1."""
    return panel.thresholds(thresholds((None, "transparent"), (1, "text"))).thresholds_style(
        common.GraphThresholdsStyleConfig().mode(look.GraphThresholdsStyleMode.DASHED)
    )


def stacked_shares(title, description, *targets):
    panel = lines(title, description, "percentunit", *targets).max(1).fill_opacity(70).line_width(0)
    return colored(panel.stacking(common.StackingConfig().mode(look.StackingMode.NORMAL).group("A")), PARTS)


def heat(title, description, unit, *targets):
    return (
        described(heatmap.Panel(), title, description, unit, targets)
        .calculate(False)
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64))
    )


def grid(title, description, unit, *targets):
    return described(table.Panel(), title, description, unit, targets)


def bars(title, description, unit, *targets):
    return described(barchart.Panel(), title, description, unit, targets)


def joined(panel, **columns):
    """Joins the tables of several queries by their shared labels, and names the columns.

    Columns are in the given order; unnamed columns come last.
    """
    arrangement = {
        "excludeByName": {"Time": True},
        "indexByName": {field(name): index for index, name in enumerate(columns)},
        "renameByName": {field(name): title for name, title in columns.items()},
    }
    merge = DataTransformerConfig(id_val="merge", options={})
    return panel.with_transformation(merge).with_transformation(
        DataTransformerConfig(id_val="organize", options=arrangement)
    )


def field(name):
    """Grafana's name of the column of this query; a label keeps its name."""
    return f"Value #{name}" if len(name) == 1 else name
