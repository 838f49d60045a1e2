"""What the DaemonSet asks for is enough, and what is lost without it: the table of Documentation/kubernetes.md.

The image runs in a container with the user, capabilities, seccomp profile and mounts that the chart asks for,
beside pods with namespaces of their own.
"""

import os
import signal
import tempfile
import time
import unittest
import urllib.error
from pathlib import Path

from Tests.dashboards.prometheus import Prometheus, free_port

from . import chart, monitors, node
from .node import Node

SYS_PTRACE, SYS_NICE, DAC_READ_SEARCH = 19, 23, 2
LIMITED = "gil_exporter_observation_limited"
# Seconds between two scans.
SCAN = 5
MUSL, PRIVATE, USER_NAMESPACE = "lab/musl/job", "lab/private/app", "shop/report-0/report"


def without(*names):
    """Takes capabilities away."""

    def change(pod, container):
        capabilities = container["securityContext"]["capabilities"]
        capabilities["add"] = [name for name in capabilities["add"] if name not in names]

    return change


def set_to(bits):
    return f"{sum(1 << bit for bit in bits):016x}"


class Containers(unittest.TestCase):
    node: Node

    @classmethod
    def setUpClass(cls):
        reason = node.missing()
        if reason:
            assert not os.environ.get("CI"), reason
            raise unittest.SkipTest(reason)
        cls.node = cls.enterClassContext(Node())

    def groups(self, *excluded):
        return {each.group for each in self.node.workloads} - set(excluded)

    def observed(self, exporter):
        """The groups of pods that are observed, and those that are not, with their reasons."""
        processes = {label(series, "group") for series, value in exporter.find("gil_processes").items() if value}
        unobservable = {
            label(series, "group"): label(series, "reason")
            for series, value in exporter.find("gil_process_unobservable").items()
            if value
        }
        pods = {each.group for each in self.node.workloads}
        return processes & pods, {group: why for group, why in unobservable.items() if group in pods}

    def await_observed(self, exporter, groups, unobservable):
        def check():
            found = self.observed(exporter)
            assert found == (groups, unobservable), f"{found}\n{exporter.state()}"
            return True

        exporter.await_true(check)

    def test_one_capability_is_enough(self):
        with self.node.exporter() as exporter:
            self.await_observed(exporter, self.groups(PRIVATE), {MUSL: "libc", PRIVATE: "image"})
            status = exporter.status()
            for key in "CapPrm", "CapEff", "CapBnd":
                self.assertEqual(status[key], set_to([SYS_PTRACE]), key)
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"], status["CapAmb"]), ("1", "2", set_to([])))
            limits = {label(series, "limit") for series, on in exporter.find(LIMITED).items() if on}
            # The node of the test is in a pid namespace itself.
            self.assertEqual(limits - {"pid_namespace"}, set())
            for group in self.groups(PRIVATE):
                exporter.await_true(lambda: sum(exporter.find("gil_process_held_seconds_total", group=group).values()))

    def test_groups_carry_the_identity_of_their_pods(self):
        with self.node.exporter() as exporter:
            self.await_observed(exporter, self.groups(PRIVATE), {MUSL: "libc", PRIVATE: "image"})
            for each in self.node.workloads:
                with self.subTest(each.group):
                    expected = {
                        "namespace": each.namespace,
                        "pod": each.pod,
                        "container": each.container,
                        "container_id": each.container_id,
                        "pod_uid": each.uid,
                    }
                    self.assertEqual(len(exporter.find("gil_process_group_info", group=each.group, **expected)), 1)

    def test_the_kubelet_and_prometheus_get_answers(self):
        with self.node.exporter() as exporter:
            for probe in "livenessProbe", "readinessProbe":
                path = chart.container()[probe]["httpGet"]["path"]
                exporter.await_true(lambda: exporter.get(path))
            self.assertIn("probing", exporter.get("/api/v1/configuration"))

    def test_prometheus_names_series_by_node_and_pod(self):
        for kind in monitors.SWITCHES:
            with self.subTest(kind), self.node.exporter() as exporter, tempfile.TemporaryDirectory() as folder:
                self.await_observed(exporter, self.groups(PRIVATE), {MUSL: "libc", PRIVATE: "image"})
                target = {"targets": [f"127.0.0.1:{exporter.port}"], "labels": monitors.LABELS}
                scrape = {**monitors.scrape_of(kind), "scrape_interval": "1s", "static_configs": [target]}
                with Prometheus(folder, free_port(), [], [scrape], "1s") as prometheus:
                    self.look_at_series(prometheus)

    def look_at_series(self, prometheus):
        held = "gil_process_held_seconds_total"
        names = ("namespace", "pod", "container")
        join = f"{held} * on (instance, group) group_left ({', '.join(names)}) gil_process_group_info"
        prometheus.wait_for(join, 30)
        (up,) = prometheus.query("up")
        self.assertEqual(up["metric"], {"__name__": "up", "instance": "node-1", "node": "node-1", "job": "gil"})
        for series in prometheus.query(held):
            self.assertLessEqual(series["metric"].keys(), {"__name__", "group", "instance", "node", "job"})
        joined = {"/".join(series["metric"][name] for name in names) for series in prometheus.query(join)}
        self.assertEqual(joined, self.groups(PRIVATE))

    def test_passwords_of_a_secret_protect_all_but_the_health(self):
        word = "$2y$05$8TFOe1nDVTbPRVOuY81CbOCyFLEpkcuSUqPGiifKPP95PJXUFKAXq"
        for more in {}, {"privileges": {"nonRoot": True}}:
            values = {"web": {"existingSecret": "web"}, **more}
            secret = {"web.yml": f"basic_auth_users:\n  prometheus: {word}\n"}
            with self.subTest(more), self.node.exporter(values, secret=secret) as exporter:
                for path in "/-/healthy", "/-/ready":
                    exporter.await_true(lambda: exporter.get(path, exporter.health))
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    exporter.get("/metrics")
                self.assertEqual(refused.exception.code, 401)

    def test_sigterm_ends_it_in_the_grace_period(self):
        with self.node.exporter() as exporter:
            exporter.await_true(exporter.samples)
            os.kill(exporter.container.pid, signal.SIGTERM)
            grace = chart.pod()["terminationGracePeriodSeconds"]
            self.assertEqual(exporter.container.process.wait(grace), 0)

    def test_no_probe_runs_by_default(self):
        with self.node.exporter() as exporter:
            exporter.await_true(exporter.samples)
            self.assertEqual(exporter.find("gil_probe_info"), {})
            children = Path(f"/proc/{exporter.container.pid}/task/{exporter.container.pid}/children").read_text()
            self.assertEqual(children, "")

    def test_probes_run_if_they_are_asked_for(self):
        config = {"probing": {"enabled": True, "probes": ["single", "gil"]}, "runtimes": {"discover": "none"}}
        with self.node.exporter({"config": config}) as exporter:
            exporter.await_true(lambda: sum(exporter.find("gil_probe_runs_total").values()) == 2)

    def test_without_sys_ptrace_pods_are_only_counted(self):
        with self.node.exporter(change=without("SYS_PTRACE")) as exporter:
            # The user who made a user namespace has all capabilities in it, and runtimes are root: user_namespaces(7).
            others = self.groups(USER_NAMESPACE)
            self.await_observed(exporter, {USER_NAMESPACE}, dict.fromkeys(others, "permission"))
            self.assertEqual(exporter.find(LIMITED, limit="capability"), {f'{LIMITED}{{limit="capability"}}': 1})

    def test_without_host_pid_no_pod_is_seen(self):
        def change(pod, container):
            pod["hostPID"] = False

        with self.node.exporter(change=change) as exporter:
            exporter.await_true(lambda: exporter.find("gil_exporter_observation_scan_duration_seconds_count") or True)
            time.sleep(2 * SCAN)
            self.assertEqual(self.observed(exporter), (set(), {}))
            self.assertEqual(exporter.find(LIMITED, limit="pid_namespace"), {f'{LIMITED}{{limit="pid_namespace"}}': 1})

    def test_without_the_pod_logs_pods_name_themselves(self):
        with self.node.exporter({"podLogs": {"enabled": False}}) as exporter:
            # Which of its containers is unknown.
            pods = {f"{each.namespace}/{each.pod}" for each in self.node.workloads if each.group != PRIVATE}
            for pod in pods:
                exporter.await_true(lambda: exporter.find("gil_processes", group=pod))
            self.assertEqual(exporter.find("gil_process_group_info", container="report"), {})

    def test_dac_read_search_finds_private_interpreters(self):
        for other in False, True:
            values = {"privileges": {"readAllFiles": True, "nonRoot": other}}
            with self.subTest(nonRoot=other), self.node.exporter(values) as exporter:
                self.await_observed(exporter, self.groups(), {MUSL: "libc"})
                self.assertEqual(exporter.status()["CapEff"], set_to([SYS_PTRACE, DAC_READ_SEARCH]))

    def test_sys_nice_lets_the_sampler_run_first(self):
        for values, policies in ({}, {0}), ({"privileges": {"realtime": True}}, {0, 1}):
            with self.subTest(values), self.node.exporter(values) as exporter:
                exporter.await_true(lambda: exporter.find("gil_processes"))
                tasks = [int(name) for name in os.listdir(f"/proc/{exporter.container.pid}/task")]
                # SCHED_FIFO is 1: sched(7).
                found = {os.sched_getscheduler(task) & ~os.SCHED_RESET_ON_FORK for task in tasks}
                self.assertEqual(found, policies)

    def test_another_user_observes_by_the_capability_of_the_file(self):
        other = {"privileges": {"nonRoot": True}}
        with self.node.exporter(other) as exporter:
            self.await_observed(exporter, self.groups(PRIVATE), {MUSL: "libc", PRIVATE: "image"})
            status = exporter.status()
            self.assertEqual((status["CapEff"], status["NoNewPrivs"]), (set_to([SYS_PTRACE]), "1"))
            self.assertEqual(status["Uid"].split()[0], "65532")
        with self.node.exporter(other, change=without("SYS_PTRACE")) as exporter:
            self.await_observed(exporter, set(), dict.fromkeys(self.groups(), "permission"))
            self.assertEqual(exporter.status()["CapEff"], set_to([]))


def label(series, name):
    return series.partition(f'{name}="')[2].partition('"')[0]
