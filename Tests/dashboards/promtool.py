"""Unit tests of promtool for expressions of the dashboards, with made-up series."""

import json
import subprocess
import tempfile
from pathlib import Path

from . import dashboards

# One sample per minute for a quarter of an hour, evaluated at the last of them.
INTERVAL, LENGTH = "1m", "15m"


# Floating-point errors do not count as a difference.
PRECISION = 1e-6


def case(expression, series, samples):
    """The test that the expression returns the samples. Dicts: series to values, labels to a value."""
    asked = dashboards.filled_in(expression, rate_interval="4m")
    return {
        "name": expression,
        "interval": INTERVAL,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"round({asked}, {PRECISION})",
                "eval_time": LENGTH,
                "exp_samples": [{"labels": labels, "value": value} for labels, value in samples.items()],
            }
        ],
    }


def complaints(*cases):
    """The errors of promtool, empty if every expression returns exactly its samples."""
    with tempfile.TemporaryDirectory() as folder:
        # YAML is a superset of JSON.
        page = Path(folder) / "test.yml"
        page.write_text(json.dumps({"evaluation_interval": INTERVAL, "tests": cases}))
        done = subprocess.run(["promtool", "test", "rules", page], capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stdout + done.stderr
