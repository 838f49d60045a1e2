"""The shards of Documentation/fleet-kubernetes.md: two servers with half of the nodes each add up to one with all."""

import hashlib
import re
import tempfile
import time
import unittest
from pathlib import Path

from . import dashboards
from .fleet_scale import prepare
from .prometheus import Prometheus, free_port

PAGE = dashboards.ROOT / "Documentation/fleet-kubernetes.md"
NODES, PODS, SHARDS = 20, 3, 2
RULES = [str(path) for path in dashboards.RULES]


def snippet(word):
    """The only YAML of the page with this word."""
    (found,) = (text for text in re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.M | re.S) if word in text)
    return dashboards.yaml.safe_load(found)


def shard_of(node):
    """As the action hashmod: the last eight bytes of the MD5 of the value."""
    return int.from_bytes(hashlib.md5(name(node).encode()).digest()[8:], "big") % SHARDS


def name(node):
    return f"node-{node:05}"


def scrape_of(shard):
    """A job with the relabelling of the page. Its targets do not answer: the series are in blocks."""
    (job,) = snippet("hashmod")["scrape_configs"]
    relabelling = job["relabel_configs"][-2:]
    relabelling[1]["regex"] = str(shard)
    targets = [{"targets": ["127.0.0.1:1"], "labels": {"node": name(node)}} for node in range(NODES)]
    return {"job_name": "nodes", "static_configs": targets, "relabel_configs": relabelling}


class ShardTests(unittest.TestCase):
    whole: Prometheus
    shards: list[Prometheus]
    querier: Prometheus

    @classmethod
    def setUpClass(cls):
        now = time.time()
        cls.whole = cls.server(range(NODES), [], now)
        cls.shards = [
            cls.server(
                [node for node in range(NODES) if shard_of(node) == shard],
                [scrape_of(shard)],
                now,
                {"shard": str(shard)},
            )
            for shard in range(SHARDS)
        ]
        (federation,) = snippet("/federate")["scrape_configs"]
        federation["static_configs"] = [{"targets": [shard.address for shard in cls.shards]}]
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.querier = cls.enterClassContext(Prometheus(folder, free_port(), [], [federation], interval="1s"))
        for server in (cls.whole, *cls.shards):
            server.wait_for('count({__name__=~"namespace:.*|job:.*"})', 60)
        cls.querier.wait_for('count(count by (shard) ({__name__=~"namespace:.*"})) == 2', 60)
        cls.querier.wait_for('count(count by (shard) ({__name__=~"job:.*"})) == 2', 60)

    @classmethod
    def server(cls, nodes, scrapes, now, labels=()):
        """A server that evaluates the rules on the series of these nodes, whose counters grow steadily."""
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        prepare(folder, nodes, PODS, now, step=120)
        options = ["--query.lookback-delta=30m"]
        server = Prometheus(folder, free_port(), RULES, scrapes, "1s", options, labels)
        return cls.enterClassContext(server)

    def answer(self, server, query):
        rows = server.query(query)
        self.assertTrue(rows, query)
        return {frozenset(row["metric"].items()): float(row["value"][1]) for row in rows}

    def compare(self, found, expected):
        self.assertEqual(found.keys(), expected.keys())
        for labels, value in expected.items():
            self.assertAlmostEqual(found[labels], value, delta=0.001 * value, msg=labels)

    def test_each_node_is_scraped_by_one_shard(self):
        for shard, server in enumerate(self.shards):
            found = {target["labels"]["node"] for target in server.get("targets", state="active")["activeTargets"]}
            self.assertEqual(found, {name(node) for node in range(NODES) if shard_of(node) == shard})
            self.assertGreater(len(found), NODES // 4)

    def test_series_of_an_instance_are_the_same(self):
        for metric in ("instance_group:gil_process_held:ratio_rate10m", "instance_group:gil_process_demand:rate10m"):
            shards: dict[frozenset, float] = {}
            for server in self.shards:
                shards |= self.answer(server, metric)
            self.compare(shards, self.answer(self.whole, metric))

    def test_every_sum_over_instances_adds_up(self):
        names = [rule["record"] for rule in dashboards.rules() if "record" in rule]
        sums = [name for name in names if re.match(r"(namespace|job)\w*:\w+:(rate10m|sum)$", name)]
        self.assertEqual(len(sums), 7)
        for metric in sums:
            with self.subTest(metric):
                whole = self.answer(self.whole, f"sum without (shard) ({metric})")
                self.compare(self.answer(self.querier, f"sum without (shard) ({metric})"), whole)
                # No shard has all of it.
                self.assertLess(sum(self.answer(self.shards[0], metric).values()), 0.75 * sum(whole.values()))

    def test_the_ratio_of_the_page_is_that_of_one_server(self):
        (query,) = re.findall(r"^```promql\n(.*?)^```", PAGE.read_text(), re.M | re.S)
        expected = self.answer(self.whole, "sum without () (namespace_workload:gil_process_wait:ratio_rate10m)")
        self.compare(self.answer(self.querier, query), expected)

    def test_the_series_that_remote_write_keeps_are_those_that_are_federated(self):
        (remote,) = snippet("remote_write")["remote_write"]
        (keep,) = remote["write_relabel_configs"]
        kept = {metric for metric in self.names(self.shards[0]) if re.fullmatch(keep["regex"], metric)}
        federated = {metric for metric in self.names(self.querier) if ":" in metric}
        self.assertEqual(kept - {"ALERTS"}, federated)

    def names(self, server):
        return set(server.get("label/__name__/values"))


if __name__ == "__main__":
    unittest.main()
