"""The series of a run as an SVG."""

from html import escape

WIDTH, HEIGHT, LEFT, TOP, GAP = 1000, 110, 70, 30, 34
SHOWN = {
    "anonymous": "anonymous memory, MB",
    "resident": "resident memory, MB",
    "descriptors": "descriptors",
    "threads": "threads",
    "children": "children",
    "series": "series",
    "log_lines": "lines of log",
}


def plot(rows, events, began):
    """A panel for each series; shaded is the time in which everything was taken away."""
    height = TOP + len(SHOWN) * (HEIGHT + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + LEFT + 20}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    if rows:
        last = max(row["time"] for row in rows) - began
        for index, (name, title) in enumerate(SHOWN.items()):
            parts += panel(TOP + index * (HEIGHT + GAP), name, title, rows, events, began, max(last, 1))
    return "\n".join([*parts, "</svg>"]) + "\n"


def panel(top, name, title, rows, events, began, last):
    def x(time):
        return LEFT + (time - began) / last * WIDTH

    low, high = min(row[name] for row in rows), max(row[name] for row in rows)
    scale = HEIGHT / ((high - low) or 1)
    yield f'<text x="{LEFT}" y="{top - 5}">{escape(title)}</text>'
    for event in events:
        if "scrapes" in event.disturbance.takes:
            begin, width = x(event.begin), max(1.0, x(event.end) - x(event.begin))
            sentence = escape(event.disturbance.sentence)
            yield f'<rect x="{begin:.1f}" y="{top}" width="{width:.1f}" height="{HEIGHT}" fill="#fdd">'
            yield f"<title>{sentence}</title></rect>"
    yield f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>'
    for value, y in ((high, top + 10), (low, top + HEIGHT)):
        yield f'<text x="{LEFT - 5}" y="{y}" text-anchor="end">{value:.4g}</text>'
    points = " ".join(f"{x(row['time']):.1f},{top + HEIGHT - (row[name] - low) * scale:.1f}" for row in rows)
    yield f'<polyline points="{points}" fill="none" stroke="#06c"/>'
    yield f'<text x="{LEFT + WIDTH}" y="{top + HEIGHT + 14}" text-anchor="end">{last:.0f} s</text>'
