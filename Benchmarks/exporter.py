"""The program under test, run as its users run it."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .report import CouldNotRun

COUNTDOWN = Path(__file__).resolve().parent.parent / "Sources/Probing/CPython/countdown.py"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def on_cpus(cpus):
    """A preexec_fn that restricts the program to these CPUs."""
    return None if cpus is None else lambda: os.sched_setaffinity(0, cpus)


def probe(binary, runtime, *probes, iterations=None, cpus=None):
    """The runs of one round in the foreground, by probe, without unsupported probes."""
    command = [binary, "probe", "--format", "json", "--runtime", runtime]
    for name in probes:
        command += ["--probe", name]
    if iterations is not None:
        command += ["--iterations", str(iterations)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=on_cpus(cpus))
    if done.returncode != 0:
        raise CouldNotRun(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return {run["probe"]: run for run in json.loads(done.stdout)["runs"]}


def work(binary, job, interpreter=None, cpus=None):
    """The report of one run by the worker protocol, of the native runtime or an interpreter with its lock on."""
    text = json.dumps({"protocol": 1, "task": "run", **job})
    if interpreter is None:
        command = [binary, "worker", "--parent", str(os.getpid()), text]
    else:
        command = [*interpreter.command(lock=True), "-I", str(COUNTDOWN), text]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=on_cpus(cpus))
    if done.returncode != 0:
        raise CouldNotRun(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Scraper:
    """A keep-alive connection that scrapes, like the one that Prometheus has for each target."""

    def __init__(self, port, tls=None):
        """`tls` is an ssl.SSLContext, for a server with TLS."""
        self.connection: http.client.HTTPConnection
        if tls:
            self.connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=tls)
        else:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def scrape(self, accept="*/*"):
        self.connection.request("GET", "/metrics", headers={"Accept": accept})
        try:
            response = self.connection.getresponse()
            body = response.read()
        except TimeoutError as error:
            raise CouldNotRun(f"a scrape of port {self.connection.port} was not answered within 10 s") from error
        if response.status != 200:
            raise CouldNotRun(f"a scrape was answered with {response.status}: {body[:200]!r}")
        return body

    def close(self):
        self.connection.close()


class Daemon:
    """A running exporter: this one, or another to compare it with."""

    def __init__(self, command, port, tls=None, errors=None):
        """`errors` is a file for its standard error, by default a temporary one."""
        self.program = command[0]
        self.port = port
        self.tls = tls
        # A file, because nobody reads it meanwhile: a full pipe would block a program that logs a lot.
        self.errors = errors or tempfile.TemporaryFile("w+")  # noqa: SIM115 (stop() closes it)
        self.started = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self.errors)
        self.pid = self.process.pid

    def scraper(self):
        return Scraper(self.port, self.tls)

    def await_scrape(self, time_limit=10):
        """The next successful scrape, and the seconds from the start of the process to the end of the scrape."""
        deadline = time.perf_counter() + time_limit
        while time.perf_counter() < deadline:
            scraper = self.scraper()
            try:
                return scraper.scrape(), time.perf_counter() - self.started
            except ConnectionRefusedError as error:
                if self.process.poll() is not None:
                    self.errors.seek(0)
                    raise CouldNotRun(f"{self.program} ended: {self.errors.read().strip()}") from error
                time.sleep(0.0005)
            finally:
                scraper.close()
        raise CouldNotRun(f"{self.program} answers no scrape within {time_limit} s")

    def await_rounds(self, count, time_limit=120):
        deadline = time.monotonic() + time_limit
        while sample(self.await_scrape()[0], "gil_rounds_total") < count:
            if time.monotonic() > deadline:
                raise CouldNotRun(f"{count} rounds took longer than {time_limit} s")
            time.sleep(0.2)

    def cpu_seconds(self):
        """CPU of the process itself, without its workers: proc_pid_stat(5), fields 14 and 15."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def thread_cpu_seconds(self, name):
        """CPU of the thread with this name, 0 if it does not exist yet: /proc/PID/schedstat, in nanoseconds."""
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if (task / "comm").read_text() == f"{name}\n":
                    return int((task / "schedstat").read_text().split()[0]) / 1e9
        return 0.0

    def threads_cpu_seconds(self):
        """CPU of each thread, by its number: /proc/PID/schedstat, more exact than the ticks of cpu_seconds()."""
        threads = {}
        for file in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                threads[file.parent.name] = int(file.read_text().split()[0]) / 1e9
        return threads

    def series(self, name):
        """The values of a metric, by their labels as written."""
        return series(self.await_scrape()[0], name)

    def resident_megabytes(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        kilobytes = re.findall(r"VmRSS:\s+(\d+) kB", status)[0]
        return int(kilobytes) * 1024 / 1e6

    def memory_parts(self):
        """Where the resident memory is, in words: proc_pid_status(5), VmRSS."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        kilobytes = dict(re.findall(r"(Rss\w+):\s+(\d+) kB", status))
        kinds = {"RssAnon": "its own", "RssFile": "pages of files, which the kernel can drop"}
        return [f"{int(kilobytes[key]) * 1024 / 1e6:.1f} MB {kind}" for key, kind in kinds.items()]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def voluntary_switches(self):
        """How often each thread, by its number, has given up a CPU. A wake-up follows each time."""
        switches = {}
        for status in Path(f"/proc/{self.pid}/task").glob("*/status"):
            # A thread may end between the listing and the reading.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found = re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.MULTILINE)
                switches[status.parent.name] = int(found[0])
        return switches

    def children(self):
        """Its child processes that are not reaped yet: the worker of a running probe."""
        children = set()
        for file in Path(f"/proc/{self.pid}/task").glob("*/children"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                children.update(file.read_text().split())
        return children

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            self.process.wait()
            raise CouldNotRun(f"{self.program} did not end within 10 s of SIGTERM") from error
        finally:
            self.errors.close()


@contextlib.contextmanager
def daemon(binary, configuration="", log_level="error", options=(), tls=None):
    """The exporter, serving on a free port of the loopback until the block ends."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(configuration)
        file.flush()
        port = free_port()
        address = f"--web.listen-address=127.0.0.1:{port}"
        command = [binary, "serve", address, f"--config.file={file.name}", f"--log.level={log_level}", *options]
        running = Daemon(command, port, tls)
        try:
            yield running
        finally:
            running.stop()


def sample(exposition, name):
    """The value of a metric without labels."""
    found = re.search(rf"^{name} (\S+)$", exposition.decode(), re.MULTILINE)
    if found is None:
        raise CouldNotRun(f"{name} is not on /metrics")
    return float(found[1])


def series(exposition, name):
    """The values of a metric, by their labels as written."""
    found = re.findall(rf"^{name}{{(.*)}} (\S+)$", exposition.decode(), re.MULTILINE)
    return {labels: float(value) for labels, value in found}
