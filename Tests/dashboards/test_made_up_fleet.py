"""The made-up hosts and nodes have the series that a real exporter has, and every series that the rules read."""

import re
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from . import made_up_fleet
from .exporter import contended, exporter_on
from .fleet_scale import read_by_rules
from .prometheus import free_port

NO_PROBES = "probing: {enabled: false}"
# Values differ from build to build, and names from group to group.
VARYING = re.compile(r'(group|version|revision|swift_version)="[^"]*"')


def without_values(series):
    return {VARYING.sub(r'\1=""', one) for one in series}


class MadeUpFleetTests(unittest.TestCase):
    def test_a_node_has_the_series_of_an_exporter_without_probes(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(contended())
        address = self.enterContext(exporter_on(free_port(), folder, NO_PROBES))
        deadline = time.monotonic() + 60
        page = ""
        # Absent until the process was sampled for some time.
        while time.monotonic() < deadline and "\ngil_process_busiest_waiting_threads{" not in page:
            time.sleep(0.3)
            page = self.page(address)
        real = without_values(re.findall(r"^([a-z]\w*(?:{.*})?) \S+$", page, re.M))
        made_up = without_values(
            f"{metric}{{{labels}}}" if labels else metric
            for metric, labels, _, _ in made_up_fleet.series_of_a_node(0, pods=1)
            # The process of the test is not in a container.
            if metric != "gil_process_group_info"
        )
        # Not every process of this host can be read.
        real = {one for one in real if not one.startswith("gil_process_unobservable")}
        self.assertEqual(real, made_up)

    @staticmethod
    def page(address):
        try:
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def test_every_series_that_the_rules_read_is_made(self):
        series = [*made_up_fleet.series_of_a_host(), *made_up_fleet.series_of_a_node(0, pods=1)]
        self.assertEqual(read_by_rules() - {metric for metric, *_ in series}, {"up"})

    def test_no_series_is_made_twice(self):
        for series in (list(made_up_fleet.series_of_a_host()), list(made_up_fleet.series_of_a_node(0, pods=20))):
            self.assertEqual(len({one[:2] for one in series}), len(series))


if __name__ == "__main__":
    unittest.main()
