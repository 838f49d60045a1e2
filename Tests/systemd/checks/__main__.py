"""The checks, in the order in which an administrator would come across what they check."""

from . import activation, credentials, installation, lifetimes, logs, reload, removal, report, sandbox, service

report.run(installation, service, logs, sandbox, reload, lifetimes, activation, credentials, removal)
