"""Expressions of the dashboards, evaluated by promtool on made-up series."""

import unittest

from . import dashboards, made_up
from .promtool import case, complaints

# Efficiency and CPU utilization of the best probe without a lock, lock-wait ratio of the probe gil, and the verdict.
LIMITS = {
    "nothing": (0.96, 0.98, 0.1, 0),
    "lock": (0.96, 0.98, 0.49, 1),
    "lock-at-its-limit": (0.75, 0.75, 0.25, 1),
    "slow": (0.6, 0.98, 0.1, 2),
    # Short of CPU in every probe, including "single", so the speedup is that of a healthy host.
    "starved": (0.96, 0.5, 0.1, 2),
    "slow-and-starved": (0.6, 0.5, 0.1, 2),
    "lock-and-slow": (0.6, 0.98, 0.49, 3),
    "lock-and-starved": (0.96, 0.5, 0.49, 3),
}
# promtool has no short form of it.
NEVER = " ".join(["NaN"] * 16)
HOST = ("gil_probe_last_efficiency_ratio", "gil_probe_last_cpu_utilization_ratio", "gil_probe_last_lock_wait_ratio")
FLEET = (
    "instance_runtime_probe:gil_probe_efficiency:ratio_mean30m",
    "instance_runtime_probe:gil_probe_cpu:ratio_rate30m",
    "instance_runtime_probe:gil_probe_lock_wait:ratio_rate30m",
)


def info(labels, probe):
    """The series by which expressions select the probes whose workers share no lock."""
    shares_lock = "true" if probe == "gil" else "false"
    reference = "true" if probe == "single" else "false"
    return f'gil_probe_info{{{labels}, probe="{probe}", shares_lock="{shares_lock}", reference="{reference}"}}'


def limited(metrics):
    """The series of a host for each verdict. A second parallel probe is worse in everything."""
    efficiency, utilization, lock_wait = metrics
    series = {}
    for name, (efficient, utilized, waiting, _) in LIMITS.items():
        labels = f'job="gil", instance="{name}", runtime="native"'
        for probe, less in (("lockfree", 1), ("multiprocess", 0.5)):
            series[f'{efficiency}{{{labels}, probe="{probe}"}}'] = f"{efficient * less}x15"
            series[f'{utilization}{{{labels}, probe="{probe}"}}'] = f"{utilized * less}x15"
        # Workers that wait for a lock use no CPU, which does not count against the machine.
        series[f'{efficiency}{{{labels}, probe="gil"}}'] = "0.5x15"
        series[f'{utilization}{{{labels}, probe="gil"}}'] = "0.5x15"
        series[f'{lock_wait}{{{labels}, probe="gil"}}'] = f"{waiting}x15"
        series |= {info(labels, probe): "1x15" for probe in ("gil", "lockfree", "multiprocess")}
    # A host without measurements has no verdict.
    series[f'{efficiency}{{job="gil", instance="new", runtime="native", probe="lockfree"}}'] = NEVER
    series[f'{utilization}{{job="gil", instance="new", runtime="native", probe="lockfree"}}'] = NEVER
    series[f'{lock_wait}{{job="gil", instance="new", runtime="native", probe="gil"}}'] = NEVER
    series |= {info('job="gil", instance="new", runtime="native"', probe): "1x15" for probe in ("gil", "lockfree")}
    return series


class ExpressionTests(unittest.TestCase):
    def evaluates(self, dashboard, place, series, samples):
        expression = dashboards.expression_at(dashboard, place)
        self.assertEqual(complaints(case(expression, series, samples)), "")

    def test_what_limits_a_host_in_the_newest_round(self):
        verdicts = {f'{{instance="{name}", runtime="native"}}': limit for name, (*_, limit) in LIMITS.items()}
        self.evaluates("gil-host.json", "What limits threads under a GIL / A", limited(HOST), verdicts)

    def test_what_limits_the_hosts_of_a_fleet(self):
        verdicts = {f'{{job="gil", instance="{name}"}}': limit for name, (*_, limit) in LIMITS.items()}
        self.evaluates("gil-fleet.json", "Hosts, the worst first ($runtime) / A", limited(FLEET), verdicts)
        limits = [limit for *_, limit in LIMITS.values()]
        counted = {f'{{limit="{limit}"}}': limits.count(limit) for limit in set(limits)}
        self.evaluates("gil-fleet.json", "What limits threads under a GIL ($runtime) / A", limited(FLEET), counted)

    def test_a_host_without_the_runtime_has_no_row(self):
        efficiency = "instance_runtime_probe:gil_probe_efficiency:ratio_mean30m"
        for letter, metric in (
            ("I", "instance:gil_probe_disturbed_runs:ratio_rate30m"),
            ("J", "instance:gil_exporter_cpu_seconds:rate30m"),
        ):
            series = {
                f'{efficiency}{{job="gil", instance="has", runtime="native", probe="single"}}': "1x15",
                f'{efficiency}{{job="gil", instance="has", runtime="python3", probe="single"}}': "1x15",
                f'{metric}{{job="gil", instance="has"}}': "0.2x15",
                f'{efficiency}{{job="gil", instance="has-not", runtime="python3", probe="single"}}': "1x15",
                f'{metric}{{job="gil", instance="has-not"}}': "0.3x15",
            }
            place = f"Hosts, the worst first ($runtime) / {letter}"
            self.evaluates("gil-fleet.json", place, series, {'{job="gil", instance="has"}': 0.2})

    def test_down_targets_of_other_exporters_are_not_counted(self):
        place = "Hosts that report, are disturbed, are down / C"
        well = {
            'up{job="gil", instance="a"}': "1x15",
            'gil_exporter_build_info{job="gil", instance="a", version="1.0.0"}': "1x15",
        }
        down = {'up{job="gil", instance="b"}': "0x15", 'up{job="node", instance="b"}': "0x15"}
        self.evaluates("gil-fleet.json", place, well, {"{}": 0})
        self.evaluates("gil-fleet.json", place, well | down, {"{}": 1})

    def test_the_ideal_efficiency_under_a_gil_is_shown(self):
        workers = {
            f'gil_probe_workers{{job="gil", instance="a", runtime="native", probe="{probe}"}}': f"{count}x15"
            for probe, count in (("single", 1), ("gil", 4), ("lockfree", 4))
        }
        self.evaluates("gil-host.json", "Efficiency / B", workers, {'{instance="a"}': 0.25})

    def test_a_failure_names_its_probe_and_reason(self):
        of = 'job="gil", instance="a", runtime="python3", reason="crash"'
        failures = {
            f'gil_probe_failures_total{{{of}, probe="gil"}}': "0+0.6x15",
            f'gil_probe_failures_total{{{of}, probe="single"}}': "0x15",
        }
        labels = '{instance="a", runtime="python3", probe="gil", reason="crash"}'
        self.evaluates("gil-host.json", "Failures and warnings / A", failures, {labels: 0.01})

    def test_expressions_without_data_on_a_healthy_host(self):
        for dashboard, place, series, samples in made_up.EXPRESSIONS:
            with self.subTest(dashboard=dashboard, place=place):
                self.evaluates(dashboard, place, series, samples)

    def test_an_expression_with_another_result_is_reported(self):
        for samples in ({}, {"{}": 2}, {"{}": 1, '{job="gil"}': 1}):
            self.assertNotEqual(complaints(case("sum(up)", {'up{job="gil"}': "1x15"}, samples)), "")


if __name__ == "__main__":
    unittest.main()
