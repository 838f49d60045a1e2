"""The queries of Documentation/kubernetes-queries.md, answered by a real Prometheus about a made-up cluster."""

import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from . import dashboards
from .prometheus import Prometheus, free_port

PAGE = dashboards.ROOT / "Documentation/kubernetes-queries.md"
MINUTES, STEP = 20, 15


def container(letter):
    return f"containerd://{letter * 64}"


# The node, the group, its identity, and threads that wait. Counters have the labels of the exporter's own pod, too.
GROUPS = [
    ("a", "shop/web-7f9c6d5b4c-x2k8p/app", ("shop", "web-7f9c6d5b4c-x2k8p", "app", container("1")), 2),
    ("b", "shop/web-7f9c6d5b4c-b4c5d/app", ("shop", "web-7f9c6d5b4c-b4c5d", "app", container("2")), 1),
    ("b", "shop/web-7f9c6d5b4c-b4c5d/proxy", ("shop", "web-7f9c6d5b4c-b4c5d", "proxy", container("3")), 0.125),
    ("a", "shop/db-0/db", ("shop", "db-0", "db", container("4")), 0.5),
    ("b", "kube-system/agent-zx9vk/agent", ("kube-system", "agent-zx9vk", "agent", container("5")), 0.25),
    # Only its identifier is known.
    ("a", "pod/9729a196c4723b60ab401eaff722982d", ("", "", "", container("6")), 3),
    # Services of the hosts, of which one is in a container.
    ("a", "shop.service", None, 4),
    ("a", "app.py", ("", "", "", f"docker://{'7' * 64}"), 8),
]
# As kube-state-metrics knows them: pod, its owner, the node, the label, and the containers.
PODS = [
    (("shop", "web-7f9c6d5b4c-x2k8p"), ("ReplicaSet", "web-7f9c6d5b4c"), "a", "web", {"app": container("1")}),
    (
        ("shop", "web-7f9c6d5b4c-b4c5d"),
        ("ReplicaSet", "web-7f9c6d5b4c"),
        "b",
        "web",
        {"app": container("2"), "proxy": container("3"), "starting": ""},
    ),
    (("shop", "db-0"), ("StatefulSet", "db"), "a", "db", {"db": container("4")}),
    (("kube-system", "agent-zx9vk"), ("DaemonSet", "agent"), "b", "agent", {"agent": container("5")}),
    (("shop", "late-0"), ("StatefulSet", "late"), "a", "late", {"app": container("6")}),
    (("shop", "no-python-0"), ("StatefulSet", "no-python"), "a", "none", {"app": container("8")}),
]


def labelled(name, **labels):
    pairs = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return f"{name}{{{pairs}}}"


def series():
    """The families, each with what its series gain per second; None: they are always 1."""
    families: dict[str, dict[str, float | None]] = {}
    wait = families.setdefault("gil_process_wait_seconds", {})
    info = families.setdefault("gil_process_group_info", {})
    for node, group, identity, threads in GROUPS:
        exporter = {"namespace": "monitoring", "pod": f"gil-exporter-{node}", "container": "gil-exporter"}
        labels = labelled("gil_process_wait_seconds_total", job="gil", instance=node, group=group, **exporter)
        wait[labels] = threads
        if identity is None:
            continue
        namespace, pod, name, identifier = identity
        uid = "" if group == "app.py" else "1d2c3b4a-0123-4567-89ab-cdef01234567"
        names = {"namespace": namespace, "pod": pod, "container": name, "container_id": identifier, "pod_uid": uid}
        info[labelled("gil_process_group_info", job="gil", instance=node, group=group, **names)] = None
    for (namespace, pod), (kind, owner), node, label, containers in PODS:
        names = {"job": "kube-state-metrics", "instance": "ksm", "namespace": namespace, "pod": pod}

        def add(name, names=names, **labels):
            families.setdefault(name, {})[labelled(name, **names, **labels)] = None

        add("kube_pod_info", node=node, created_by_kind=kind, created_by_name=owner)
        add("kube_pod_owner", owner_kind=kind, owner_name=owner, owner_is_controller="true")
        add("kube_pod_labels", label_app_kubernetes_io_name=label)
        for container_name, identifier in containers.items():
            add("kube_pod_container_info", container=container_name, container_id=identifier, image=f"{label}:1")
    return families


def exposition(end):
    """OpenMetrics with timestamps, series by series."""
    for name, members in series().items():
        yield f"# TYPE {name} {'counter' if name.endswith('_seconds') else 'gauge'}"
        for labels, gain in members.items():
            for seconds in range(0, MINUTES * 60, STEP):
                yield f"{labels} {1 if gain is None else gain * seconds} {end - MINUTES * 60 + seconds}"
    yield "# EOF\n"


def queries():
    """The expression of each query, by the heading and its number below that."""
    found = {}
    for heading, text in re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S):
        for number, query in enumerate(re.findall(r"^```promql\n(.*?)^```", text, re.M | re.S), 1):
            found[heading, number] = query
    return found


