"""Tests of the dashboards, the rules, the status page and the page of metrics."""
