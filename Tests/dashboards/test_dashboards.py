"""Rules of Grafana's dashboard-linter, and of this project."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from Dashboards.src.panels import BAD, BOTH, GOOD, NEUTRAL, NOTICE, PARTS

from . import dashboards

COUNTER = re.compile(r"\b(\w+_(?:total|sum|count|bucket))\b")
BUILT_IN_PANELS = {"stat", "table", "timeseries", "barchart", "heatmap", "row"}


class DashboardTests(unittest.TestCase):
    def each(self):
        return dashboards.load_dashboards().values()

    def each_expression(self):
        return [expression for dashboard in self.each() for _, _, expression in dashboards.expressions(dashboard)]

    def test_there_are_dashboards(self):
        self.assertEqual(set(dashboards.load_dashboards()), {"gil-fleet.json", "gil-host.json", "gil-processes.json"})

    def test_the_json_matches_the_sources(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "Dashboards.src", folder], check=True, cwd=dashboards.ROOT)
            for path in Path(folder).iterdir():
                committed = (dashboards.ROOT / "Dashboards" / path.name).read_text()
                self.assertEqual(path.read_text(), committed, "run make dashboards")

    def test_schema_and_editable(self):
        for dashboard in self.each():
            self.assertIn(dashboard["schemaVersion"], (39, 40, 41))
            self.assertIs(dashboard["editable"], False)
            self.assertTrue(dashboard["title"] and dashboard["description"] and dashboard["uid"])

    def test_the_datasource_is_a_variable(self):
        for dashboard in self.each():
            datasource = dashboards.variables(dashboard)["datasource"]
            self.assertEqual((datasource["type"], datasource["query"]), ("datasource", "prometheus"))
            self.assertEqual(datasource["label"], "Data source")

    def test_several_or_all_jobs_and_instances_can_be_chosen(self):
        for dashboard in self.each():
            for name in ("job", "instance"):
                variable = dashboards.variables(dashboard)[name]
                self.assertEqual(variable["type"], "query")
                self.assertEqual(variable["label"], name.capitalize())
                self.assertIs(variable["multi"], True)
                self.assertIs(variable["includeAll"], True)
                self.assertEqual(variable["allValue"], ".+")

    def test_the_dashboard_of_one_host_opens_with_one_host(self):
        for name, dashboard in dashboards.load_dashboards().items():
            current = dashboards.variables(dashboard)["instance"].get("current")
            self.assertEqual(current and current["text"], None if name == "gil-host.json" else "All")

    def test_every_annotation_has_a_title_and_a_text(self):
        annotations = [a for dashboard in self.each() for a in dashboard["annotations"].get("list", [])]
        self.assertTrue(annotations)
        for annotation in annotations:
            kept = re.findall(r"\bby \(([^)]*)\)", annotation["expr"])[0].split(", ")
            asked = re.findall(r"\{\{(\w+)\}\}", annotation["titleFormat"] + annotation["textFormat"])
            self.assertTrue(annotation["titleFormat"] and annotation["textFormat"])
            self.assertLessEqual({*asked, *annotation["tagKeys"].split(",")}, {*kept})

    def test_legends_use_labels_of_the_result(self):
        for dashboard in self.each():
            for panel in dashboards.shown(dashboard):
                for target in panel["targets"]:
                    kept = re.match(r"(?:sum|max|min|quantile|avg) by \(([^)]*)\)", target["expr"])
                    asked = re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))
                    if kept:
                        self.assertLessEqual({*asked}, {*kept[1].split(", ")}, target["expr"])

    def test_variables_follow_the_time_range(self):
        for dashboard in self.each():
            for variable in dashboards.variables(dashboard).values():
                if variable["type"] == "query":
                    self.assertEqual(variable["refresh"], 2, variable["name"])
                    self.assertEqual(variable["datasource"]["uid"], "${datasource}")

    def test_every_panel_has_a_title_a_description_and_a_unit(self):
        for dashboard in self.each():
            for panel in dashboards.shown(dashboard):
                with self.subTest(panel.get("title")):
                    self.assertTrue(panel["title"] and panel["description"])
                    self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                    self.assertTrue(panel["targets"])

    def test_every_query_goes_to_the_chosen_datasource(self):
        for dashboard in self.each():
            for panel in dashboards.shown(dashboard):
                for asked in [panel, *panel["targets"]]:
                    self.assertEqual(asked["datasource"], {"type": "prometheus", "uid": "${datasource}"})

    def test_tables_of_several_queries_name_their_columns(self):
        for dashboard in self.each():
            for panel in dashboards.shown(dashboard):
                asked = [target["refId"] for target in panel["targets"] if target.get("format") == "table"]
                if not asked:
                    continue
                merge, organize = panel["transformations"]
                self.assertEqual((merge["id"], organize["id"]), ("merge", "organize"))
                titles = organize["options"]["renameByName"]
                hidden = [override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]]
                for letter in asked:
                    column = f"Value #{letter}"
                    self.assertTrue(column in titles or column in hidden, (panel["title"], column))

    def test_overrides_match_existing_columns(self):
        for dashboard in self.each():
            for panel in dashboards.shown(dashboard):
                for transformation in panel.get("transformations", [])[1:]:
                    options = transformation["options"]
                    titles = {*options["renameByName"].values(), *options["indexByName"], "Value #A"}
                    for override in panel["fieldConfig"]["overrides"]:
                        if override["matcher"]["id"] == "byName":
                            self.assertIn(override["matcher"]["options"], titles)

    def test_ids_are_unique(self):
        for dashboard in self.each():
            ids = [panel["id"] for panel in dashboards.panels(dashboard)]
            self.assertEqual(len(ids), len(set(ids)))

    def test_panels_are_built_in_and_load_nothing_from_the_network(self):
        for dashboard in self.each():
            self.assertLessEqual({panel["type"] for panel in dashboards.panels(dashboard)}, BUILT_IN_PANELS)
            # Runbooks and flame graphs are on the exporters.
            exporter = r"\$\{__(data\.fields\.Instance|field\.labels\.instance)\}/(runbooks|flamegraph)/"
            self.assertNotRegex(str(dashboard), rf"https?://(?!{exporter})")

    def test_services_come_before_probes(self):
        for dashboard in self.each():
            first = next(panel for panel in dashboards.shown(dashboard) if panel["type"] in ("stat", "table"))
            for target in first["targets"]:
                self.assertNotIn("gil_probe_", target["expr"])

    def test_every_dashboard_links_to_the_others_and_to_runbooks(self):
        uids = {dashboard["uid"] for dashboard in self.each()}
        for dashboard in self.each():
            linked = {re.findall(r"^/d/([\w-]+)\?", link["url"])[0] for link in dashboard["links"]}
            self.assertEqual(linked | {dashboard["uid"]}, uids)
            self.assertIn("/runbooks/${__value.raw}", str(dashboard))

    def test_legends_of_lines_are_tables_with_mean_and_maximum(self):
        for dashboard in self.each():
            for panel in dashboards.shown(dashboard):
                if panel["type"] == "timeseries":
                    legend = panel["options"]["legend"]
                    self.assertEqual((legend["displayMode"], legend["calcs"]), ("table", ["mean", "max"]))

    def test_all_colours_are_of_the_palette(self):
        palette = {*PARTS.values(), BOTH, GOOD, NOTICE, BAD, NEUTRAL, "text", "transparent"}
        # Of exemplars in heatmaps, which the exporter has not.
        palette.add("rgba(255,0,255,0.7)")
        for dashboard in self.each():
            named = set(re.findall(r"'(?:color|fixedColor|iconColor)': '([^']*)'", str(dashboard)))
            self.assertEqual(named - palette, set())

    def test_the_status_page_has_the_same_palette(self):
        style = (dashboards.ROOT / "Sources/Reports/StatusPage/status.css").read_text()
        for name, part in (("cpu", "CPU"), ("queue", "Run queue"), ("lock", "Lock wait"), ("rest", "Other")):
            self.assertIn(f"--{name}: {PARTS[part]};", style)

    def test_waiting_for_the_lock_and_for_a_cpu_are_never_added(self):
        for dashboard in self.each():
            for panel in dashboards.shown(dashboard):
                both = {"gil_process_wait_seconds_total", "gil_process_run_queue_seconds_total"}
                for target in panel["targets"]:
                    self.assertFalse(both <= dashboards.metrics_in(target["expr"]), panel["title"])
                if both <= set().union(*(dashboards.metrics_in(target["expr"]) for target in panel["targets"])):
                    self.assertNotIn("stacking", panel["fieldConfig"]["defaults"].get("custom", {}))
                    self.assertIn("do not add", panel["description"])

    def test_every_selector_matches_job_and_instance(self):
        for expression in self.each_expression():
            selectors = dashboards.selectors(expression)
            for _, matchers in selectors:
                self.assertIn('job=~"$job"', matchers, expression)
                self.assertIn('instance=~"$instance"', matchers, expression)
            # Every name has a selector.
            self.assertEqual(dashboards.metrics_in(expression), {name for name, _ in selectors})

    def test_every_rate_is_over_the_rate_interval_or_the_whole_range(self):
        for expression in self.each_expression():
            for window, modifier in re.findall(r"\[([^\]]*)\]( @ end\(\))?", expression):
                # Once for the panel: the same at each step, so that what is chosen by it neither comes nor goes.
                self.assertEqual(window, "$__range" if modifier else "$__rate_interval")

    def test_only_the_whole_range_chooses_lines(self):
        for dashboard in self.each():
            for place, kind, expression in dashboards.expressions(dashboard):
                for ranked in re.findall(r"topk\((.*)", expression) if kind == "range" else []:
                    self.assertIn("[$__range] @ end()", ranked, place)

    def test_links_to_flame_graphs_and_profiles_encode_the_group(self):
        board = str(dashboards.load_dashboards()["gil-processes.json"])
        names = re.findall(r"(?:/flamegraph/|var-serviceName=)(\$\{[^}]*\})", board)
        self.assertEqual(len(names), 2 + 2 * 4)
        for name in names:
            self.assertRegex(name, r"^\$\{__(value\.raw|data\.fields\.Group|field\.labels\.group):percentencode\}$")

    def test_counters_are_only_in_rate_or_increase(self):
        for expression in self.each_expression():
            for counter in COUNTER.finditer(re.sub(r'"[^"]*"', '""', expression)):
                before = re.sub(r'"[^"]*"', '""', expression)[: counter.start()]
                self.assertRegex(before, r"\b(rate|increase)\($", counter[1])

    def test_every_recorded_series_that_is_read_has_a_rule(self):
        recorded = {rule["record"] for rule in dashboards.rules() if "record" in rule}
        asked = self.each_expression() + [rule["expr"] for rule in dashboards.rules()]
        for expression in asked:
            for name in dashboards.metrics_in(expression):
                if ":" in name:
                    self.assertIn(name, recorded)


if __name__ == "__main__":
    unittest.main()
