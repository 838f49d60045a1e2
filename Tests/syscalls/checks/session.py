"""Runs the whole program once under a filter, and records the outcome of each part."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from . import refusal, trace

CONFIGURATION = """
probing: {{interval: 1s, jitter: 0%, cpu_budget: 100%, time_limit: 5s}}
observation:
  scan_interval: 1s
  groups: [{{name: {group}, command_line: {mark}}}]
runtimes:
  discover: none
  list:
    - {{name: native, iterations: 200000}}
    - {{name: python3, python: [{python}], iterations: 20000}}
"""
GROUP = "observed"
MARK = "gil-exporter-observed"
# Works and sleeps in turn, so that its lock is held at times and others get CPU.
OBSERVED = "import time\nwhile True:\n    for _ in range(50000): pass\n    time.sleep(0.005)"
# Limits that end a hang; normal runs are much shorter.
START_LIMIT = 30
COMMAND_LIMIT = 20
STOP_LIMIT = 12
SILENCE = 12
# Maximum bytes of log.
LOG_LIMIT = 256 * 1024
NATIVE = ("single", "gil", "lockfree", "multiprocess", "refcount", "latency")
PYTHON = ("single", "gil", "multiprocess", "refcount", "latency")
# Warnings about a busy machine, which this one is.
BUSY = ("A probe has been disturbed for long", "Rounds are delayed")
PROBES = [("native", probe) for probe in NATIVE] + [("python3", probe) for probe in PYTHON]


@dataclass
class Seen:
    """The observations of one run."""

    # Part of the program to None if it works, or the reason why not.
    parts: dict = field(default_factory=dict)
    # Forbidden outcomes, in words.
    forbidden: list = field(default_factory=list)
    # Why it did not start.
    refusal: str = ""
    warnings: list = field(default_factory=list)
    series: set = field(default_factory=set)
    zeros: set = field(default_factory=set)
    log: str = ""


def metrics(text):
    """{(family, labels): value}"""
    found = {}
    for line in text.splitlines():
        if match := re.match(r"([a-zA-Z_:]\w*)(\{.*\})? (\S+)$", line):
            found[match[1], match[2] or ""] = float(match[3])
    return found


def label(labels, name):
    match = re.search(rf'\b{name}="([^"]*)"', labels)
    return match[1] if match else None


def request(port, path, headers=()):
    """Status and body of an answer over TLS; raises OSError."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain) as connection,
    ):
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        while data := connection.recv(65536):
            answer += data
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 "):
        raise OSError("the connection is closed without an answer")
    if b"chunked" in head.lower():
        body = unchunked(body)
    return int(head.split()[1]), body.decode(errors="replace")


def unchunked(body):
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        count = int(size, 16)
        if count == 0:
            break
        whole, body = whole + body[:count], body[count + 2 :]
    return whole


def ended_by(status):
    """The name of the signal, or None."""
    if status >= 0:
        return None
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


