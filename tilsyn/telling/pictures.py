"""Line charts as SVG: shares over a few ordered places, one chart under another.

Every line is told apart by its dashes and its marker as well as by its colour, and named where it ends, so that
the picture can be read without colours. What the lines mean is the caller's; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite

from msgspec import Struct

WIDTH, HEIGHT = 760, 270
LEFT, RIGHT, TOP, BOTTOM = 60, 210, 42, 44

STYLES = (("#0b5394", ""), ("#b45f06", "7 4"), ("#38761d", "2 4"), ("#741b47", "10 3 2 3"), ("#444444", "1 3"))
"""Colours with enough contrast on white, each with dashes of its own."""


class Line(Struct, frozen=True):
    """A named line of shares between 0 and 1; one that is not a number is left out."""

    name: str
    values: tuple[float, ...]


class Chart(Struct, frozen=True):
    """A chart: its title, what stands along the axis, and the lines."""

    title: str
    axis: str
    places: tuple[str, ...]
    lines: tuple[Line, ...]


def picture(title: str, charts: Sequence[Chart], *, lang: str) -> str:
    """The charts as one SVG document."""
    height = HEIGHT * len(charts) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" lang="{lang}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
    ]
    parts += [_chart(chart, 40 + HEIGHT * number) for number, chart in enumerate(charts)]
    return "\n".join([*parts, "</svg>", ""])


def _chart(chart: Chart, top: int) -> str:
    bottom, width = top + HEIGHT - BOTTOM, WIDTH - LEFT - RIGHT
    high = _highest(value for line in chart.lines for value in line.values if isfinite(value))

    def x(place: int) -> float:
        return LEFT + width * (place / max(1, len(chart.places) - 1))

    def y(share: float) -> float:
        return bottom - (bottom - top - TOP) * share / high

    found = [f'<text x="{LEFT}" y="{top + 22}" font-weight="bold">{escape(chart.title)}</text>']
    for quarter in range(5):
        share = high * quarter / 4
        found.append(
            f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{y(share):.1f}" y2="{y(share):.1f}" stroke="#dddddd"/>'
        )
        label = f"{100 * share:g} %"
        found.append(f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{label}</text>')
    for place, label in enumerate(chart.places):
        found.append(f'<text x="{x(place):.1f}" y="{bottom + 16}" text-anchor="middle">{escape(label)}</text>')
    axis = f'<text x="{LEFT + width / 2:.1f}" y="{bottom + 34}" text-anchor="middle" fill="#444444">'
    found.append(f"{axis}{escape(chart.axis)}</text>")
    ends: list[float] = []
    for number, line in enumerate(chart.lines):
        colour, dashes = STYLES[number % len(STYLES)]
        points = [(x(place), y(value)) for place, value in enumerate(line.values) if isfinite(value)]
        if not points:
            continue
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        found.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
                     f'stroke-dasharray="{dashes}"/>')  # fmt: skip
        found += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.5" fill="{colour}"/>' for px, py in points]
        end = _free(points[-1][1], ends)
        ends.append(end)
        found.append(f'<text x="{points[-1][0] + 8:.1f}" y="{end + 4:.1f}" fill="{colour}">{escape(line.name)}</text>')
    return "\n".join(found)


def _highest(shares: object) -> float:
    """The top of the axis: the smallest of a few round shares that holds everything."""
    most = max([*shares, 0.0])  # type: ignore[misc]
    return next(top for top in (0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if most <= top or top == 1.0)


def _free(wanted: float, taken: Sequence[float]) -> float:
    """A height for a name where none stands yet."""
    while any(abs(wanted - other) < 14 for other in taken):
        wanted += 14
    return wanted
