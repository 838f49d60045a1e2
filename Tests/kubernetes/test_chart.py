"""The chart with its default values and with each switch, linted by Helm and checked against Kubernetes' schemas."""

import json
import tempfile
import unittest
from typing import Any

import helm_python
import kubernetes_validate

from . import chart

# Of Kubernetes: the oldest and the newest that the chart supports, and both sides of the version in which AppArmor's
# profile became a field.
VERSIONS = ("1.25", "1.29", "1.30", "1.37")
OPERATOR = "monitoring.coreos.com/v1"

SWITCHES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "names": {"nameOverride": "locks", "fullnameOverride": "a" * 80, "commonLabels": {"team": "platform"}},
    "image by digest": {"image": {"digest": "sha256:" + "0" * 64, "pullSecrets": [{"name": "registry"}]}},
    "configuration": {"config": {"observation": {"sample_rate": 50, "groups": [{"exclude": True, "program": "^x$"}]}}},
    "log": {"log": {"level": "debug", "format": "json"}},
    "flags and environment": {"extraArgs": ["--web.enable-profile"], "env": [{"name": "A", "value": "1"}]},
    "web configuration": {
        "web": {"existingSecret": "gil-web", "tls": True},
        "monitoring": {
            "podMonitor": {"enabled": True},
            "tlsConfig": {"ca": {"secret": {"name": "gil-web", "key": "ca.crt"}}},
            "basicAuth": {"username": {"name": "scrape", "key": "user"}, "password": {"name": "scrape", "key": "word"}},
        },
    },
    "all capabilities": {"privileges": {"realtime": True, "readAllFiles": True}},
    "user other than root": {"privileges": {"nonRoot": True}},
    "no profiles": {"privileges": {"appArmorProfile": None, "seccompProfile": None}},
    "profiles of the node": {
        "privileges": {
            "appArmorProfile": {"type": "Localhost", "localhostProfile": "gil-exporter"},
            "seccompProfile": {"type": "Localhost", "localhostProfile": "gil-exporter.json"},
            "seLinuxOptions": {"type": "spc_t"},
        }
    },
    "no pod logs": {"podLogs": {"enabled": False}},
    "placement": {
        "priorityClassName": "system-node-critical",
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]}]
                }
            }
        },
        "updateStrategy": {"type": "OnDelete", "rollingUpdate": None},
        "podAnnotations": {"a": "b"},
        "podLabels": {"a": "b"},
    },
    "no service account": {"serviceAccount": {"create": False}},
    "no Service": {"service": {"enabled": False}},
    "no network policy": {"networkPolicy": {"enabled": False}},
    "network policy for Prometheus": {
        "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]}
    },
    "PodMonitor": {"monitoring": {"podMonitor": {"enabled": True}, "interval": "30s", "sampleLimit": 20000}},
    "ServiceMonitor": {"monitoring": {"serviceMonitor": {"enabled": True}, "labels": {"release": "prometheus"}}},
    "rules": {"prometheusRule": {"enabled": True, "runbookUrl": "https://wiki.example.org/gil"}},
    "rules without alerts": {"prometheusRule": {"enabled": True, "alerts": False}},
    "dashboards": {"dashboards": {"enabled": True, "namespace": "monitoring"}},
}

REJECTED: dict[str, dict[str, Any]] = {
    "a misspelt key": {"tolerants": []},
    "a misspelt key of a section": {"web": {"ports": 80}},
    "a port below 1024, which takes a capability": {"web": {"port": 80}},
    "TLS without the Secret": {"web": {"tls": True}},
    "a tag with a slash": {"image": {"tag": "a/b"}},
    "a profile without its name": {"privileges": {"appArmorProfile": {"type": "Localhost"}}},
    "root as the other user": {"privileges": {"nonRoot": True, "nonRootUser": 0}},
    "two monitors": {"monitoring": {"podMonitor": {"enabled": True}, "serviceMonitor": {"enabled": True}}},
    "a ServiceMonitor without Service": {
        "service": {"enabled": False},
        "monitoring": {"serviceMonitor": {"enabled": True}},
    },
}


class Chart(unittest.TestCase):
    def test_lint_finds_nothing(self):
        for name, values in SWITCHES.items():
            with self.subTest(name), chart.without_reports():
                report = helm_python.lint(str(chart.CHART), values, strict=True, namespace=chart.NAMESPACE)
                # An icon is only recommended.
                self.assertEqual([each for each in report["messages"] if each["severity"] > 1], [])
                self.assertEqual(report["errors"], [])

    def test_each_object_is_valid_in_each_version(self):
        for name, values in SWITCHES.items():
            for version in VERSIONS:
                for found in chart.objects({**values, "kubeVersionOverride": version}):
                    with self.subTest(name, version=version, kind=found["kind"]):
                        self.assertEqual(found["metadata"]["namespace"] in ("gil-exporter", "monitoring"), True)
                        if found["apiVersion"] != OPERATOR:
                            kubernetes_validate.validate(found, version, strict=True)

    def test_invalid_values_are_rejected(self):
        for name, values in REJECTED.items():
            with self.subTest(name), self.assertRaises(helm_python.HelmError):
                chart.documents(values)

    def test_the_schema_has_every_value(self):
        schema = json.loads((chart.CHART / "values.schema.json").read_text())
        self.assertEqual(chart.values().keys(), schema["properties"].keys() - {"global"})
        for section, values in chart.values().items():
            known = schema["properties"][section].get("properties")
            if known:
                with self.subTest(section):
                    self.assertEqual(values.keys(), known.keys())

    def test_every_switch_changes_something(self):
        before = chart.objects()
        for name, values in SWITCHES.items():
            if values:
                with self.subTest(name):
                    self.assertNotEqual(chart.objects(values), before)

    def test_the_archive_renders_the_same(self):
        everything = {**SWITCHES["dashboards"], **SWITCHES["rules"]}
        with tempfile.TemporaryDirectory() as folder:
            with chart.without_reports():
                archive = helm_python.package(str(chart.CHART), destination=folder)
            self.assertEqual(chart.documents(everything, path=archive), chart.documents(everything))


