"""What `growth` has measured as a picture: seconds and memory against institutions, both axes logarithmic, with a
straight line for what is linear. Nothing is measured here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from tilsyn.telling.pictures import BOTTOM, HEIGHT, LEFT, RIGHT, STYLES, TOP, WIDTH

LINEAR = "#999999"


@dataclass(frozen=True)
class Curve:
    """A job's seconds and megabytes, by how many institutions there were."""

    name: str
    counts: Sequence[int]
    found: Sequence[tuple[float, float]]


def picture(curves: Sequence[Curve]) -> str:
    """The two panels as one SVG document."""
    height = 2 * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" lang="en" font-family="sans-serif" font-size="12">',
        "<title>How time and memory grow with the institutions</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for place, title in enumerate(("Seconds of processors", "Memory, MB")):
        parts += _panel(
            title, place * HEIGHT, [(one.name, one.counts, [f[place] for f in one.found]) for one in curves]
        )
    return "\n".join([*parts, "</svg>", ""])


def _panel(title: str, top: int, lines: Sequence[tuple[str, Sequence[int], Sequence[float]]]) -> list[str]:
    counts = lines[0][1]
    every = [value for _, _, values in lines for value in values]
    low, high = floor(log10(min(every))), max(ceil(log10(max(every))), floor(log10(min(every))) + 1)
    bottom, width = top + HEIGHT - BOTTOM, WIDTH - LEFT - RIGHT
    first, last = log10(counts[0]), log10(counts[-1])

    def x(count: float) -> float:
        return LEFT + width * (log10(count) - first) / max(1, last - first)

    def y(value: float) -> float:
        return bottom - (bottom - top - TOP) * (log10(value) - low) / (high - low)

    found = [f'<text x="{LEFT}" y="{top + 22}" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        at = y(10**power)
        found.append(f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dddddd"/>')
        found.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10**power:,}</text>')
    found += [f'<text x="{x(n):.1f}" y="{bottom + 16}" text-anchor="middle">{n:,}</text>' for n in counts]
    found.append(f'<text x="{LEFT + width / 2:.1f}" y="{bottom + 34}" text-anchor="middle">Institutions</text>')
    # through the last point of the first line, down to where the panel ends
    end = lines[0][2][-1]
    start = max(counts[0], counts[-1] * 10**low / end)
    found += _line([(start, end * start / counts[-1]), (counts[-1], end)], x, y, LINEAR, "1 3")
    names = sorted(((y(values[-1]), place) for place, (_, _, values) in enumerate(lines)))
    heights = [names[0][0]]
    for (_, _), (wanted, _) in pairwise(names):
        heights.append(max(wanted, heights[-1] + 14))
    for height, (_, place) in zip(heights, names, strict=True):
        name, own, values = lines[place]
        colour, dashes = STYLES[place]
        found += _line(list(zip(own, values, strict=True)), x, y, colour, dashes)
        found.append(f'<text x="{x(own[-1]) + 8:.1f}" y="{height + 4:.1f}" fill="{colour}">{name}</text>')
    found.append(f'<text x="{LEFT + width + 8}" y="{heights[-1] + 18:.1f}" fill="#666666">dotted: linear</text>')
    return found


def _line(
    points: Sequence[tuple[float, float]], x: Callable[[float], float], y: Callable[[float], float], colour: str,
    dashes: str,
) -> list[str]:  # fmt: skip
    path = " ".join(f"{x(count):.1f},{y(value):.1f}" for count, value in points)
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>']
