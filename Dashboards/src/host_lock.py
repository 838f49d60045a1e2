"""What the lock is for, and how late it makes threads: the probes `refcount` and `latency`."""

from grafana_foundation_sdk.models import common as look

from .panels import bars, heat, ideal, ideal_of_one, joined, lines
from .queries import buckets, over_time, quantile, rate, rows, select

CHOSEN = 'runtime=~"$runtime"'
ONE = 'workers="1"'
SEVERAL = 'workers!="1"'
SCHEME = "{{runtime}} {{scheme}} {{sharing}} ({{instance}})"


def lock_panels():
    return [latency(), pair_times(), private_pairs(), speedups(), lost_updates()]


def latency():
    labels = "instance, runtime, lock"
    series = "{{runtime}}, lock {{lock}} ({{instance}})"
    workers = select("gil_probe_workers", CHOSEN, 'probe="latency"')
    interval = select("gil_runtime_switch_interval_seconds", CHOSEN)
    return (
        ideal(
            lines(
                "How late an I/O thread is",
                "Delay of a thread that wakes up every millisecond beside threads that compute: the median, and the "
                "delay that nine of ten wake-ups stay below. With a shared lock expect one switch interval for each "
                "other thread (dashed); with a lock of its own or none, nearly 0.",
                "s",
                over_time(quantile(0.5, "gil_probe_latency_seconds", labels, CHOSEN), f"median, {series}"),
                over_time(quantile(0.9, "gil_probe_latency_seconds", labels, CHOSEN), f"90 %, {series}"),
                over_time(
                    f"max by (instance) (({workers} - 1) * on (job, instance, runtime) {interval})",
                    "expected with a shared lock ({{instance}})",
                ),
            ),
            "expected .*",
        )
        .span(24)
        .height(9)
    )


def pair_times():
    def labelled(*matchers):
        labels = "runtime, scheme, sharing"
        took = f"sum by ({labels}) ({rate('gil_refcount_worker_seconds_total', CHOSEN, *matchers)})"
        pairs = f"sum by ({labels}) ({rate('gil_refcount_pairs_total', CHOSEN, *matchers)})"
        objects = f'label_join({took} / {pairs}, "object", " ", "runtime", "scheme", "sharing")'
        return rows(f"max by (object) ({objects})")

    panel = bars(
        "Reference counts: time for one pair",
        "Time that a thread takes to increment and decrement a reference count, alone and beside others. shared: all "
        "threads use the same objects. private: each has its own. All schemes but unprotected are correct.",
        "s",
        labelled(ONE),
        labelled(SEVERAL),
    )
    return (
        joined(panel, object="Scheme", A="One thread", B="All threads")
        .x_field("Scheme")
        .orientation(look.VizOrientation.HORIZONTAL)
        .show_value(look.VisibilityMode.NEVER)
        .min(0)
        .span(12)
        .height(12)
    )


def private_pairs():
    def alone(*matchers):
        return select("gil_refcount_last_pair_seconds", CHOSEN, 'sharing="private"', ONE, *matchers)

    unprotected = alone('scheme="unprotected"')
    return (
        ideal(
            lines(
                "Reference counts: one thread, private objects",
                "Time for one pair in the newest round, where nobody contends: the price that every program pays for a "
                "scheme. Expect biased below the dashed line, which is twice unprotected, and atomic at or above 1.5 "
                "times unprotected.",
                "s",
                over_time(alone(), "{{runtime}} {{scheme}} ({{instance}})"),
                over_time(f"2 * max by (instance) ({unprotected})", "twice unprotected ({{instance}})"),
            ),
            "twice .*",
        )
        .span(12)
        .height(12)
    )


def speedups():
    workers = select("gil_probe_workers", CHOSEN, 'probe="refcount"')
    return (
        ideal(
            ideal_of_one(
                lines(
                    "Reference counts: speedup of several threads",
                    "Duration with one thread divided by that with all, newest round. The dashed lines are expected: "
                    "the number of threads for private objects without a GIL, and at most 1 for shared objects.",
                    "none",
                    over_time(select("gil_refcount_last_speedup_ratio", CHOSEN), SCHEME),
                    over_time(f"max by (instance) ({workers})", "ideal ({{instance}})"),
                )
            ),
            "ideal .*",
        )
        .decimals(2)
        .span(12)
        .height(10)
    )


def lost_updates():
    labels = "instance, runtime, scheme"
    lost = rate("gil_refcount_lost_updates_total", CHOSEN)
    # Only threads that share objects lose updates.
    pairs = rate("gil_refcount_pairs_total", CHOSEN, 'sharing="shared"', SEVERAL)
    return (
        lines(
            "Reference counts: lost updates",
            "Updates lost per pair, where several threads share objects. leak: they would never be released. "
            "premature_release: they would be released while in use. Expect more than 0 for unprotected only.",
            "percentunit",
            over_time(
                f"sum by ({labels}, effect) ({lost}) / ignoring (effect) group_left () sum by ({labels}) ({pairs})",
                "{{runtime}} {{scheme}}: {{effect}} ({{instance}})",
            ),
        )
        .span(12)
        .height(10)
    )


def latency_by_runtime():
    bucket = select("gil_probe_latency_seconds_bucket", CHOSEN, 'lock="shared"')
    return (
        heat(
            "Delays of an I/O thread, shared lock",
            "Delay of a thread that wakes up beside threads that compute and needs their lock. One band at the switch "
            "interval is normal. No data: the runtime has no shared lock.",
            "s",
            buckets(f"sum by (le) (increase({bucket}[$__rate_interval]))"),
        )
        .span(8)
        .height(8)
    )
