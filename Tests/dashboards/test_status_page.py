"""The status page of the built exporter, and the same as JSON, checked by a validator and a browser."""

import contextlib
import itertools
import json
import re
import tempfile
import time
import typing
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import html5lib

from . import dashboards
from .browser import PROGRAM, Browser, browser
from .exporter import contended, exporter_on
from .prometheus import free_port

CONFIGURATION = """
probing: {interval: 1s, jitter: 0%, cpu_budget: 100%}
runtimes:
  discover: none
  list:
    - {name: native, iterations: 60000000}
    - {name: broken, program: [/bin/sh, -c, "echo '<b>no</b> & such' >&2; exit 3"]}
"""
# The threads wait for the lock; on a busy host, the holder waits for a CPU, too.
LIMITED = ("lock", "cpus", "cpus_and_lock")
# A phone and a desktop, in CSS pixels.
SIZES = ((390, 844), (1280, 900))
EXAMPLE = (dashboards.ROOT / "Packaging/examples/gil-exporter.yml").read_text()
SVG = "{http://www.w3.org/2000/svg}"


def texts(document, path):
    return [" ".join("".join(element.itertext()).split()) for element in document.iterfind(path)]


def luminance(colour):
    """Relative luminance of a computed colour, rgb(r, g, b): WCAG 2.2."""
    channels = [int(channel) / 255 for channel in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


class StatusPageTests(unittest.TestCase):
    """Base of the two classes below: an exporter with short rounds, and the required content of its page."""

    page: str
    profile: Path
    probes: typing.ClassVar[list[str]]

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.profile = folder / "profile"
        cls.enterClassContext(contended())
        address = cls.enterClassContext(exporter_on(free_port(), folder, CONFIGURATION))
        cls.page = f"http://{address}/"
        cls.await_verdict(f"http://{address}/api/v1/groups")
        cls.probes = cls.await_rounds(f"http://{address}/api/v1/rounds")
        assert {"single", "gil"} <= set(cls.probes), cls.probes

    @classmethod
    def await_rounds(cls, rounds):
        """Polls until the page has a line and a failure to show, and returns the probes of the native runtime."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(rounds) as answer:
                document = json.load(answer)
                if len(document["rounds"]) >= 3:
                    (native,) = [it for it in document["runtimes"] if it["name"] == "native"]
                    return native["supported"]
            time.sleep(0.3)
        raise TimeoutError("no three rounds within a minute")

    @staticmethod
    def await_verdict(groups):
        """Polls until the process that contends for its lock has been measured."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(groups) as answer:
                document = json.load(answer)
                if any(group["verdict"]["kind"] in LIMITED for group in document["groups"]):
                    return
            time.sleep(0.3)
        raise TimeoutError("no verdict within a minute")

    def source(self):
        with urllib.request.urlopen(self.page) as answer:
            return answer.read().decode()

    def check(self, source):
        """Checks the required content of the page."""
        document = html5lib.HTMLParser(namespaceHTMLElements=False).parse(source)
        self.assertEqual(len(texts(document, ".//h1")), 1)
        self.assertEqual(len(texts(document, ".//main")), 1)
        self.assertRegex(" ".join(texts(document, ".//h2")), "native")
        rows = " ".join(texts(document, ".//th[@scope='row']"))
        self.assertIn("python -c 1 process", rows)
        verdicts = " ".join(texts(document, ".//td[@data-column='Held']/../td[1]"))
        self.assertRegex(verdicts, "bound by (its|the) lock|waits for CPUs")
        for probe in self.probes:
            self.assertIn(probe, rows)
        self.assertIn("<b>no</b> & such", " ".join(texts(document, ".//pre")))
        self.assertGreaterEqual(len(document.findall(f".//{SVG}svg[@role='img'][@aria-label]")), len(self.probes))
        (stale,) = document.findall(".//p[@id='stale']")
        self.assertIn("hidden", stale.attrib)


class SourceTests(StatusPageTests):
    def test_the_source_is_valid_html(self):
        html5lib.HTMLParser(strict=True).parse(self.source())

    def test_every_local_link_answers(self):
        links = set(re.findall(r'href="(/[^"]*)"', self.source()))
        self.assertIn("/api/v1/groups", links)
        for link in sorted(links):
            with self.subTest(link), urllib.request.urlopen(urllib.parse.urljoin(self.page, link)) as answer:
                self.assertEqual(answer.status, 200)

    def test_the_configuration_in_force_has_every_key_of_the_file(self):
        with urllib.request.urlopen(self.page + "api/v1/configuration") as answer:
            document = json.load(answer)
        self.assertEqual(document["probing"]["interval_seconds"], 1)
        section = ""
        for indent, key in re.findall(r"^( *)#?([a-z_]+):", EXAMPLE, re.M):
            if not indent:
                section = key
            elif len(indent) == 2:
                self.assertTrue({key, f"{key}_seconds"} & document[section].keys(), f"{section}.{key}")

    def test_the_source_loads_nothing(self):
        self.assertNotRegex(self.source(), r"(src|href)=\"(https?:)?//")

    def test_the_source_is_complete_without_scripts(self):
        self.check(self.source())


@unittest.skipUnless(PROGRAM, "needs a browser on PATH (Debian: chromium)")
class RenderedPageTests(StatusPageTests):
    browser: Browser

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = cls.enterClassContext(browser(cls.profile))

    def test_the_page_is_complete_in_every_size_and_colour_scheme_with_and_without_scripts(self):
        for size, scripts, scheme in itertools.product(SIZES, (True, False), ("light", "dark")):
            with self.subTest(size=size, scripts=scripts, scheme=scheme):
                self.browser.open(self.page, size, scripts, scheme)
                self.check(self.browser.source())
                self.assertLessEqual(self.browser.width(), size[0])
                self.assertEqual(self.browser.complaints(), [])

    def test_the_browser_of_these_tests_runs_scripts_only_on_request(self):
        page = "data:text/html,<p>plain</p><script>document.body.append('scripted '.repeat(2))</script>"
        for scripts in (True, False):
            self.browser.open(page, SIZES[0], scripts)
            self.assertEqual("scripted scripted" in self.browser.source(), scripts)

    def test_the_text_has_enough_contrast_in_light_and_in_dark(self):
        for scheme, ground_is_lighter in (("light", True), ("dark", False)):
            self.browser.open(self.page, SIZES[0], scheme=scheme)
            style = self.browser.style("body")
            text, ground = luminance(style["color"]), luminance(style["background-color"])
            self.assertEqual(ground > text, ground_is_lighter)
            # WCAG 2.2, success criterion 1.4.6.
            self.assertGreater((max(text, ground) + 0.05) / (min(text, ground) + 0.05), 7)

    def test_the_page_refreshes_itself_and_stays_complete(self):
        self.browser.open(self.page, SIZES[1])
        first = self.browser.source()
        # Polls until the page has refreshed itself.
        deadline = time.monotonic() + 60
        while self.browser.source() == first:
            self.assertLess(time.monotonic(), deadline, "nothing new within a minute")
            time.sleep(0.5)
        self.check(self.browser.source())


if __name__ == "__main__":
    unittest.main()
