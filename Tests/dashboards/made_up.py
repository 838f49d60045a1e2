"""Made-up series for expressions that have no data on a healthy host, or only on some hosts.

Each entry has the dashboard, the place in it, the series, and the expected samples.
"""

PROBE = 'job="gil", instance="a", runtime="native", probe="subinterpreter"'

# 2 s of workers' time per minute: 1 s CPU, 0.4 s run queue, 0.5 s lock wait, and 0.1 s of none of them.
SUBINTERPRETER = {
    f"gil_probe_worker_seconds_total{{{PROBE}}}": "0+2x15",
    f'gil_probe_cpu_seconds_total{{{PROBE}, mode="user"}}': "0+0.75x15",
    f'gil_probe_cpu_seconds_total{{{PROBE}, mode="system"}}': "0+0.25x15",
    f"gil_probe_run_queue_seconds_total{{{PROBE}}}": "0+0.4x15",
    f"gil_probe_lock_wait_seconds_total{{{PROBE}}}": "0+0.5x15",
}


def disturbed(probe, reason):
    labels = f'job="gil", instance="a", runtime="native", probe="{probe}", reason="{reason}"'
    return f"gil_probe_disturbed_runs_total{{{labels}}}"


EXPRESSIONS = [
    # python3 supports subinterpreters from 3.12 on, the native runtime does not.
    ("gil-host.json", "subinterpreter / A", SUBINTERPRETER, {'{probe="subinterpreter"}': 0.5}),
    ("gil-host.json", "subinterpreter / B", SUBINTERPRETER, {'{probe="subinterpreter"}': 0.2}),
    ("gil-host.json", "subinterpreter / C", SUBINTERPRETER, {'{probe="subinterpreter"}': 0.25}),
    ("gil-host.json", "subinterpreter / D", SUBINTERPRETER, {'{probe="subinterpreter"}': 0.05}),
    (
        "gil-fleet.json",
        "Hosts, the worst first ($runtime) / F",
        {f"instance_runtime_probe:gil_probe_speedup:ratio_mean30m{{{PROBE}}}": "1.5x15"},
        {'{job="gil", instance="a"}': 1.5},
    ),
    # Only if the machine disturbs: two measurements per hour, in two probes.
    (
        "gil-host.json",
        "annotation Disturbed measurements",
        {
            disturbed("gil", "steal"): "0+0.6x15",
            disturbed("single", "steal"): "0+0.6x15",
            disturbed("gil", "affinity"): "0x15",
        },
        {'{instance="a", reason="steal"}': 0.02},
    ),
    # Only if such processes exist.
    (
        "gil-processes.json",
        "Not observable, by reason / A",
        {
            'gil_process_unobservable{job="gil", instance="a", group="db", reason="permission"}': "2x15",
            'gil_process_unobservable{job="gil", instance="a", group="web", reason="permission"}': "1x15",
            'gil_process_unobservable{job="gil", instance="a", group="web", reason="version"}': "0x15",
        },
        {'{instance="a", reason="permission"}': 3},
    ),
]

PLACES = {(dashboard, place) for dashboard, place, _, _ in EXPRESSIONS}
