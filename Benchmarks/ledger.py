"""Whether the time ledgers add up."""

from .exporter import probe
from .report import Finding, Target
from .undisturbed import Sample, judge, repeat

QUESTION = "do CPU, run queue and lock wait explain every worker's wall time?"
PARTS = ["user_seconds", "system_seconds", "run_queue_seconds", "lock_wait_seconds"]
LIMIT = Target(high=2)


def run(setting):
    runtimes = {str(one): one.path for one in setting.all_interpreters}
    samples = repeat(setting, 5, lambda _: worst_workers(setting.binary, {"native": "native", **runtimes}))
    return [
        # The target is for every worker, so the worst one of all runs counts.
        judge(what, LIMIT, of_one, "%", statistic=max)
        if all(sample.value is not None for sample in of_one)
        else Finding.missing(what, LIMIT, "the kernel keeps no scheduler statistics (/proc/PID/schedstat)", "%")
        for what, of_one in samples.items()
    ]


def worst_workers(binary, runtimes):
    """For every probe of every runtime, the worker with the largest unexplained time."""
    samples = {}
    for label, runtime in runtimes.items():
        for name, run in probe(binary, runtime).items():
            # The waking worker of `latency` counts nothing, and sleeps most of the time.
            shares = [unexplained(worker) for worker in run["workers"] if worker["iterations"] > 0]
            worst = None if None in shares else max(shares)
            samples[f"{label} {name}"] = Sample(worst, disturbed=bool(run["disturbances"]))
    return samples


def unexplained(worker):
    """Difference of the parts and the wall time in percent of it; None if a part is unknown."""
    parts = [worker.get(part) for part in PARTS]
    if None in parts:
        return None
    return abs(worker["wall_seconds"] - sum(parts)) / worker["wall_seconds"] * 100