class KubernetesTests(unittest.TestCase):
    server: Prometheus
    end: int

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.end = int(time.time()) - 60
        (folder / "series.txt").write_text("\n".join(exposition(cls.end)))
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics"]
        subprocess.run([*command, folder / "series.txt", folder / "data"], check=True, capture_output=True)
        cls.server = cls.enterClassContext(Prometheus(folder, free_port(), [], [], interval="1m"))
        cls.server.wait_for("vector(1)", 60)

    def value(self, query):
        (row,) = self.server.get("query", query=query, time=self.end - 5 * 60)["result"]
        return float(row["value"][1])

    def answer(self, query, *labels):
        rows = self.server.get("query", query=query, time=self.end - 5 * 60)["result"]
        for row in rows:
            self.assertEqual(set(row["metric"]), set(labels))
        return {tuple(row["metric"][label] for label in labels): float(row["value"][1]) for row in rows}

    def compare(self, answer, expected):
        self.assertEqual(answer.keys(), expected.keys())
        for labels, value in expected.items():
            self.assertAlmostEqual(answer[labels], value, places=6, msg=labels)

    def test_every_query_of_the_page_is_tested(self):
        names = {f"test_{heading.lower().replace(' ', '_')}_{number}" for heading, number in queries()}
        self.assertEqual(names, {name for name in dir(self) if re.fullmatch(r"test_.*_\d", name)})

    def test_by_container_1(self):
        expected = {identity[:3]: threads for _, _, identity, threads in GROUPS if identity and identity[1]}
        self.assertEqual(len(expected), 5)
        labels = ("namespace", "pod", "container")
        self.compare(self.answer(queries()["By container", 1], *labels), expected)

    def test_by_image_1(self):
        answer = self.answer(queries()["By image", 1], "namespace", "pod", "container", "image")
        self.assertEqual(len(answer), 6)
        self.assertAlmostEqual(answer["shop", "late-0", "app", "late:1"], 3)
        self.assertAlmostEqual(answer["shop", "web-7f9c6d5b4c-b4c5d", "proxy", "web:1"], 0.125)

    def test_by_node_1(self):
        self.compare(self.answer(queries()["By node", 1], "node"), {("a",): 2.5, ("b",): 1.375})

    def test_by_owner_1(self):
        expected = {
            ("shop", "ReplicaSet", "web-7f9c6d5b4c"): 3.125,
            ("shop", "StatefulSet", "db"): 0.5,
            ("kube-system", "DaemonSet", "agent"): 0.25,
        }
        self.compare(self.answer(queries()["By owner", 1], "namespace", "owner_kind", "owner_name"), expected)

    def test_by_owner_2(self):
        expected = {("shop", "web"): 3.125, ("shop", "db"): 0.5, ("kube-system", "agent"): 0.25}
        self.compare(self.answer(queries()["By owner", 2], "namespace", "workload"), expected)

    def test_by_label_of_the_pods_1(self):
        expected = {("web",): 3.125, ("db",): 0.5, ("agent",): 0.25}
        self.compare(self.answer(queries()["By label of the pods", 1], "label_app_kubernetes_io_name"), expected)

    def test_without_the_runtime_the_identifiers_still_match(self):
        (replacement,) = re.findall(r"`(label_replace\(kube_pod_container_info,[^`]*)`", PAGE.read_text())
        query = queries()["By image", 1].replace('kube_pod_container_info{container_id!=""}', replacement)
        # As if the exporter knew no runtime.
        info = 'gil_process_group_info{pod_uid!="", container_id!=""}'
        bare = f'label_replace({info}, "container_id", "$1", "container_id", ".*://(.*)")'
        answer = self.answer(query.replace(info, bare), "namespace", "pod", "container", "image")
        self.assertEqual(len(answer), 6)

    def test_the_dashboard_of_processes_is_limited_to_namespaces_pods_and_containers(self):
        place = "CPU, lock wait and run queue of all threads / B"
        expression = dashboards.expression_at("gil-processes.json", place)
        self.assertIn("gil_process_wait_seconds_total", expression)
        for chosen, expected in [
            ({}, 18.875),
            ({"$namespace": "shop"}, 3.625),
            ({"$namespace": "(shop|kube-system)"}, 3.875),
            ({"$pod": "(web-7f9c6d5b4c-x2k8p|db-0)"}, 2.5),
            ({"$namespace": "shop", "$container": "proxy"}, 0.125),
            ({"$namespace": "kube"}, None),
        ]:
            query = expression
            for name, value in chosen.items():
                query = query.replace(name, value)
            query = dashboards.filled_in(query, rate_interval="5m")
            with self.subTest(chosen):
                if expected is None:
                    self.assertEqual(self.answer(query), {})
                else:
                    self.assertAlmostEqual(self.value(query), expected)

    def test_the_choices_of_the_dashboard_are_those_of_the_cluster(self):
        choices = dashboards.variables(dashboards.load_dashboards()["gil-processes.json"])
        for name, expected in [
            ("namespace", {"shop", "kube-system"}),
            ("pod", {"web-7f9c6d5b4c-x2k8p", "web-7f9c6d5b4c-b4c5d", "db-0", "agent-zx9vk"}),
            ("container", {"app", "proxy", "db", "agent"}),
        ]:
            ((series, label),) = re.findall(r"^label_values\((.*), (\w+)\)$", choices[name]["query"])
            matcher = {"match[]": dashboards.filled_in(series, rate_interval="5m")}
            found = self.server.get(f"label/{label}/values", start=self.end - 600, end=self.end, **matcher)
            self.assertEqual(set(found), expected, name)


if __name__ == "__main__":
    unittest.main()
