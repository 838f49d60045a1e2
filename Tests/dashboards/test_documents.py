"""The documents name the probes, flags, keys, metrics, drop-ins, alerts and reasons that exist, and all of them."""

import re
import subprocess
import unittest

from . import dashboards
from .exporter import BINARY
from .metrics_page import PAGE, documented

ROOT = dashboards.ROOT
COMMANDS = ("serve", "probe", "watch", "check-config", "setup", "reload")
# Only `/probe` exposes these.
ON_DEMAND = {"gil_probe_success", "gil_probe_elapsed_seconds"}
# Names that CHANGELOG.md says were changed.
RENAMED = {"gil_process_waits_total"}
EXAMPLE = (ROOT / "Packaging/examples/gil-exporter.yml").read_text()


def read(path):
    return (ROOT / path).read_text()


def section(path, heading):
    """The text below a heading, up to the next heading of its rank or above."""
    _, mark, rest = read(path).partition(f"\n{heading}\n")
    assert mark, f"{path} has no heading {heading}"
    rank = heading.split()[0]
    return re.split(rf"^#{{1,{len(rank)}}} ", rest, maxsplit=1, flags=re.M)[0]


def introduction(path, heading):
    """The text below a heading, up to the next heading of any rank."""
    return section(path, heading).partition("\n#")[0]


def first_column(text):
    """The names in the first column of tables."""
    return re.findall(r"^\| \[?`?([\w.-]+)`?(?:\]\([^)]*\))? \|", text, re.M)


def anchors(text):
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def help_of(*words):
    return subprocess.run([BINARY, *words, "--help"], check=True, capture_output=True, text=True).stdout


def pages():
    """The texts for users, by path."""
    paths = [*ROOT.glob("*.md"), *ROOT.glob("Documentation/**/*.md"), *ROOT.glob("Documentation/man/*.[15]")]
    paths += [*ROOT.glob("Packaging/examples/*"), *ROOT.glob("Packaging/systemd/*")]
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(paths)}


