"""Runs the checks in the order of an administrator's work."""

from . import activation, credentials, installation, lifetimes, logs, reload, removal, report, sandbox, service

report.run(installation, service, logs, sandbox, reload, lifetimes, activation, credentials, removal)
