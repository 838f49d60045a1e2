"""Encryption and passwords, from files that only root can read."""

import os
import shutil

from .host import output, packaged_drop_in, remove_drop_in, restart, scrape, succeeds
from .report import Skipped, check

URL = "https://localhost:10061/metrics"
# Made by Tests/systemd/run, for localhost.
CERTIFICATE = "/shared/tls.crt"
KEY = "/shared/tls.key"
WEB_CONFIGURATION = """\
tls_server_config:
  cert_file: tls.crt
  key_file: tls.key
basic_auth_users:
  prometheus: $2b$04$abcdefghijklmnopqrstuuhk8LSAPO6y6u2r.r6R1raC8LDlqI9Ia
"""
FILES = {name: f"/etc/gil-exporter/{name}" for name in ("web.yml", "tls.crt", "tls.key")}


@check("credentials.conf: TLS and a password, from files that the exporter's user cannot read")
def credentials():
    if "--web.config.file" not in output("gil-exporter", "serve", "--help"):
        raise Skipped("this program knows no --web.config.file")
    with open(FILES["web.yml"], "w") as file:
        file.write(WEB_CONFIGURATION)
    shutil.copy(CERTIFICATE, FILES["tls.crt"])
    shutil.copy(KEY, FILES["tls.key"])
    for path in FILES.values():
        os.chmod(path, 0o600)
    packaged_drop_in("credentials.conf")
    try:
        restart()
        trusting = ("--cacert", CERTIFICATE)
        assert "gil_exporter_build_info" in scrape(*trusting, "--user", "prometheus:countdown", url=URL)
        for stranger in ((), ("--user", "prometheus:guessed")):
            assert not succeeds("curl", "--silent", "--fail", *trusting, *stranger, URL), f"{stranger} may scrape"
        assert not succeeds("curl", "--silent", "--fail", URL.replace("https", "http")), "it is not encrypted"
    finally:
        remove_drop_in("credentials.conf")
        for path in FILES.values():
            os.remove(path)
        restart()
