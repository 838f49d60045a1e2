"""A strict parser of the Prometheus text format 0.0.4 and of OpenMetrics 1.0.

It accepts less than Prometheus: families in one piece with TYPE and HELP, no series twice, no NaN, names of counters
that end in _total, and histograms whose buckets add up.
"""

import re
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
COMMENT = re.compile(rf"# (HELP|TYPE|UNIT) ({NAME}) (.+)")
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]Inf")
LABEL_NAME = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\]|\\.)*"')
LE = re.compile(r',?le="([^"]*)"')


@dataclass(frozen=True)
class Format:
    # Of a request's Accept.
    accept: str
    # By type, what follows the name of the family in those of its samples.
    suffixes: dict[str, tuple[str, ...]]
    # What ends the document.
    end: str


HISTOGRAM = ("_bucket", "_sum", "_count")
TEXT = Format("text/plain;version=0.0.4", {"counter": ("",), "gauge": ("",), "histogram": HISTOGRAM}, "\n")
OPEN_METRICS = Format(
    "application/openmetrics-text;version=1.0.0",
    {"counter": ("_total",), "gauge": ("",), "histogram": HISTOGRAM, "info": ("_info",)},
    "\n# EOF\n",
)


class Malformed(Exception):
    """What is wrong with the exposition, and in which line."""


@dataclass
class Family:
    name: str
    kind: str
    suffixes: tuple[str, ...]
    helped: bool = False
    # By name and labels, as written.
    samples: dict[str, float] = field(default_factory=dict)


def parse(body, form=TEXT):
    """The families by the names of their samples, or of a histogram without suffix."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8: {error}") from error
    if not text.endswith(form.end):
        raise Malformed(f"it does not end with {form.end!r}: {text[-80:]!r}")
    families: dict[str, Family] = {}
    current = None
    # Not splitlines(), which also splits at characters that may be in labels.
    for number, line in enumerate(text.removesuffix(form.end).split("\n"), 1):
        try:
            current = read_line(line, families, current, form)
        except Malformed as error:
            raise Malformed(f"line {number}: {error}: {line[:200]!r}") from error
    for family in families.values():
        if not family.samples:
            raise Malformed(f"{family.name} has no samples")
        if family.kind == "histogram":
            check_histogram(family)
    return families


def read_line(line, families, current, form):
    """Adds the line. Returns the family that it belongs to."""
    if comment := COMMENT.fullmatch(line):
        word, name, rest = comment.groups()
        if word == "TYPE":
            return begin_family(name, rest, families, form)
        if current is None or current.name != name or current.helped or current.samples:
            raise Malformed(f"{word} does not follow TYPE")
        if word == "HELP":
            current.helped = True
        elif form is not OPEN_METRICS or not name.endswith(f"_{rest}"):
            raise Malformed("a unit that is not the end of the name")
        return current
    sample = SAMPLE.fullmatch(line)
    if not sample:
        raise Malformed("neither a comment nor a sample")
    name, labels, value = sample.groups()
    if current is None or not current.helped or name not in [current.name + end for end in current.suffixes]:
        raise Malformed("a sample outside of its family")
    if not NUMBER.fullmatch(value):
        raise Malformed("not a number")
    names = LABEL_NAME.findall(labels or "")
    if len(set(names)) < len(names):
        raise Malformed("a label twice")
    key = f"{name}{{{labels}}}" if labels else name
    if key in current.samples:
        raise Malformed("a series twice")
    current.samples[key] = float(value)
    if current.kind != "gauge" and current.samples[key] < 0:
        raise Malformed("a negative counter")
    return current


def begin_family(name, kind, families, form):
    """Adds the family of a line with TYPE, and returns it."""
    if kind not in form.suffixes:
        raise Malformed("an unknown type")
    suffixes = form.suffixes[kind]
    key = name + suffixes[0] if len(suffixes) == 1 else name
    if key in families:
        raise Malformed("a second TYPE")
    if kind == "counter" and (not key.endswith("_total") or key.endswith("_total_total")):
        raise Malformed("a counter whose samples do not end in _total")
    families[key] = Family(name, kind, suffixes)
    return families[key]


def check_histogram(family):
    """Buckets are cumulative, and the last one equals the count."""
    buckets: dict[str, list[tuple[float, float]]] = {}
    for key, value in family.samples.items():
        if key.startswith(f"{family.name}_bucket"):
            bound = LE.search(key)
            if not bound:
                raise Malformed(f"{key} has no le")
            rest = LE.sub("", key).replace("_bucket", "_count", 1).replace("{}", "").replace("{,", "{")
            buckets.setdefault(rest, []).append((float(bound[1]), value))
    for count, values in buckets.items():
        if values != sorted(values) or [value for _, value in values] != sorted(value for _, value in values):
            raise Malformed(f"{count}: buckets are not cumulative")
        if values[-1] != (float("inf"), family.samples.get(count)):
            raise Malformed(f"{count}: its last bucket differs from its count")


def value_of(families, name, **labels):
    """The sum of the samples with these labels, or None without any."""
    family = families.get(name)
    wanted = [f'{label}="{text}"' for label, text in labels.items()]
    found = [value for key, value in family.samples.items() if all(one in key for one in wanted)] if family else []
    return sum(found) if found else None