class Session:
    def __init__(self, binary, rules, folder, observed, traced=False):
        self.binary, self.rules, self.folder, self.observed = binary, rules, folder, observed
        # Output files of strace, one per started program.
        self.traced, self.traces = traced, []
        self.seen = Seen()
        self.unobservable_since: float | None = None
        os.makedirs(folder)
        self.log_path = os.path.join(folder, "log")
        self.control = os.path.join(folder, "control.sock")
        self.configuration = os.path.join(folder, "gil-exporter.yml")
        with open(self.configuration, "w") as file:
            file.write(CONFIGURATION.format(group=GROUP, mark=MARK, python=sys.executable))
        self.web_configuration = os.path.join(os.path.dirname(folder), "web.yml")

    def run(self):
        self.serve()
        self.seen.log = self.log()
        if not self.seen.refusal:
            self.commands()
        return self.seen

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFY_", "LISTEN_"))}
        return {**kept, "LC_ALL": "C.UTF-8", **more}

    @property
    def address(self):
        return "127.0.0.1:0"

    @property
    def daemon(self):
        """The number of the process that serves."""
        return self.process.pid

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read(LOG_LIMIT + 1)

    def started(self, words):
        """What Popen runs."""
        if not self.traced:
            return refusal.command(self.rules, words)
        self.traces.append(os.path.join(self.folder, f"trace.{len(self.traces)}"))
        return trace.command(words, self.traces[-1])

    # serve

    def serve(self):
        words = [self.binary, "serve", "--config.file", self.configuration]
        words += ["--web.config.file", self.web_configuration, "--web.listen-address", self.address]
        words += ["--web.listen-address", f"unix:{self.folder}/web.sock", "--control.socket", self.control]
        words += ["--log.format", "logfmt"]
        address = os.path.join(self.folder, "notify.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, open(self.log_path, "wb") as log:
            manager.bind(address)
            self.notifications = []
            threading.Thread(target=self.hear, args=[manager], daemon=True).start()
            self.process = subprocess.Popen(
                self.started(words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(NOTIFY_SOCKET=address),
                start_new_session=True,
            )
            try:
                self.live()
            finally:
                if self.process.poll() is None:
                    os.killpg(self.process.pid, signal.SIGKILL)
                    self.process.wait()
                manager.shutdown(socket.SHUT_RD)

    def hear(self, manager):
        """Reads notifications like a service manager, whose queue is short."""
        try:
            while text := manager.recv(65536).decode():
                self.notifications.append(text)
        except OSError:
            pass  # It is closed.

    def live(self):
        began = time.monotonic()
        port = self.wait_for_parts()
        if self.process.poll() is not None:
            self.ended_early()
            return
        if port is None:
            self.seen.parts["web"] = None
            self.forbid(f"listens nowhere after {START_LIMIT} s, without a word")
        else:
            self.notified()
            self.web(port)
            self.reload(port)
        self.busy(began)
        if self.process.poll() is None:
            self.stop()
        if os.path.getsize(self.log_path) > LOG_LIMIT:
            self.forbid(f"a log of more than {LOG_LIMIT >> 10} KiB")
        self.warnings()

    def wait_for_parts(self):
        """Waits until the outcome of each part is known.

        Returns: the port, or None if the program does not listen.
        """
        port, deadline, listens_since = None, time.monotonic() + START_LIMIT, 0.0
        failure: str | None = "no answer"
        while self.process.poll() is None and time.monotonic() < deadline:
            if port is None:
                if match := re.search(r"msg=Listening address=127\.0\.0\.1:(\d+)", self.log()):
                    port, listens_since = int(match[1]), time.monotonic()
            else:
                try:
                    status, body = request(port, "/metrics")
                    failure = None if status == 200 else f"status {status}"
                    if status == 200 and self.parts_are_known(metrics(body)):
                        break
                except (OSError, ValueError) as error:
                    failure = f"{error}"
                if time.monotonic() > listens_since + SILENCE + 8:
                    break
            time.sleep(0.2)
        if self.process.poll() is None and port is not None:
            if failure:
                self.seen.parts["scrape"] = failure
                if not self.warnings():
                    self.forbid(f"no scrape is answered, and nothing tells why: {failure}")
            else:
                self.unknown_parts_are_silent()
        return port

    def parts_are_known(self, values):
        parts = self.seen.parts
        parts["scrape"] = None
        log = self.log()
        for runtime, probe in PROBES:
            part = f"{runtime} {probe}"
            if parts.get(part, "?") != "?":
                continue
            parts[part] = "?"
            for (family, labels), value in values.items():
                if label(labels, "runtime") != runtime or label(labels, "probe") != probe or value == 0:
                    continue
                if family == "gil_probe_failures_total":
                    parts[part] = self.failure(log, runtime, probe, label(labels, "reason"))
            if parts[part] == "?" and values.get(("gil_probe_runs_total", f'{{runtime="{runtime}",probe="{probe}"}}')):
                parts[part] = None
                continue
            if (
                parts[part] == "?"
                and values.get(("gil_probe_supported", f'{{runtime="{runtime}",probe="{probe}"}}')) == 0
            ):
                parts[part] = "gil_probe_supported is 0"
            if parts[part] == "?" and 'msg="A runtime cannot be probed"' in log:
                for line in log.splitlines():
                    if 'msg="A runtime cannot be probed"' in line and f"runtime={runtime}" in line:
                        parts[part] = self.failure(log, runtime, None, "undescribed")
        part = "observation"
        if parts.get(part, "?") == "?":
            parts[part] = "?"
            held = values.get(("gil_process_held_seconds_total", f'{{group="{GROUP}"}}'), 0)
            reasons = {
                label(labels, "reason"): int(value)
                for (family, labels), value in values.items()
                if family == "gil_process_unobservable" and value > 0
            }
            if held > 0:
                parts[part] = None
            elif self.unobservable_long_enough(reasons):
                parts[part] = "processes are counted in gil_process_unobservable, reason " + ", ".join(sorted(reasons))
            else:
                for line in log.splitlines():
                    if 'msg="Python processes cannot be observed"' in line:
                        parts[part] = readable(line)
        return "?" not in parts.values()

    def unobservable_long_enough(self, reasons):
        """A starting or ending process may be unobservable for a moment."""
        if not reasons:
            self.unobservable_since = None
            return False
        now = time.monotonic()
        if self.unobservable_since is None:
            self.unobservable_since = now
        return now > self.unobservable_since + 3

    def unknown_parts_are_silent(self):
        unknown = [part for part, why in self.seen.parts.items() if why == "?"]
        if not unknown:
            return
        for part in unknown:
            self.seen.parts[part] = "does not work, and nothing tells why"
        warnings = self.warnings()
        if not warnings:
            self.forbid("silence: " + ", ".join(unknown))
        else:
            for part in unknown:
                self.seen.parts[part] = warnings[0]

    def failure(self, log, runtime, probe, reason):
        """The reason of a failed probe, from the log. A trap of our own program is forbidden."""
        lines = [line for line in log.splitlines() if f"runtime={runtime}" in line and "err=" in line]
        # A runtime that cannot even describe itself has one line for all its probes.
        for line in [line for line in lines if f"probe={probe}" in line] + [it for it in lines if "probe=" not in it]:
            error = quoted(line, "err")
            match = re.search(r"died of signal (\d+)", error)
            if match and (runtime == "native" or int(match[1]) in (signal.SIGILL, signal.SIGTRAP)):
                self.forbid(f"a worker of {runtime} {ended_by(-int(match[1]))}")
            return f"{reason}: {error}"
        self.forbid(f"{runtime} {probe or ''}: {reason}, and no line in the log")
        return reason

    def notified(self):
        ready = any("READY=1" in text.splitlines() for text in self.notifications)
        self.seen.parts["notification to systemd"] = None if ready else "READY=1 does not arrive"
        if not ready and not self.warnings():
            self.forbid("silence: not ready for systemd")

    def web(self, port):
        parts = self.seen.parts
        for path, part in (("/", "page"), ("/-/healthy", "health"), ("/-/ready", "readiness")):
            try:
                status, body = request(port, path, ["Accept-Encoding: gzip"] if path == "/" else [])
                parts[part] = None if status == 200 else f"{status}: {body.strip()[:200]}"
            except (OSError, ValueError) as error:
                parts[part] = f"{error}"
                self.forbid(f"{part} is not answered: {error}")
        try:
            values = metrics(request(port, "/metrics")[1])
        except (OSError, ValueError):
            return
        self.seen.series = {key for key, value in values.items() if value == value}
        self.seen.zeros = {family for family, _ in values} - {family for (family, _), value in values.items() if value}

    def reload(self, port):
        status, text = self.finish("reload", [self.binary, "reload", "--control.socket", self.control])
        if status is None:
            return
        if status == 0 and not self.reloaded():
            self.forbid("reload says that it did, but it did not")
        if status == 0:
            self.seen.parts["reload"] = None
        else:
            os.kill(self.daemon, signal.SIGHUP)
            by_signal = "SIGHUP does it" if self.reloaded() else "SIGHUP does not do it either"
            self.seen.parts["reload"] = f"{text.strip().splitlines()[-1] if text.strip() else status}; {by_signal}"

    def reloaded(self):
        """Checks the log, which may come a moment later."""
        deadline = time.monotonic() + 5
        while "Reloaded the configuration" not in self.log():
            if time.monotonic() > deadline or self.process.poll() is not None:
                return False
            time.sleep(0.1)
        return True

    def busy(self, began):
        """Checks that the idle program does not spin."""
        if self.process.poll() is not None:
            self.died("after its start")
            return
        if cpu_seconds(self.daemon) < 0.5 * (time.monotonic() - began):
            return
        before, began = cpu_seconds(self.daemon), time.monotonic()
        time.sleep(2)
        share = (cpu_seconds(self.daemon) - before) / (time.monotonic() - began)
        if share > 0.5:
            self.forbid(f"takes {share:.0%} of a CPU")

    def stop(self):
        os.kill(self.daemon, signal.SIGTERM)
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.forbid(f"SIGTERM does not end it within {STOP_LIMIT} s")
            return
        self.died("at its end")
        if self.process.returncode > 0:
            self.seen.parts["stop"] = f"exit status {self.process.returncode}: {self.last_line()}"

    def died(self, when):
        if (name := ended_by(self.process.returncode)) and name != "SIGKILL":
            self.forbid(f"{name} {when}")

    def ended_early(self):
        text = self.log().strip()
        if name := ended_by(self.process.returncode):
            self.forbid(f"{name} at its start")
        elif not text or not self.last_line():
            self.forbid(f"ends with exit status {self.process.returncode}, without a word")
        else:
            self.seen.refusal = f"exit status {self.process.returncode}: {self.last_line()}"

    def last_line(self):
        """The last error of its log, or its last line."""
        lines = self.log().strip().splitlines()
        errors = [line for line in lines if "level=ERROR" in line] or [line for line in lines if "level=" not in line]
        return readable(errors[-1]) if errors else ""

    def warnings(self):
        found = []
        for line in self.log().splitlines():
            if ("level=WARN" in line or "level=ERROR" in line) and not any(text in line for text in BUSY):
                text = readable(line)
                if text not in found:
                    found.append(text)
        self.seen.warnings = found
        return found

    # The other commands

    def commands(self):
        watch = self.finish("watch", [self.binary, "watch", "--once", "--json", str(self.observed)])
        self.exits("watch", watch, good=lambda text: "held_ratio" in text)
        words = ["probe", "--runtime", "native", "--probe", "single", "--iterations", "100000"]
        self.exits("probe", self.finish("probe", [self.binary, *words]), good=lambda text: "native" in text)
        words = ["check-config", "--web.config.file", self.web_configuration, self.configuration]
        self.exits("check-config", self.finish("check-config", [self.binary, *words]), good=lambda text: "OK" in text)

    def finish(self, name, words):
        process = subprocess.Popen(
            self.started(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment(),
            start_new_session=True,
        )
        try:
            text = process.communicate(timeout=COMMAND_LIMIT)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            self.forbid(f"{name} does not end")
            return None, ""
        if signal_name := ended_by(process.returncode):
            self.forbid(f"{name}: {signal_name}")
            return None, text
        if process.returncode != 0 and not text.strip():
            self.forbid(f"{name} ends with exit status {process.returncode}, without a word")
        return process.returncode, text

    def exits(self, name, result, good):
        status, text = result
        if status is None:
            return
        if status == 0 and good(text):
            self.seen.parts[name] = None
        else:
            last = text.strip().splitlines()[-1] if text.strip() else ""
            self.seen.parts[name] = f"exit status {status}: {last[:300]}"
            if status == 0:
                self.forbid(f"{name} ends with exit status 0, but gives nothing: {last[:200]}")

    def forbid(self, what):
        if what not in self.seen.forbidden:
            self.seen.forbidden.append(what)


def cpu_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quoted(line, key):
    """The value of a key in logfmt; "" without it."""
    match = re.search(rf'\b{key}=("(?:[^"\\]|\\.)*"?|\S*)', line)
    return match[1].strip('"') if match else ""


def readable(line):
    """A line of the log without time and source."""
    message, error = quoted(line, "msg"), quoted(line, "err")
    if not message:
        return line.strip()
    return f"{message}: {error}" if error else message
