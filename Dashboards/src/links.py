"""Links between the dashboards, which keep data source, choice and time."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import DashboardLinkType


def link(title, uid, *variables):
    kept = "".join(f"&${{{name}:queryparam}}" for name in variables)
    return (
        build.DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .url(f"/d/{uid}?${{datasource:queryparam}}{kept}")
        .keep_time(True)
    )


def to_fleet():
    return link("GIL / Fleet", "gil-fleet", "job")


def to_host():
    return link("GIL / Host", "gil-host", "job", "instance")


def to_processes():
    return link("GIL / Python processes", "gil-processes", "job", "instance")
