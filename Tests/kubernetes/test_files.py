"""What the chart shares with other parts of the repository, and what is made from it."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from . import chart, manifests, values_table

BINARY = Path(os.environ.get("GIL_EXPORTER", chart.ROOT / ".build/release/gil-exporter"))


def rules(values):
    """The groups of both PrometheusRules, by the end of their names."""
    found = [each for each in chart.objects(values) if each["kind"] == "PrometheusRule"]
    return {each["metadata"]["name"].rpartition("-")[2]: each["spec"] for each in found}


class Files(unittest.TestCase):
    def test_the_dashboards_are_those_of_the_repository(self):
        maps = [each for each in chart.objects({"dashboards": {"enabled": True}}) if each["kind"] == "ConfigMap"]
        found = {name: json.loads(text) for each in maps for name, text in each["data"].items() if "json" in name}
        expected = {path.name: json.loads(path.read_text()) for path in (chart.ROOT / "Dashboards").glob("*.json")}
        self.assertEqual(found, expected)

    def test_the_rules_are_those_of_the_repository(self):
        found = rules({"prometheusRule": {"enabled": True, "runbookUrl": "https://wiki.example.org/gil/"}})
        self.assertEqual(found.keys(), {"rules", "alerts"})
        links = 0
        for name, spec in found.items():
            expected = yaml.safe_load((chart.ROOT / f"Packaging/prometheus/gil-{name}.yml").read_text())
            for group in expected["groups"]:
                for rule in group["rules"]:
                    if "alert" in rule:
                        rule["annotations"]["runbook_url"] = f"https://wiki.example.org/gil/{rule['alert']}"
                        links += 1
            self.assertEqual(spec, expected)
        self.assertGreater(links, 10)

    def test_the_alerts_lead_to_the_service_and_know_the_job(self):
        values = {"prometheusRule": {"enabled": True}, "monitoring": {"job": "locks"}}
        alerts = [rule for group in rules(values)["alerts"]["groups"] for rule in group["rules"]]
        for rule in alerts:
            link = f"http://gil-exporter.gil-exporter.svc:10061/runbooks/{rule['alert']}"
            self.assertEqual(rule["annotations"]["runbook_url"], link)
        (down,) = [rule["expr"] for rule in alerts if rule["alert"] == "GILExporterDown"]
        self.assertIn('job="locks"', down)

    def test_prometheus_accepts_the_rules(self):
        for name, spec in rules({"prometheusRule": {"enabled": True}}).items():
            with self.subTest(name), tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
                yaml.safe_dump(spec, file)
                file.flush()
                check = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True)
                self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

    def test_the_exporter_accepts_the_configuration_and_flags(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(chart.of_kind("ConfigMap")["data"]["gil-exporter.yml"])
            file.flush()
            check = subprocess.run([BINARY, "check-config", file.name], capture_output=True, text=True)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        flags = subprocess.run([BINARY, "serve", "--help"], capture_output=True, text=True).stdout
        for argument in chart.container({"web": {"existingSecret": "web"}})["args"][1:]:
            self.assertIn(f"  {argument.partition('=')[0]} ", flags)

    def test_the_readme_has_the_values(self):
        _, undescribed = values_table.rows()
        self.assertEqual(undescribed, [])
        self.assertEqual(values_table.README.read_text(), values_table.readme(), "run `make manifests`")

    def test_the_manifests_are_those_of_the_chart(self):
        for name, text in manifests.manifests().items():
            with self.subTest(name):
                self.assertEqual((manifests.FOLDER / name).read_text(), text, "run `make manifests`")

    def test_the_kustomizations_have_every_manifest(self):
        for folder in manifests.FOLDER, manifests.FOLDER / "monitoring":
            with self.subTest(folder.name):
                listed = yaml.safe_load((folder / "kustomization.yaml").read_text())
                others = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
                self.assertEqual(set(listed["resources"]), others)
                self.assertEqual(listed["namespace"], chart.NAMESPACE)

    def test_the_kustomization_names_the_image_of_the_chart(self):
        (image,) = yaml.safe_load((manifests.FOLDER / "kustomization.yaml").read_text())["images"]
        self.assertEqual(f"{image['name']}:{image['newTag']}", chart.container()["image"])
