"""The built exporter, scraped by a real Prometheus with the rules: every shipped expression returns data."""

import re
import tempfile
import unittest
from pathlib import Path

from . import dashboards, made_up
from .exporter import EVERYTHING, contended, exporter_on
from .metrics_page import differences, scraped
from .prometheus import Prometheus, Refused, free_port

# promtool evaluates these with made-up series.
MAY_BE_EMPTY = made_up.PLACES
# So the recorded series of pods, gil-rules.test.yml: this host runs none.
OF_PODS = re.compile(r"namespace|instance_group:gil_process_group_info:")


def filled_in(expression):
    return dashboards.filled_in(expression, rate_interval="30s")


class EndToEndTests(unittest.TestCase):
    page: str
    server: Prometheus

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        address = cls.enterClassContext(exporter_on(free_port(), folder, EVERYTHING))
        cls.enterClassContext(contended())
        scrape = {"job_name": "gil", "static_configs": [{"targets": [address]}]}
        cls.page = f"http://{address}/metrics"
        rules = [str(path) for path in dashboards.RULES]
        cls.server = cls.enterClassContext(Prometheus(folder, free_port(), rules, [scrape], interval="1s"))
        # Each of the eleven probes has several measurements in the shortest window; the last recording rule has data.
        # Seven of them count down.
        cls.server.wait_for("count(increase(gil_probe_runs_total[30s]) > 2) >= 11", 120)
        cls.server.wait_for("rate(gil_process_wait_seconds_total[30s]) > 0", 60)
        cls.server.wait_for("count(job_runtime_probe:gil_probe_efficiency:avg >= 0) >= 7", 60)

    def ask(self, kind, expression):
        try:
            if kind == "range":
                return self.server.query_range(filled_in(expression), 60, 1)
            return self.server.query(filled_in(expression))
        except Refused as refusal:
            self.fail(f"{refusal}: {filled_in(expression)}")

    def test_every_panel_has_data(self):
        for name, dashboard in dashboards.load_dashboards().items():
            for place, kind, expression in dashboards.expressions(dashboard):
                with self.subTest(dashboard=name, place=place):
                    data = self.ask(kind, expression)
                    if (name, place) not in MAY_BE_EMPTY:
                        self.assertTrue(data, filled_in(expression))

    def test_every_recording_rule_has_data_and_every_rule_is_healthy(self):
        groups = self.server.get("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        self.assertEqual(len(rules), len(list(dashboards.rules())))
        for rule in rules:
            with self.subTest(rule["name"]):
                self.assertEqual(rule["health"], "ok", rule.get("lastError"))
                if rule["type"] == "recording" and not OF_PODS.match(rule["name"]):
                    self.assertTrue(self.server.query(rule["name"]))
                else:
                    self.ask("instant", rule["query"])

    def test_every_variable_has_values(self):
        for dashboard in dashboards.load_dashboards().values():
            for name, variable in dashboards.variables(dashboard).items():
                # This host runs no pods.
                if variable["type"] != "query" or name in ("namespace", "pod", "container"):
                    continue
                ((series, label),) = re.findall(r"^label_values\((.*), (\w+)\)$", variable["query"])
                found = self.server.get(f"label/{label}/values", **{"match[]": filled_in(series)})
                with self.subTest(name):
                    self.assertTrue(found)

    def test_the_limit_of_threads_is_one_of_the_four_known_values(self):
        expression = dashboards.expression_at("gil-host.json", "What limits threads under a GIL / A")
        verdicts = {series["value"][1] for series in self.ask("instant", expression)}
        self.assertLessEqual(verdicts, {"0", "1", "2", "3"})

    def test_the_page_of_metrics_matches_the_exporter(self):
        self.assertEqual(differences(scraped(self.page)), [])


if __name__ == "__main__":
    unittest.main()