class Privileges(unittest.TestCase):
    def test_the_container_asks_for_one_capability(self):
        self.assertEqual(
            chart.container({"kubeVersionOverride": "1.30"})["securityContext"],
            {
                "allowPrivilegeEscalation": False,
                "privileged": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"], "add": ["SYS_PTRACE"]},
                "appArmorProfile": {"type": "Unconfined"},
            },
        )

    def test_the_pod_shares_only_the_processes_of_the_node(self):
        pod = chart.pod()
        self.assertEqual((pod["hostPID"], pod.get("hostNetwork"), pod.get("hostIPC")), (True, None, None))
        self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})

    def test_nothing_can_ask_the_api_server(self):
        kinds = {found["kind"] for values in SWITCHES.values() for found in chart.objects(values)}
        self.assertEqual({kind for kind in kinds if "Role" in kind}, set())
        self.assertFalse(chart.pod()["automountServiceAccountToken"])
        self.assertFalse(chart.of_kind("ServiceAccount")["automountServiceAccountToken"])

    def test_all_mounts_are_read_only(self):
        for name, values in SWITCHES.items():
            with self.subTest(name):
                self.assertEqual({mount["readOnly"] for mount in chart.container(values)["volumeMounts"]}, {True})

    def test_memory_is_limited_and_cpu_time_is_not(self):
        self.assertEqual(chart.container()["resources"]["limits"].keys(), {"memory"})

    def test_the_apparmor_profile_is_an_annotation_before_1_30(self):
        key = "container.apparmor.security.beta.kubernetes.io/gil-exporter"
        cases = [
            ({}, "unconfined"),
            ({"appArmorProfile": {"type": "RuntimeDefault"}}, "runtime/default"),
            ({"appArmorProfile": {"type": "Localhost", "localhostProfile": "x"}}, "localhost/x"),
            ({"appArmorProfile": None}, None),
        ]
        for privileges, annotation in cases:
            for version, is_field in (("1.29", False), ("v1.30.2-eks-1", True)):
                with self.subTest(annotation, version=version):
                    values = {"privileges": privileges, "kubeVersionOverride": version}
                    template = chart.of_kind("DaemonSet", values)["spec"]["template"]
                    found = template["metadata"]["annotations"].get(key)
                    self.assertEqual(found, None if is_field else annotation)
                    context = template["spec"]["containers"][0]["securityContext"]
                    self.assertEqual("appArmorProfile" in context, is_field and annotation is not None)


class Parts(unittest.TestCase):
    def test_labels_do_not_change_the_selector(self):
        before = chart.of_kind("DaemonSet")["spec"]["selector"]
        after = chart.of_kind("DaemonSet", {"commonLabels": {"a": "b"}, "podLabels": {"c": "d"}})["spec"]["selector"]
        self.assertEqual(before, after)

    def test_every_selector_selects_the_pods(self):
        for name, values in SWITCHES.items():
            found = {each["kind"]: each for each in chart.objects(values)}
            labels = found["DaemonSet"]["spec"]["template"]["metadata"]["labels"].items()
            for kind, selector in {
                "DaemonSet": lambda spec: spec["selector"]["matchLabels"],
                "Service": lambda spec: spec["selector"],
                "NetworkPolicy": lambda spec: spec["podSelector"]["matchLabels"],
                "PodMonitor": lambda spec: spec["selector"]["matchLabels"],
            }.items():
                if kind in found:
                    with self.subTest(name, kind=kind):
                        self.assertLessEqual(selector(found[kind]["spec"]).items(), labels)

    def test_a_changed_configuration_replaces_the_pods(self):
        def checksum(values):
            return chart.of_kind("DaemonSet", values)["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

        self.assertNotEqual(checksum({}), checksum(SWITCHES["configuration"]))

    def test_kubelets_ask_a_port_without_tls_and_passwords(self):
        for values, port in ({}, "metrics"), (SWITCHES["web configuration"], "health"):
            container = chart.container(values)
            for probe in "livenessProbe", "readinessProbe":
                self.assertEqual(container[probe]["httpGet"]["port"], port)
            self.assertIn(port, {each["name"] for each in container["ports"]})

    def test_series_are_those_of_the_node(self):
        for name in "PodMonitor", "ServiceMonitor":
            with self.subTest(name):
                spec = chart.of_kind(name, SWITCHES[name])["spec"]
                (endpoint,) = spec.get("podMetricsEndpoints") or spec["endpoints"]
                targets = {each.get("targetLabel") for each in endpoint["relabelings"]}
                self.assertEqual(targets, {"instance", "node", "job", None})
                self.assertEqual(endpoint["relabelings"][3]["action"], "labeldrop")
