"""The report of a campaign, in Markdown."""

from .target import ROOT, Outcome, replay


def report(outcomes: list[Outcome]) -> str:
    """A table of all targets, and what was found."""
    executions = sum(outcome.executions for outcome in outcomes)
    lines = [
        "# Fuzzing",
        "",
        f"{executions:,} executions of {len(outcomes)} targets. Edges are those of this project's own modules; each",
        "target reaches its part of them. A feature is an edge with its count.",
        "Memory is the peak of the process.",
        "",
        "| target | executions | seconds | per second | edges | of | features | corpus | slowest | memory | found |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for outcome in outcomes:
        # An input of less than a second is reported as 0 s.
        slowest = f"{outcome.slowest} s" if outcome.slowest else "< 1 s"
        lines.append(
            f"| {outcome.target.name} | {outcome.executions:,} | {outcome.seconds:,} | {outcome.per_second:,} "
            f"| {outcome.edges:,} | {outcome.all_edges:,} | {outcome.features:,} | {outcome.corpus} | {slowest} "
            f"| {outcome.memory} MiB | {len(outcome.findings)} |"
        )
    for outcome in outcomes:
        if not outcome.reason:
            continue
        lines += ["", f"## Found by {outcome.target.name}", ""]
        for finding in outcome.findings:
            lines += [
                f"`{finding.relative_to(ROOT)}`, which this replays:",
                "",
                f"    {replay(outcome.target, finding)}",
                "",
            ]
        lines += ["```", outcome.reason, "```"]
    return "\n".join(lines) + "\n"
