"""The outcome of a run, in words, and the table in the documentation."""

import errno
import os
import re
from dataclasses import dataclass

from .calls import CALLS
from .session import PROBES

PAGE = os.path.join(os.path.dirname(__file__), "../../../Documentation/system-calls.md")
BEGIN, END = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"
# Families that must not be 0 if something was measured. Where no process is found, none is searched.
NEVER_ZERO = re.compile(
    r"gil_probe_(worker_seconds|cpu_seconds|iterations|setup_seconds)_total"
    r"|gil_exporter_(?!observation_search_)\w*cpu_seconds_total"
    r"|gil_process_samples_total|process_(resident_memory_bytes|start_time_seconds)"
)


@dataclass
class Outcome:
    # Here: works, degraded, refuses, or broken.
    kind: str
    text: str = ""

    def __str__(self):
        return f"{self.kind}: {self.text}" if self.text else self.kind


def outcome(seen, baseline):
    if seen.forbidden:
        return Outcome("broken", "; ".join(seen.forbidden))
    if seen.refusal:
        return Outcome("refuses", tidy(seen.refusal))
    by_reason: dict[str, list[str]] = {}
    for part, why in seen.parts.items():
        if why is not None:
            by_reason.setdefault(tidy(why), []).append(part)
    texts = [f"{', '.join(together(parts))}: {why}" for why, parts in by_reason.items()]
    zeros = sorted(name for name in seen.zeros - baseline.zeros if NEVER_ZERO.fullmatch(name))
    if zeros and any(seen.parts.get(f"{runtime} {probe}", "") is None for runtime, probe in PROBES):
        return Outcome("broken", f"0 is told where nothing was measured: {', '.join(zeros)}; {'; '.join(texts)}")
    if not by_reason:
        families = {family for family, _ in seen.series}
        if gone := sorted(
            {family for family, _ in baseline.series - seen.series if not is_fleeting(family)} - families
        ):
            texts.append(f"without {', '.join(gone)}")
        new = [warning for warning in seen.warnings if tidy(warning) not in map(tidy, baseline.warnings)]
        if new and gone:
            texts.append(new[0])
        elif new:
            return Outcome("degraded", "; ".join(tidy(warning) for warning in new))
    return Outcome("degraded", tidy("; ".join(texts))) if texts else Outcome("works")


def together(parts):
    """The same parts, abbreviated if they include all probes of a runtime."""
    for runtime in ("native", "python3"):
        probes = [f"{it} {probe}" for it, probe in PROBES if it == runtime]
        if set(probes) <= set(parts):
            parts = [f"probes of {runtime}"] + [part for part in parts if part not in probes]
    if {"probes of native", "probes of python3"} <= set(parts):
        parts = ["all probes"] + [part for part in parts if not part.startswith("probes of ")]
    return parts


def is_fleeting(family):
    """Whether the family depends on timing."""
    return family.startswith(("gil_process_unobservable", "promhttp_"))


def tidy(text):
    """The text without parts that differ in every run."""
    text = re.sub(r"/\S*/gil-exporter-syscalls-[^/\s]+/[^/\s]+/", "", text)
    text = re.sub(r"/\S+/(?=(gil-exporter|lib[\w.-]*): )", "", text)
    text = re.sub(r"\\?\"", "'", text)
    text = re.sub(r"\b\d{4,}\b", "N", text)
    return text.replace("|", "/").strip()


def shorten(text, limit=300):
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def generated(text):
    """The text before, between and after the marks."""
    before, _, rest = text.partition(BEGIN)
    rows, _, after = rest.partition(END)
    return before, rows, after


def documented():
    """{call: row} as committed."""
    with open(PAGE) as file:
        rows = generated(file.read())[1].splitlines(keepends=True)
    return {match[1]: row for row in rows if (match := re.match(r"\| `(\w+)` \|(?:[^|]*\|){4}$", row))}


def read():
    """{call: {error: kind}} as committed."""
    committed = {}
    for call, row in documented().items():
        eperm, enosys = (re.findall(r"\w+", cell)[0] for cell in row.split("|")[4:6])
        committed[call] = {"EPERM": eperm, "ENOSYS": eperm if enosys == "same" else enosys}
    return committed


def write(outcomes):
    """Replaces the rows of these calls."""
    rows = documented() | {call: row(CALLS[call], by_error) for call, by_error in outcomes.items()}
    head = ["| call | for | since Linux | refused with EPERM | missing: ENOSYS |\n", "|---|---|---|---|---|\n"]
    vital = ["\nNot refused, because nothing runs without them:\n\n| call | why |\n|---|---|\n"]
    vital += [f"| `{call.name}` | {call.vital} |\n" for call in CALLS.values() if call.vital]
    with open(PAGE) as file:
        before, _, after = generated(file.read())
    text = "".join(head + [rows[call] for call in sorted(rows) if not CALLS[call].vital] + vital)
    with open(PAGE, "w") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{after}")


def row(call, by_error):
    eperm, enosys = (shorten(f"{by_error[error]}") for error in ("EPERM", "ENOSYS"))
    if eperm.replace(os.strerror(errno.EPERM), os.strerror(errno.ENOSYS)) == enosys:
        enosys = "same"
    return f"| `{call.name}` | {call.purpose} | {call.since or '–'} | {eperm} | {enosys} |\n"
