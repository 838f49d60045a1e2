"""Chromium without a window, over its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/.

Its option `--dump-dom` uses a script, so it does not work if scripts are off.
"""

import contextlib
import json
import os
import shutil
import subprocess

PROGRAM = shutil.which("chromium")
TIMEOUT_SECONDS = 120


class Browser:
    """One tab. Commands and answers are JSON with a number, each ended by a zero byte."""

    def __init__(self, commands, answers):
        self.commands, self.answers = commands, answers
        self.number = 0
        self.session = None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "DOM", "CSS", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """The result of a command. Raises RuntimeError with the browser's message if it fails."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        while (answer := self.receive()).get("id") != self.number:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def receive(self):
        message = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("the browser has ended")
            message += byte
        return json.loads(message)

    def open(self, page, size, scripts=True, scheme="light"):
        """Loads a page with these preferences. `size` is (width, height) in CSS pixels."""
        width, height = size
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events.clear()
        refusal = self.call("Page.navigate", url=page).get("errorText")
        if refusal:
            raise RuntimeError(f"{page}: {refusal}")
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def source(self):
        """The current elements, as HTML."""
        root = self.call("DOM.getDocument")["root"]
        return self.call("DOM.getOuterHTML", nodeId=root["nodeId"])["outerHTML"]

    def style(self, selector):
        """The computed style of the first element that matches the selector."""
        root = self.call("DOM.getDocument")["root"]
        node = self.call("DOM.querySelector", nodeId=root["nodeId"], selector=selector)["nodeId"]
        properties = self.call("CSS.getComputedStyleForNode", nodeId=node)["computedStyle"]
        return {entry["name"]: entry["value"] for entry in properties}

    def width(self):
        """The width of the contents in CSS pixels. If it exceeds the window, the page scrolls sideways."""
        return self.call("Page.getLayoutMetrics")["cssContentSize"]["width"]

    def complaints(self):
        """The messages of its console: violations of the page's policy, failed loads."""
        entries = [event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded"]
        return [entry["text"] for entry in entries]


@contextlib.contextmanager
def browser(profile):
    """A browser while the `with` block runs; it keeps its files in `profile`."""
    with contextlib.ExitStack() as stack:
        commands_out, commands_in = os.pipe()
        answers_out, answers_in = os.pipe()
        # It reads commands from descriptor 3 and writes answers to 4.
        shell = f'exec "$@" 3<&{commands_out} 4>&{answers_in}'
        assert PROGRAM
        program = [PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
        child = subprocess.Popen(
            ["bash", "-c", shell, "bash", *program, "--remote-debugging-pipe"],
            pass_fds=(commands_out, answers_in),
            stderr=subprocess.DEVNULL,
        )
        os.close(commands_out)
        os.close(answers_in)
        stack.callback(child.wait, TIMEOUT_SECONDS)
        stack.callback(child.terminate)
        commands = stack.enter_context(os.fdopen(commands_in, "wb"))
        answers = stack.enter_context(os.fdopen(answers_out, "rb"))
        yield Browser(commands, answers)
