"""The report of a run: report.md, series.csv, events.csv, plot.svg and log in a folder."""

import csv
from collections import Counter

from .findings import CHECKS
from .plot import plot
from .watch import LIMITS


def write(run, folder):
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(part for part in parts(run) if part) + "\n"
    (folder / "report.md").write_text(text)
    began = run.schedule.began
    if run.watch.rows:
        with open(folder / "series.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, run.watch.rows[0])
            writer.writeheader()
            writer.writerows({**row, "time": round(row["time"] - began, 3)} for row in run.watch.rows)
    with open(folder / "events.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["begin", "end", "theme", "disturbance", "notes"])
        for event in sorted(run.schedule.events, key=lambda event: event.begin):
            one, times = event.disturbance, [round(time - began, 1) for time in (event.begin, event.end)]
            rows.writerow([*times, one.theme, one.sentence, "; ".join(event.notes)])
    (folder / "log").write_bytes(run.log)
    (folder / "plot.svg").write_text(plot(run.watch.rows, run.schedule.events, began))
    print(verdicts(run))
    print(f"{run.findings.total()} faults; {folder}/report.md, {folder}/plot.svg")


def parts(run):
    minutes = (run.watch.rows[-1]["time"] - run.schedule.began) / 60 if run.watch.rows else 0
    word = "Interrupted after" if run.interrupted.is_set() else "A run of"
    yield f"# Soak\n\n{word} {minutes:.1f} minutes, seed {run.options.seed}. ![series over time](plot.svg)"
    yield "## Checks\n\n" + verdicts(run)
    for check, faults in run.findings.faults.items():
        if faults:
            more = run.findings.counts[check] - len(faults)
            lines = [*faults, *([f"and {more} more"] if more else [])]
            yield f"### {CHECKS[check]}\n\n" + "\n".join(f"- {text}" for text in lines)
    yield "## Scrapes\n\n" + scrapes(run)
    yield "## Trends\n\n" + trends(run)
    yield "## Honest processes\n\n" + honest(run)
    yield "## Disturbances\n\n" + disturbances(run)
    yield "## Log\n\n" + log(run)


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join(lines + [f"| {' | '.join(str(cell).replace('|', '¦') for cell in row)} |" for row in rows])


def verdicts(run):
    counts = run.findings.counts
    return "\n".join(f"- {'FAIL' if counts[check] else 'PASS'}: {text}" for check, text in CHECKS.items())


def scrapes(run):
    took = sorted(seconds for begin, seconds in run.scraper.took if not run.schedule.excused("scrapes", begin, begin))
    text = f"{len(run.scraper.took)} succeeded. Of {len(run.scraper.failures)} failures (of scrapes and of health) "
    text += f"{run.excused} lie in moments in which everything was taken away."
    if took:
        values = [took[int(share * (len(took) - 1))] * 1000 for share in (0.5, 0.99, 1)]
        text += " Outside of these moments half took {:.0f} ms, 99 % {:.0f} ms, the slowest {:.0f} ms.".format(*values)
    status = "–" if run.end_status is None else run.end_status
    return text + f" SIGTERM: status {status} after {run.end_seconds:.1f} s."


def trends(run):
    rows = []
    for name, found in run.trends.items():
        limit = LIMITS[name]
        if found is None:
            rows.append([name, "too few samples", "", "", ""])
            continue
        allowed = f"{limit.per_hour:g} {limit.unit}".strip()
        slope = f"{found.slope:.3g} ± {found.error:.2g}"
        rows.append([name, f"{found.mean:.4g}", slope, allowed, found.blocks])
    head = ["", "mean", "slope per hour ± standard error", "allowed per hour", "blocks"]
    text = "A regression over the second half, of the minimum of each block of time."
    return f"{text}\n\n{table(head, rows)}"


def honest(run):
    rows = [comparison(one, one.over) for one in run.comparisons if not one.over.startswith("from")]
    by_subject: dict[tuple[str, str], list] = {}
    for one in run.comparisons:
        if one.over.startswith("from"):
            by_subject.setdefault((one.subject, one.metric), []).append(one)
    for windows in by_subject.values():
        worst = max(windows, key=lambda one: abs(one.difference) / one.tolerance)
        rows.append(comparison(worst, f"worst of {len(windows)} windows"))
    head = ["process", "per second", "over", "seconds", "exporter", "truth", "difference", "tolerance", "samples/s"]
    versions = ", ".join(f"{one.group} is {one.interpreter}" for one in run.honest.subjects)
    return f"{versions}.\n\n{table(head, rows)}"


def comparison(one, over):
    truth = f"{one.most:.4f}" if one.least == one.most else f"{one.least:.4f} – {one.most:.4f}"
    figures = [f"{one.seen:.4f}", truth, f"{one.difference:.4f}", f"{one.tolerance:.4f}", f"{one.rate:.1f}"]
    return [one.subject, one.metric, over, f"{one.seconds:.0f}", *figures]


def disturbances(run):
    counts: Counter[tuple[str, str]] = Counter()
    seconds: Counter[tuple[str, str]] = Counter()
    for event in run.schedule.events:
        key = (event.disturbance.theme, event.disturbance.sentence)
        counts[key] += 1
        seconds[key] += event.end - event.begin
    rows = [[*key, count, f"{seconds[key]:.0f}"] for key, count in sorted(counts.items())]
    text = table(["theme", "disturbance", "times", "seconds"], rows)
    for sentence, reason in run.schedule.unavailable.items():
        text += f"\n\nNot available here: {sentence}, because {reason}"
    return text


def log(run):
    rows = [[text, count] for text, count in Counter(run.watch.messages).most_common(30)]
    return f"{run.watch.log_lines} lines.\n\n{table(['message', 'lines'], rows)}"
