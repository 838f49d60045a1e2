"""promtool's unit tests, of what expressions of the dashboards make of series that are made up."""

import json
import subprocess
import tempfile
from pathlib import Path

from . import dashboards

# A sample a minute for a quarter of an hour, looked at when the last of them is there.
INTERVAL, LENGTH = "1m", "15m"


# What floating-point arithmetic leaves of a value is no difference.
PRECISION = 1e-6


def case(expression, series, samples):
    """The test that the expression gives the samples, both dicts: of series to their values, and of labels to one."""
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
    """What promtool finds wrong: nothing, if every expression gives its samples, and no others."""
    with tempfile.TemporaryDirectory() as folder:
        # YAML is a superset of JSON.
        page = Path(folder) / "test.yml"
        page.write_text(json.dumps({"evaluation_interval": INTERVAL, "tests": cases}))
        done = subprocess.run(["promtool", "test", "rules", page], capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stdout + done.stderr
