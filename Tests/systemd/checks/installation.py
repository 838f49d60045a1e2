"""The result of `apt install`."""

from .host import UNIT, journal, output, restart, shown, succeeds, systemctl, until
from .report import check

PACKAGE = "/shared/gil-exporter.deb"


def install(package=PACKAGE):
    # Without a network: dependencies are installed already. dpkg uses the default answer about configuration files.
    options = ["--quiet", "--yes", "--option=DPkg::Options::=--force-confdef"]
    output("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options, "install", package)


@check("the package installs", essential=True)
def installs():
    install()


@check("the service runs and is enabled, the socket is not")
def runs():
    assert shown("ActiveState") == "active", shown("ActiveState")
    assert succeeds("systemctl", "is-enabled", UNIT)
    assert not succeeds("systemctl", "is-enabled", "gil-exporter.socket")


@check("the program has the version of the package")
def version():
    packaged = output("dpkg-query", "--show", "--showformat=${Version}", "gil-exporter")
    assert f"gil-exporter {packaged} " in output("gil-exporter", "--version")
    return packaged


@check("manual pages, completions, documents, rules and drop-ins are installed")
def files():
    paths = output("dpkg", "--listfiles", "gil-exporter").split()
    for name in (
        "man/man1/gil-exporter.1.gz",
        "man/man5/gil-exporter.yml.5.gz",
        "bash-completion/completions/gil-exporter",
        "zsh/vendor-completions/_gil-exporter",
        "fish/vendor_completions.d/gil-exporter.fish",
        "doc/gil-exporter/README.md",
        "doc/gil-exporter/runbooks/GILHostStarved.md",
        "doc/gil-exporter/examples/gil-exporter.yml",
        "gil-exporter/prometheus/gil-rules.yml",
        "gil-exporter/systemd/private-network.conf",
    ):
        assert f"/usr/share/{name}" in paths, f"no /usr/share/{name}"
    assert succeeds("bash", "-n", "/usr/share/bash-completion/completions/gil-exporter")


@check("the packaged configuration is accepted")
def configuration():
    assert "OK" in output("gil-exporter", "check-config", "/etc/gil-exporter/gil-exporter.yml")


@check("it is READY after each of ten starts; the fastest and the slowest time")
def readiness():
    def start():
        restart()
        return int(shown("ActiveEnterTimestampMonotonic")) - int(shown("InactiveExitTimestampMonotonic"))

    # Without a limit: a busy machine takes longer, and `make bench` measures it.
    times = sorted(start() / 1000 for _ in range(10))
    return f"{times[0]:.0f} ms, {times[-1]:.0f} ms"


@check("/-/ready answers at once after the start")
def ready():
    restart()
    output("curl", "--silent", "--fail", "http://localhost:10061/-/ready")


@check("the flags in /etc/default/gil-exporter take effect")
def flags():
    path = "/etc/default/gil-exporter"
    with open(path) as file:
        packaged = file.read()
    try:
        with open(path, "w") as file:
            file.write('ARGS="--web.listen-address=127.0.0.1:10099 --web.telemetry-path=/m"\n')
        restart()
        output("curl", "--silent", "--fail", "http://127.0.0.1:10099/m")
    finally:
        with open(path, "w") as file:
            file.write(packaged)
        restart()


@check("the start fails if the port is in use, and the journal names the port")
def port_taken():
    systemctl("stop", UNIT)
    listener = ["python3", "-m", "http.server", "10061"]
    output("systemd-run", "--quiet", "--unit=squatter", *listener)
    try:
        until(lambda: succeeds("curl", "--silent", "http://localhost:10061"), "somebody else listens")
        assert not succeeds("systemctl", "start", UNIT), "it started"
        log = journal().splitlines()[-20:]
        assert any("10061" in line and "in use" in line for line in log), log
    finally:
        systemctl("stop", "squatter")
        restart()
