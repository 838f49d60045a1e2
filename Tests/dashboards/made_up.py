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


def runtime(instance, version):
    return f'gil_runtime_info{{job="gil", instance="{instance}", runtime="python3", version="{version}"}}'


def oldest(group):
    return f'gil_process_oldest_start_time_seconds{{job="gil", instance="a", group="{group}"}}'


def processes(group, version):
    return f'gil_processes{{job="gil", instance="a", group="{group}", version="{version}"}}'


ALERTED = 'job="gil", instance="a", group="web"'

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
    # Only when something has changed: in the last minutes, but not before.
    (
        "gil-host.json",
        "annotation Interpreters",
        {
            runtime("a", "3.11.7"): "1x13",
            runtime("a", "3.12.1"): "_x14 1x2",
            # A new host, with its first version.
            runtime("b", "3.12.1"): "_x14 1x2",
        },
        {'{instance="a", runtime="python3", version="3.12.1"}': 1},
    ),
    *(
        (
            dashboard,
            "annotation Exporter versions",
            {
                'gil_exporter_build_info{job="gil", instance="a", version="1.0.0"}': "1x15",
                'gil_exporter_build_info{job="gil", instance="b", version="1.1.0"}': "_x14 1x2",
            },
            {'{version="1.1.0"}': 1},
        )
        for dashboard in ("gil-fleet.json", "gil-host.json")
    ),
    (
        "gil-host.json",
        "annotation Exporter restarts",
        {
            'process_start_time_seconds{job="gil", instance="a"}': "100x13 900x2",
            'process_start_time_seconds{job="gil", instance="b"}': "100x15",
        },
        {'{instance="a"}': 1},
    ),
    *(
        (
            dashboard,
            "annotation Restarts",
            {oldest("web"): "100x13 900x2", oldest("feed"): "100x15"},
            {'{instance="a", group="web"}': 1},
        )
        for dashboard in ("gil-fleet.json", "gil-processes.json")
    ),
    (
        "gil-processes.json",
        "annotation Python versions",
        {
            processes("web", "3.11.7"): "4x13 0x2",
            processes("web", "3.12.1"): "_x14 4x2",
            # A new group, with its first version.
            processes("feed", "3.12.1"): "_x14 1x2",
        },
        {'{instance="a", group="web", version="3.12.1"}': 4},
    ),
    # Only alerts that wait for the end of their "for", or fire.
    *(
        (
            dashboard,
            "Alerts / A",
            {
                f'ALERTS{{alertname="GILBoundProcesses", alertstate="firing", severity="warning", {ALERTED}}}': "1x15",
                f'ALERTS{{alertname="Other", alertstate="firing", severity="warning", {ALERTED}}}': "1x15",
            },
            {f'{{alertname="GILBoundProcesses", alertstate="firing", severity="warning", {ALERTED}}}': 1},
        )
        for dashboard in ("gil-fleet.json", "gil-host.json", "gil-processes.json")
    ),
    # Only where code does not release the lock: six holds of 0.25 s a minute.
    (
        "gil-processes.json",
        "How long a long hold takes / A",
        {
            f"gil_process_long_holds_total{{{ALERTED}}}": "0+6x15",
            f"gil_process_long_hold_seconds_total{{{ALERTED}}}": "0+1.5x15",
            'gil_process_long_holds_total{job="gil", instance="a", group="calm"}': "0x15",
            'gil_process_long_hold_seconds_total{job="gil", instance="a", group="calm"}': "0x15",
        },
        {f"{{{ALERTED}}}": 0.25},
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
