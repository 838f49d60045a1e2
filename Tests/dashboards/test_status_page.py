"""The status page of the built exporter, as a validator and a browser see it."""

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import html5lib

from exporter import exporter_on
from prometheus import free_port

CONFIGURATION = """
probing: {interval: 1s, jitter: 0%, cpu_budget: 100%}
runtimes:
  discover: none
  list:
    - {name: native, iterations: 60000000}
    - {name: broken, program: [/bin/sh, -c, "echo '<b>no</b> & such' >&2; exit 3"]}
"""
PROBES = ["single", "gil", "lockfree", "multiprocess"]
PHONE, DESKTOP = "390,844", "1280,900"
SVG = "{http://www.w3.org/2000/svg}"
BROWSER = shutil.which("chromium")


def texts(document, path):
    return [" ".join("".join(element.itertext()).split()) for element in document.iterfind(path)]


class StatusPageTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.profile = folder / "profile"
        address = cls.enterClassContext(exporter_on(free_port(), folder, CONFIGURATION))
        cls.page = f"http://{address}/"
        cls.await_rounds(f"http://{address}/api/v1/rounds")

    @classmethod
    def await_rounds(cls, rounds):
        """Until the page has a line to draw, and a failure to show. Nothing tells when that is, so it is asked for."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(rounds) as answer:
                if len(json.load(answer)["rounds"]) >= 3:
                    return
            time.sleep(0.3)
        raise TimeoutError("no three rounds within a minute")

    def source(self):
        with urllib.request.urlopen(self.page) as answer:
            return answer.read().decode()

    def check(self, source):
        """What the page has to say, whoever made its elements."""
        document = html5lib.HTMLParser(namespaceHTMLElements=False).parse(source)
        self.assertEqual(len(texts(document, ".//h1")), 1)
        self.assertEqual(len(texts(document, ".//main")), 1)
        self.assertRegex(" ".join(texts(document, ".//h2")), "native")
        rows = " ".join(texts(document, ".//th[@scope='row']"))
        for probe in PROBES:
            self.assertIn(probe, rows)
        self.assertIn("<b>no</b> & such", " ".join(texts(document, ".//pre")))
        self.assertGreaterEqual(len(document.findall(f".//{SVG}svg[@role='img'][@aria-label]")), len(PROBES))
        (stale,) = document.findall(".//p[@id='stale']")
        self.assertIn("hidden", stale.attrib)

    def rendered(self, size, *options):
        done = subprocess.run(
            [
                BROWSER,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={self.profile}",
                f"--window-size={size}",
                *options,
                "--dump-dom",
                self.page,
            ],
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        # The browser reports what the page's own policy forbids.
        self.assertNotIn("Content Security Policy", done.stderr)
        return done.stdout

    def test_the_source_is_valid_html(self):
        html5lib.HTMLParser(strict=True).parse(self.source())

    def test_the_source_loads_nothing(self):
        self.assertNotRegex(self.source(), r"(src|href)=\"(https?:)?//")

    def test_the_source_says_all_there_is_so_that_nobody_needs_scripts(self):
        self.check(self.source())

    @unittest.skipUnless(BROWSER, "needs a browser on PATH (Debian: chromium)")
    def test_a_browser_shows_it_on_a_phone_and_on_a_desktop(self):
        for size in (PHONE, DESKTOP):
            with self.subTest(size):
                self.check(self.rendered(size))

    @unittest.skipUnless(BROWSER, "needs a browser on PATH (Debian: chromium)")
    def test_it_renews_itself_and_stays_whole(self):
        # Two renewals: the clock of the page runs ahead.
        self.check(self.rendered(DESKTOP, "--virtual-time-budget=25000"))


if __name__ == "__main__":
    unittest.main()
