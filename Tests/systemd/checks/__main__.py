"""The checks, in the order in which an administrator would come across what they check."""

import report

import installation
import service
import logs
import sandbox
import reload
import lifetimes
import activation
import credentials
import removal

report.run(installation, service, logs, sandbox, reload, lifetimes, activation, credentials, removal)
