"""Compares what the exporter observes with what the observed interpreters know."""
