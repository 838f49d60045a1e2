"""Whether the time ledgers add up."""

from exporter import disturbances, probe
from report import Finding, Target

QUESTION = "do CPU, run queue and lock wait explain every worker's wall time?"
PARTS = ["user_seconds", "system_seconds", "run_queue_seconds", "lock_wait_seconds"]
LIMIT = Target(high=2)


def run(setting):
    findings = []
    runtimes = [("native", "native")] + [(str(one), one.path) for one in setting.all_interpreters]
    rounds = {label: [] for label, _ in runtimes}
    for _ in setting.repeat(5):
        for label, runtime in runtimes:
            rounds[label].append(probe(setting.binary, runtime))
    for label, repeated in rounds.items():
        for name in repeated[0]:
            findings.append(judge(f"{label} {name}", [one[name] for one in repeated]))
    return findings


def judge(what, runs):
    shares = [unexplained(worker) for run in runs for worker in run["workers"]]
    if None in shares:
        return Finding.missing(what, LIMIT, "the kernel keeps no scheduler statistics (/proc/PID/schedstat)", "%")
    # The target is for every worker, so the worst one is what counts.
    return Finding.of(what, LIMIT, shares, "%", disturbances(runs), statistic=max)


def unexplained(worker):
    """Per cent of the wall time that the parts leave over or exceed; None where a part is unknown."""
    parts = [worker.get(part) for part in PARTS]
    if None in parts:
        return None
    return abs(worker["wall_seconds"] - sum(parts)) / worker["wall_seconds"] * 100
