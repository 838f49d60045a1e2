"""Benchmarks of gil-exporter: `python3 -m Benchmarks`."""
