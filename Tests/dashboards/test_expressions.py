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


def info(labels, probe, work="countdown"):
    """The series by which expressions select probes."""
    shares_lock = "true" if probe == "gil" else "false"
    reference = "true" if probe == "single" else "false"
    facts = f'shares_lock="{shares_lock}", reference="{reference}", work="{work}"'
    return f'gil_probe_info{{{labels}, probe="{probe}", {facts}}}'


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
            ("J", "instance:gil_probe_disturbed_runs:ratio_rate30m"),
            ("K", "instance:gil_exporter_cpu_seconds:rate30m"),
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

    def test_only_probes_that_count_down_are_compared(self):
        of = 'job="gil", instance="a", runtime="native"'
        series: dict[str, str] = {}
        for probe, work in (("gil", "countdown"), ("refcount", "reference_counts"), ("latency", "wake_ups")):
            labels = f'{of}, probe="{probe}"'
            series |= {
                info(of, probe, work): "1x15",
                f"gil_probe_worker_seconds_total{{{labels}}}": "0+2x15",
                f'gil_probe_cpu_seconds_total{{{labels}, mode="user"}}': "0+1x15",
                f"gil_probe_iterations_total{{{labels}}}": "0+120x15",
                f"gil_probe_duration_seconds_sum{{{labels}}}": "0+1x15",
                f'gil_probe_duration_seconds_bucket{{{labels}, le="1"}}': "0+1x15",
            }
        for place, samples in {
            "Where the workers' time goes / A": {'{worker="native gil"}': 0.5},
            "Countdown speed, runtimes side by side / A": {'{instance="a", runtime="native", probe="gil"}': 120},
            "Durations, one at a time / A": {'{le="1"}': 4},
            "Durations, in parallel / A": {},
        }.items():
            with self.subTest(place):
                self.evaluates("gil-host.json", place, series, samples)

    def test_exporters_without_the_label_work_count_down_only(self):
        of = 'job="gil", instance="a", runtime="native"'
        series = {
            f'gil_probe_info{{{of}, probe="gil", shares_lock="true", reference="false"}}': "1x15",
            f'gil_probe_iterations_total{{{of}, probe="gil"}}': "0+120x15",
            f'gil_probe_duration_seconds_sum{{{of}, probe="gil"}}': "0+1x15",
        }
        samples = {'{instance="a", runtime="native", probe="gil"}': 120}
        self.evaluates("gil-host.json", "Countdown speed, runtimes side by side / A", series, samples)

    def test_the_latency_is_shown_beside_the_expected_one(self):
        place, of = "How late an I/O thread is", 'job="gil", instance="a", runtime="native"'
        # Nine of ten delays between 5 and 5.5 ms.
        series = {
            f'gil_probe_latency_seconds_bucket{{{of}, probe="latency", lock="shared", le="{limit}"}}': f"0+{count}x15"
            for limit, count in (("0.005", 1), ("0.0055", 10), ("+Inf", 10))
        }
        labels = '{instance="a", runtime="native", lock="shared"}'
        self.evaluates("gil-host.json", f"{place} / A", series, {labels: 0.005222})
        self.evaluates("gil-host.json", f"{place} / B", series, {labels: 0.005444})
        series = {
            f'gil_probe_workers{{{of}, probe="latency"}}': "4x15",
            f'gil_probe_workers{{{of}, probe="gil"}}': "8x15",
            f"gil_runtime_switch_interval_seconds{{{of}}}": "0.005x15",
        }
        self.evaluates("gil-host.json", f"{place} / C", series, {'{instance="a"}': 0.015})

    def test_times_of_reference_counts_are_per_pair_and_thread(self):
        series: dict[str, str] = {}
        # Microseconds, which promtool does not round away: one thread alone takes 20, each of two 100.
        for workers, pairs, seconds in ((1, 1e6, 20), (2, 1e6, 100)):
            labels = (
                f'job="gil", instance="a", runtime="native", scheme="atomic", sharing="shared", workers="{workers}"'
            )
            series[f"gil_refcount_pairs_total{{{labels}}}"] = f"0+{pairs:.0f}x15"
            series[f"gil_refcount_worker_seconds_total{{{labels}}}"] = f"0+{seconds}x15"
        place, labels = "Reference counts: time for one pair", '{object="native atomic shared"}'
        self.evaluates("gil-host.json", f"{place} / A", series, {labels: 20e-6})
        self.evaluates("gil-host.json", f"{place} / B", series, {labels: 100e-6})
        alone = 'job="gil", instance="a", runtime="native", sharing="private", workers="1"'
        series = {
            f'gil_refcount_last_pair_seconds{{{alone}, scheme="unprotected"}}': "0.001x15",
            f'gil_refcount_last_pair_seconds{{{alone}, scheme="atomic"}}': "0.005x15",
        }
        place = "Reference counts: one thread, private objects / B"
        self.evaluates("gil-host.json", place, series, {'{instance="a"}': 0.002})

    def test_lost_updates_are_compared_with_the_pairs_that_share_an_object(self):
        of = 'job="gil", instance="a", runtime="native", scheme="unprotected"'
        series = {
            f'gil_refcount_pairs_total{{{of}, sharing="{sharing}", workers="{workers}"}}': "0+1000x15"
            for sharing in ("shared", "private")
            for workers in (1, 2)
        }
        series |= {
            f'gil_refcount_lost_updates_total{{{of}, effect="leak"}}': "0+100x15",
            f'gil_refcount_lost_updates_total{{{of}, effect="premature_release"}}': "0x15",
        }
        labels = 'instance="a", runtime="native", scheme="unprotected"'
        samples = {f'{{{labels}, effect="leak"}}': 0.1, f'{{{labels}, effect="premature_release"}}': 0}
        self.evaluates("gil-host.json", "Reference counts: lost updates / A", series, samples)

    def test_a_failure_names_its_probe_and_reason(self):
        of = 'job="gil", instance="a", runtime="python3", reason="crash"'
        failures = {
            f'gil_probe_failures_total{{{of}, probe="gil"}}': "0+0.6x15",
            f'gil_probe_failures_total{{{of}, probe="single"}}': "0x15",
        }
        labels = '{instance="a", runtime="python3", probe="gil", reason="crash"}'
        self.evaluates("gil-host.json", "Failures and warnings / A", failures, {labels: 0.01})

    def test_the_functions_of_the_whole_range_are_shown_the_worst_first(self):
        of, metric = 'job="gil", instance="a", group="web"', "gil_process_function_wait_seconds_total"
        named = {name: f'{of}, function="{name}", file="/srv/{name}.py"' for name in ("dump", "match", "idle")}
        # "match" stopped some minutes ago; nobody waits for "idle", nor in the group "feed".
        series = {
            f"{metric}{{{named['dump']}}}": "0+36x15",
            f"{metric}{{{named['match']}}}": "0+36x12 432x3",
            f"{metric}{{{named['idle']}}}": "0x15",
            f'{metric}{{{of}, function="<other>", file=""}}': "0+12x15",
            f'{metric}{{job="gil", instance="a", group="feed", function="<other>", file=""}}': "0x15",
        }
        # An empty label is none.
        other = f'{{{of}, function="<other>"}}'
        for place, samples in {
            "Functions that make others wait / A": {"dump": 0.6, "match": 0.15, other: 0.2},
            "Functions that make others wait / B": {"dump": 0.631579, "match": 0.157895, other: 0.210526},
            "Threads that wait, by the function that holds the lock / A": {"dump": 0.6, "match": 0.15, other: 0.2},
        }.items():
            with self.subTest(place):
                labelled = {f"{{{named[name]}}}" if name in named else name: value for name, value in samples.items()}
                self.evaluates("gil-processes.json", place, series, labelled)

    def test_a_service_with_long_holds_is_limited_by_its_lock(self):
        recorded = {
            name: f"instance_group:gil_process{metric}"
            for name, metric in {
                "saturated": "es_saturated:avg10m",
                "waiting": "_busiest_waiting_threads:avg10m",
                "held": "_held:ratio_rate10m",
                "demand": "_demand:rate10m",
                "long holds": "_long_hold:ratio_rate10m",
            }.items()
        }

        def group(name, *values):
            of = f'job="gil", instance="a", group="{name}"'
            return {f"{metric}{{{of}}}": f"{value}x15" for metric, value in zip(recorded.values(), values)}

        # More calm services than the table has, all with more demand than the one with long holds.
        series = group("report", 0, 0.1, 0.2, 0.3, 0.1) | group("web", 1, 1.5, 0.9, 3, 0.05)
        for number in range(25):
            series |= group(f"calm-{number}", 0, 0, 0.4, 1 + number, 0)
        self.evaluates("gil-fleet.json", "Services that their lock limits / A", series, {"{}": 2})
        place = "Services, those that their lock limits first / E"
        calm = [f"calm-{number}" for number in range(5, 25)]
        samples = dict.fromkeys(calm, 0) | {"report": 0.1, "web": 0.05}
        samples = {f'{{job="gil", instance="a", group="{name}"}}': value for name, value in samples.items()}
        self.evaluates("gil-fleet.json", place, series, samples)

    def test_expressions_without_data_on_a_healthy_host(self):
        for dashboard, place, series, samples in made_up.EXPRESSIONS:
            with self.subTest(dashboard=dashboard, place=place):
                self.evaluates(dashboard, place, series, samples)

    def test_an_expression_with_another_result_is_reported(self):
        for samples in ({}, {"{}": 2}, {"{}": 1, '{job="gil"}': 1}):
            self.assertNotEqual(complaints(case("sum(up)", {'up{job="gil"}': "1x15"}, samples)), "")


if __name__ == "__main__":
    unittest.main()
