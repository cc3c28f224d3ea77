"""Draws how the time of a question grows with the collection, on two logarithmic scales; it is read in light and in dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path

from benchmarks.report import number

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 380, 64, 190, 20, 56
LOWEST, HIGHEST = 1.0, 4_000.0  # milliseconds
STYLE = """
text { fill: #2b2b2b; } .grid { stroke: #d5d5d5; } .bar { stroke: #9b1c1c; stroke-dasharray: 2 4; } .line { fill: none; stroke-width: 2; }
.Elasticsearch { stroke-dasharray: 7 4; }
.c0 { stroke: #1b4f72; } .c1 { stroke: #7d3c98; } .c2 { stroke: #117a65; } .c3 { stroke: #b9770e; }
.c4 { stroke: #922b21; } .c5 { stroke: #515a5a; } .c6 { stroke: #c2478d; }
@media (prefers-color-scheme: dark) {
text { fill: #e4e4e4; } .grid { stroke: #4a4a4a; } .bar { stroke: #ff8a80; }
.c0 { stroke: #6fb7ea; } .c1 { stroke: #cf9be8; } .c2 { stroke: #5ad1b3; } .c3 { stroke: #f2b750; }
.c4 { stroke: #f08074; } .c5 { stroke: #b8c2c2; } .c6 { stroke: #ff9ed0; }
}
"""


@dataclass(frozen=True)
class Size:
    """What was measured at one size: p95 in milliseconds by engine and kind of question."""

    letters: int
    times: dict[tuple[str, str], float]


def draw(sizes: Sequence[Size], kinds: Sequence[str], path: Path) -> None:
    """p95 by size: a colour for each kind of question, PostgreSQL in whole lines, Elasticsearch in broken ones."""
    if len(sizes) < 2:
        return
    least, most = log10(sizes[0].letters), log10(sizes[-1].letters)

    def at(letters: int, milliseconds: float) -> tuple[float, float]:
        across = (log10(letters) - least) / (most - least)
        up = log10(max(LOWEST, min(HIGHEST, milliseconds)) / LOWEST) / log10(HIGHEST / LOWEST)
        return LEFT + across * (WIDTH - LEFT - RIGHT), TOP + (1 - up) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"'
        ' role="img" aria-label="Milliseconds of 95 questions of 100 by the number of letters">',
        f"<style>{STYLE}</style>",
    ]
    for milliseconds in (1, 10, 100, 1000, 2000):
        x, y = at(sizes[0].letters, milliseconds)
        kind = "bar" if milliseconds == 2000 else "grid"
        parts.append(f'<path class="{kind}" d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{number(milliseconds)} ms</text>')
    for size in sizes:
        x, y = at(size.letters, LOWEST)
        parts.append(f'<text x="{x:.1f}" y="{y + 20:.1f}" text-anchor="middle">{number(size.letters)}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">letters; 95 of 100 questions take no longer than this</text>')
    for nth, kind in enumerate(kinds):
        for engine in ("PostgreSQL", "Elasticsearch"):
            places = [at(size.letters, size.times[engine, kind]) for size in sizes if (engine, kind) in size.times]
            if places:
                line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
                parts.append(f'<polyline class="line {engine} c{nth}" points="{line}"/>')
        y = TOP + 20 * nth + 8
        parts.append(f'<path class="line c{nth}" d="M{WIDTH - RIGHT + 14} {y}h22"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 44}" y="{y + 4}">{kind}</text>')
    for nth, engine in enumerate(("PostgreSQL", "Elasticsearch"), start=len(kinds) + 1):
        y = TOP + 20 * nth + 8
        parts.append(f'<path class="line {engine} c5" d="M{WIDTH - RIGHT + 14} {y}h22"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 44}" y="{y + 4}">{engine}</text>')
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")
