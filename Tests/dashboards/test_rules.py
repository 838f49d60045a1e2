"""Rules and alerts are valid, and every alert has a runbook."""

import re
import subprocess
import unittest

from . import dashboards


class RuleTests(unittest.TestCase):
    def test_promtool_accepts_the_rules(self):
        subprocess.run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", *dashboards.RULES], check=True)

    def test_the_unit_tests_of_the_rules_pass(self):
        tests = sorted((dashboards.ROOT / "Packaging/prometheus").glob("*.test.yml"))
        self.assertEqual(len(tests), 4)
        subprocess.run(["promtool", "test", "rules", *tests], check=True)

    def test_recorded_names_are_level_metric_operation(self):
        for rule in dashboards.rules():
            if "record" in rule:
                self.assertRegex(rule["record"], r"^(job|instance|namespace)[a-z_]*:gil_[a-z_]+:[a-z0-9_]+$")

    def test_every_alert_has_annotations_and_a_runbook(self):
        for rule in dashboards.rules():
            if "alert" not in rule:
                continue
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], ("info", "warning", "critical"))
                self.assertTrue(rule["annotations"]["summary"] and rule["annotations"]["description"])
                url = rule["annotations"]["runbook_url"]
                self.assertRegex(url, rf"^http://\{{\{{ .* \}}\}}/runbooks/{rule['alert']}$")
                runbook = dashboards.ROOT / f"Documentation/runbooks/{rule['alert']}.md"
                headings = re.findall(r"^#+ (.*)$", runbook.read_text(), re.M)
                self.assertEqual(headings, [rule["alert"], "What it means", "Impact", "Diagnosis", "What to do"])

    def test_every_alert_has_a_test_that_it_fires_and_one_that_it_does_not(self):
        tests = (dashboards.ROOT / "Packaging/prometheus/gil-alerts.test.yml").read_text()
        tests = dashboards.yaml.safe_load(tests)["tests"]
        cases = [case for test in tests for case in test["alert_rule_test"]]
        for rule in dashboards.rules():
            if "alert" in rule:
                expected = [bool(case["exp_alerts"]) for case in cases if case["alertname"] == rule["alert"]]
                self.assertEqual(set(expected), {True, False}, rule["alert"])

    def test_every_recorded_series_is_tested(self):
        tests = (dashboards.ROOT / "Packaging/prometheus/gil-rules.test.yml").read_text()
        for rule in dashboards.rules():
            if "record" in rule:
                self.assertIn(rule["record"], tests)

    def test_every_runbook_belongs_to_an_alert(self):
        alerts = {rule["alert"] for rule in dashboards.rules() if "alert" in rule}
        pages = {page.stem for page in (dashboards.ROOT / "Documentation/runbooks").glob("*.md")}
        self.assertEqual(pages, alerts)

    def test_linked_pages_are_in_the_debian_package(self):
        patterns = (dashboards.ROOT / "Packaging/debian/gil-exporter.docs").read_text().split()
        named = {path for pattern in patterns for path in dashboards.ROOT.glob(pattern)}
        packaged = named | {inner for path in named for inner in path.rglob("*")}
        documentation = dashboards.ROOT / "Documentation"
        for page in [documentation / "fleet.md", *(documentation / "runbooks").glob("*.md")]:
            for link in re.findall(r"\]\(([^):#]+)\)", page.read_text()):
                self.assertIn((page.parent / link).resolve(), packaged, page.name)


if __name__ == "__main__":
    unittest.main()