class DocumentTests(unittest.TestCase):
    maxDiff = None

    def test_every_list_of_probes_matches_the_program(self):
        (values,) = re.findall(r"--probe <probe>.*?\(values:\s*(.*?)\)", help_of("probe"), re.S)
        probes = re.findall(r"\w+", values)
        self.assertIn("single", probes)
        lists = {
            "probes.md": first_column(introduction("Documentation/probes.md", "## Read the numbers")),
            "worker-protocol.md": first_column(introduction("Documentation/worker-protocol.md", "## The probes")),
            "gil-exporter.1": re.findall(r"^\.It Cm (\w+)$", read("Documentation/man/gil-exporter.1"), re.M),
            "gil-exporter.yml": re.findall(r"\w+", re.findall(r"#probes: \[(.*)\]", EXAMPLE)[0]),
        }
        for name, listed in lists.items():
            with self.subTest(name):
                self.assertEqual([probe for probe in listed if probe != "probe"], probes)

    def test_every_named_flag_exists(self):
        flags = {flag for command in COMMANDS for flag in re.findall(r"--[a-z][a-z.-]*[a-z]", help_of(command))}
        for name, text in pages().items():
            for flag in re.findall(r"--(?:web|config|control|log)\.[a-z.-]*[a-z]", text):
                self.assertIn(flag, flags, name)

    def test_every_named_key_exists(self):
        keys, top = set(), ""
        for name in re.findall(r"^( *#?[a-z_]+):", EXAMPLE, re.M):
            if re.fullmatch(r"[a-z]+", name):
                top = name
            else:
                keys.add(f"{top}.{re.sub(r'^[ #]*', '', name)}")
        for name, text in pages().items():
            for key in re.findall(r"`((?:probing|observation|runtimes)\.[a-z_]+)`", text):
                self.assertIn(key, keys, name)

    def test_every_named_metric_exists(self):
        metrics = documented(PAGE.read_text()).keys() | ON_DEMAND
        # Parts of a histogram, and families as OpenMetrics names them.
        names = {f"{metric}{part}" for metric in metrics for part in ("", "_bucket", "_sum", "_count")}
        names |= {metric.removesuffix("_total").removesuffix("_info") for metric in metrics}
        for name, text in pages().items():
            named = set(re.findall(r"(?<![\w:.-])(?:gil|promhttp|process)_[a-z_]*[a-z](?![\w:*(-])", text))
            named -= RENAMED if name == "CHANGELOG.md" else set()
            unknown = {metric for metric in named - names if not metric.startswith(("process_vm", "process_madvise"))}
            self.assertEqual(unknown, set(), name)

    def test_every_type_and_path_in_the_pages_for_contributors_exists(self):
        files = [path for folder in ("Sources", "Tests") for path in (ROOT / folder).rglob("*.swift")]
        sources = "\n".join(path.read_text() for path in files)
        declared = set(re.findall(r"\b(?:actor|class|enum|protocol|struct|typealias) (\w+)", sources))
        # Of dependencies and of the language.
        declared |= {"FoundationEssentials", "ServiceGroup", "Foundation"} | {it.name for it in ROOT.glob("Sources/*")}
        for page in ("ARCHITECTURE.md", "CONTRIBUTING.md"):
            names = set(re.findall(r"`([A-Z]\w*[a-z]\w*)(?:[.<][^`]*)?`", read(page)))
            self.assertEqual(names - declared - {path for path in names if (ROOT / path).exists()}, set(), page)
            paths = set(re.findall(r"`((?:Sources|Tests|Packaging|Documentation|Dashboards)/[\w./+-]*)`", read(page)))
            self.assertEqual({path for path in paths if not (ROOT / path).exists()}, set(), page)

    def test_every_link_leads_to_a_file_and_a_heading(self):
        for path in [*ROOT.glob("*.md"), *ROOT.glob("Documentation/**/*.md"), *ROOT.glob("Benchmarks/*.md")]:
            for link in re.findall(r"\]\((?!https?://)([^)\s]+)\)", path.read_text()):
                with self.subTest(page=path.name, link=link):
                    name, _, anchor = link.partition("#")
                    target = (path.parent / name).resolve() if name else path
                    self.assertTrue(target.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(target.read_text()))

    def test_the_readme_names_every_page(self):
        named = set(re.findall(r"\]\(Documentation/([\w-]+\.md)\)", read("README.md")))
        self.assertEqual(named, {path.name for path in ROOT.glob("Documentation/*.md")})

    def test_the_page_of_the_service_lists_every_drop_in(self):
        listed = first_column(section("Documentation/service.md", "## Drop-ins"))
        listed = [name for name in listed if name.endswith(".conf")]
        self.assertEqual(sorted(listed), sorted(path.name for path in ROOT.glob("Packaging/systemd/*.conf")))

    def test_the_page_of_the_fleet_lists_every_alert(self):
        alerts = [rule["alert"] for rule in dashboards.rules() if "alert" in rule]
        listed = set(first_column(section("Documentation/fleet.md", "## Rules and alerts"))) - {"alert"}
        self.assertEqual(sorted(listed), sorted(alerts))

    def test_runbooks_explain_every_reason_of_the_metrics(self):
        rows = dict(re.findall(r"^\| `(\w+)` \| .*<br>(.*) \|$", PAGE.read_text(), re.M))
        for metric, runbook, elsewhere in [
            ("gil_probe_failures_total", "GILProbeFailing", set()),
            ("gil_probe_disturbed_runs_total", "GILHostStarved", set()),
            # A process whose C library hides its waiters is observed.
            ("gil_process_unobservable", "GILObservationBlind", {"libc"}),
            # These do not make the alert fire.
            ("gil_exporter_observation_limited", "GILObservationLimited", {"pid_namespace", "proc_subset"}),
        ]:
            with self.subTest(runbook):
                # Without the heads of the tables.
                listed = set(re.findall(r"^\| `(\w+)` \|", read(f"Documentation/runbooks/{runbook}.md"), re.M))
                self.assertEqual(listed | elsewhere, set(re.findall(r"`(\w+)`", rows[metric])))


if __name__ == "__main__":
    unittest.main()
