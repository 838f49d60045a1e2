"""PromQL expressions, and Grafana's queries."""

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from .variables import DATASOURCE

# Probes that count down; the others do work that cannot be compared with theirs. Exporters of version 0.1.0 have only
# countdown probes, and no label "work".
COUNTDOWN = ('work=~"countdown|"',)

# Probes whose workers share no lock: only the machine keeps them from their full speedup.
PARALLEL = (*COUNTDOWN, 'shares_lock="false"', 'reference="false"')

# A lock or a machine that clearly limits up to four workers takes at least a quarter of their time.
TAKEN = 0.25


def select(metric, *matchers):
    """The series of the metric for the chosen jobs and instances."""
    chosen = ", ".join(['job=~"$job"', 'instance=~"$instance"', *matchers])
    return f"{metric}{{{chosen}}}"


def of_countdown(expression, *matchers, labels="job, instance, runtime, probe"):
    """The series of probes that count down. The labels are those that the series have."""
    return f"({expression} and on ({labels}) {select('gil_probe_info', *matchers, *COUNTDOWN)})"


def of_parallel(expression, *matchers):
    """The series of probes whose workers share no lock."""
    return f"({expression} and on (job, instance, runtime, probe) {select('gil_probe_info', *matchers, *PARALLEL)})"


def of_others(expression, *matchers):
    """The series of all other probes that count down."""
    parallel = select("gil_probe_info", *matchers, *PARALLEL)
    return f"({of_countdown(expression, *matchers)} unless on (job, instance, runtime, probe) {parallel})"


def rate(metric, *matchers):
    return f"rate({select(metric, *matchers)}[$__rate_interval])"


def share(metric, labels, *matchers):
    """A part of the workers' time, over all instances together."""
    whole = rate("gil_probe_worker_seconds_total", *matchers)
    return f"sum by ({labels}) ({rate(metric, *matchers)}) / sum by ({labels}) ({whole})"


def quantile(level, histogram, labels, *matchers):
    """The quantile of a histogram for each combination of the labels."""
    return f"histogram_quantile({level}, sum by ({labels}, le) ({rate(f'{histogram}_bucket', *matchers)}))"


def limit(labels, efficiency, utilization, lock_wait):
    """What limits threads under a GIL: 0 nothing, 1 the lock, 2 the machine, 3 both.

    NaN, which version 0.1.0 has before the first measurement, is none of them.

    A machine that is short of CPU slows "single", too, which leaves the efficiency unchanged; CPU utilisation shows it.
    """
    slow, starved = (f"(max by ({labels}) ({best} >= 0) < bool {1 - TAKEN})" for best in (efficiency, utilization))
    lock = f"(max by ({labels}) ({lock_wait} >= 0) >= bool {TAKEN})"
    return f"2 * clamp_max({slow} + {starved}, 1) + {lock}"


def over_time(expression, legend):
    # Rounds are a minute apart or more: with a step of two, $__rate_interval is eight and holds several rounds.
    return prometheus.Dataquery().expr(expression).legend_format(legend).interval("2m").range().datasource(DATASOURCE)


def finely(expression, legend):
    """For series that change with every scrape, not once per round."""
    return prometheus.Dataquery().expr(expression).legend_format(legend).interval("30s").range().datasource(DATASOURCE)


def now(expression, legend="__auto"):
    return prometheus.Dataquery().expr(expression).legend_format(legend).interval("2m").instant().datasource(DATASOURCE)


def rows(expression):
    """For a table: one row for each series, one column for each label."""
    return now(expression).format(PromQueryFormat.TABLE)


def buckets(expression):
    return over_time(expression, "{{le}}").format(PromQueryFormat.HEATMAP)
