"""Checks a round on a free-threaded Python, read as JSON from standard input."""

import json
import sys

runs = {run["probe"]: run for run in json.load(sys.stdin)["runs"]}
checks = {
    f"{probe} ran": "failure" not in runs.get(probe, {"failure": "missing"})
    for probe in ("single", "gil", "lockfree", "multiprocess")
}
if all(checks.values()):
    for probe, run in runs.items():
        for worker in run["workers"]:
            parts = [worker[f"{part}_seconds"] for part in ("user", "system", "run_queue", "lock_wait")]
            difference = abs(sum(parts) - worker["wall_seconds"]) / worker["wall_seconds"]
            checks[f"{probe}: the time ledger adds up"] = difference <= 0.02
    # With the lock, one thread waits while the other runs, whatever the machine does; without it nobody waits.
    checks["threads wait for the GIL where it is on"] = runs["gil"]["lock_wait_ratio"] > 0.2
    checks["and not where it is off"] = runs["lockfree"]["lock_wait_ratio"] < 0.1

for name, passed in checks.items():
    print("PASS" if passed else "FAIL", name)
failed = sum(not passed for passed in checks.values())
print(f"{len(checks) - failed} passed, {failed} failed")
sys.exit(failed > 0)
