"""The state of the alerts, with links to their runbooks."""

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, ValueMap, ValueMappingResult

from .panels import BAD, NOTICE, grid, joined, thresholds
from .queries import rows, select

STATES = ValueMap(
    {
        "firing": ValueMappingResult(text="firing", color=BAD),
        "pending": ValueMappingResult(text="pending", color=NOTICE),
    }
)
OURS = 'alertname=~"GIL.*"'
LABELS = "alertname, alertstate, severity, job, instance, group, runtime, probe, reason"


def alerts(*matchers):
    """A row for each alert of gil-alerts.yml that fires, or will if it lasts."""
    panel = grid(
        "Alerts",
        "Alerts of gil-exporter that fire, and those that will fire if their condition lasts. Click an alert to open "
        "its runbook. Empty: none, or the Prometheus of this data source does not load gil-alerts.yml.",
        "none",
        rows(f"max by ({LABELS}) ({select('ALERTS', OURS, *matchers)})"),
    )
    runbook = {
        "title": "Open the runbook",
        "url": "http://${__data.fields.Instance}/runbooks/${__value.raw}",
        "targetBlank": True,
    }
    cell = DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"})
    return (
        joined(
            panel,
            alertstate="State",
            alertname="Alert",
            severity="Severity",
            job="Job",
            instance="Instance",
            group="Group",
            runtime="Runtime",
            probe="Probe",
            reason="Reason",
            A="Value",
        )
        .override_by_name("State", [DynamicConfigValue("mappings", [STATES.to_json()]), cell])
        .override_by_name("Alert", [DynamicConfigValue("links", [runbook])])
        .override_by_name("Value", [DynamicConfigValue("custom.hidden", True)])
        .no_value("none")
        .thresholds(thresholds((None, "text")))
    )
