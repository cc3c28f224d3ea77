"""Finds the sheet in a photograph of it and lays it flat: four edges of paper on a darker table, with Pillow alone.

Runs inside the sandbox. Who is in doubt leaves the picture as it is: an edge must be straight, the corners those of a
sheet, and what lies around it darker. Words are read on the flat sheet and told where they stand in the picture as it came.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from PIL import Image, ImageFilter

from edms.capture.cleaning import brightness

LONGEST = 320
"""Pixels of the longer side of the small copy on which edges are looked for."""
RIM = 0.02
"""Of the picture, at its edge: where there is paper all around, there is no table to be seen."""
STEPS = (0.5, 0.35, 0.65, 0.22)
"""Shares of the way from the table's brightness to the paper's at which they are told apart, tried one after the other."""
LEAST_APART = 36
"""Steps of 255 between paper and table."""
LEAST_SHARE, MOST_SHARE = 0.2, 0.985
"""Of the picture that the sheet takes. Nearly all of it: nothing is gained by laying it flat."""
STRAIGHT, ON_THE_LINE = 2.0, 0.7
"""Pixels of the small copy by which a point may miss its edge, and the share of an edge's points that must not."""
SQUAREST, SHORTEST = 60.0, 0.55
"""Degrees that a corner has at least, and the share of an edge's length that its opposite has at least."""
ASIDE, LEAST_STEP, SAMPLES = 3, 18, 24
"""An edge of paper is sharp: so many pixels of the small copy to either side, brightness differs by so many steps of 255,
looked at in so many places. A shadow's edge is not."""
INSIDE = 0.004
"""Of the sheet's size, that is cut from each of its edges: they are never quite straight."""
FINEST_DPI = 200
"""A sheet that was photographed coarser is made larger as it is laid flat."""
MOST_LARGER = 2.5

Point = tuple[float, float]


@dataclass(frozen=True)
class Flat:
    """A sheet laid flat: its image, its dots per inch, and how its points lie in the picture it was cut from."""

    image: Image.Image
    dpi: int
    _way: Sequence[float]

    def back(self, x: float, y: float) -> Point:
        """Where a point of the flat sheet lies in the picture, in pixels."""
        a, b, c, d, e, f, g, h = self._way
        below = g * x + h * y + 1
        return (a * x + b * y + c) / below, (d * x + e * y + f) / below


def flat(image: Image.Image, dpi: int) -> Flat | None:
    """The sheet in a grey picture, laid flat; None where the picture is all sheet, or no sheet is to be seen."""
    corners = sheet_in(image)
    if corners is None:
        return None
    (left_top, right_top, right_bottom, left_bottom) = corners = _inset(corners)
    across = max(math.dist(left_top, right_top), math.dist(left_bottom, right_bottom))
    down = max(math.dist(left_top, left_bottom), math.dist(right_top, right_bottom))
    true_dpi = dpi * max(across, down) / max(image.size)
    larger = min(MOST_LARGER, max(1.0, FINEST_DPI / true_dpi))
    size = round(across * larger), round(down * larger)
    way = _way(corners, size)
    laid = image.transform(size, Image.Transform.PERSPECTIVE, way, Image.Resampling.BICUBIC)
    return Flat(laid, max(40, round(true_dpi * larger)), way)


def sheet_in(image: Image.Image) -> tuple[Point, Point, Point, Point] | None:
    """The corners of the sheet, in pixels of the picture, from the left upper one clockwise; None where none is found."""
    factor = max(1, max(image.size) // LONGEST)
    small = image.reduce(factor).filter(ImageFilter.MedianFilter(3))
    table = _rim(small)
    paper = brightness(small.crop(_middle(small)), 0.75)
    if paper - table < LEAST_APART:
        return None
    # Ink is darker than paper, as the table is: a line of print must not look like an edge.
    filled = small.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(5))
    for share in STEPS:
        found = _at_threshold(filled, table + (paper - table) * share)
        if found is not None:
            return tuple(((x + 0.5) * factor, (y + 0.5) * factor) for x, y in found)  # type: ignore[return-value]
    return None


def _at_threshold(small: Image.Image, threshold: float) -> tuple[Point, Point, Point, Point] | None:
    spans = _spans(small.point([255 * (value >= threshold) for value in range(256)]))
    if len(spans) < small.height * LEAST_SHARE:
        return None
    width, height = small.size
    rows = sorted(spans)
    lefts = [(float(spans[y][0]), float(y)) for y in rows]
    rights = [(float(spans[y][1]), float(y)) for y in rows]
    tops, bottoms = _columns(spans, width)
    edges = (_upright(lefts), _upright(rights), _level(tops), _level(bottoms))
    if any(edge is None for edge in edges):
        return None
    left, right, top, bottom = edges
    corners = (_meet(left, top), _meet(right, top), _meet(right, bottom), _meet(left, bottom))  # type: ignore[arg-type]
    return corners if _is_sheet(corners, width, height) and _is_sharp(small, corners) else None


def _spans(mask: Image.Image) -> dict[int, tuple[int, int]]:
    """Of the largest bright thing: in which rows it lies, and from where to where. Rows are joined as they touch."""
    width, height = mask.size
    bright = mask.tobytes()
    owner: list[int] = []
    runs: list[tuple[int, int, int]] = []
    above: list[int] = []
    for y in range(height):
        row, here, at = bright[y * width : (y + 1) * width], [], 0
        while (start := row.find(255, at)) >= 0:
            end = row.find(0, start)
            at = end = width if end < 0 else end
            runs.append((y, start, end - 1))
            owner.append(len(runs) - 1)
            here.append(len(runs) - 1)
            for other in above:
                if runs[other][1] < end and runs[other][2] >= start:
                    _join(owner, other, len(runs) - 1)
        above = here
    sizes: dict[int, int] = {}
    for n, (_, start, end) in enumerate(runs):
        sizes[_root(owner, n)] = sizes.get(_root(owner, n), 0) + end - start + 1
    if not sizes:
        return {}
    largest = max(sizes, key=lambda each: sizes[each])
    spans: dict[int, tuple[int, int]] = {}
    for n, (y, start, end) in enumerate(runs):
        if _root(owner, n) == largest:
            first, last = spans.get(y, (start, end))
            spans[y] = min(first, start), max(last, end)
    return spans


def _root(owner: list[int], n: int) -> int:
    while owner[n] != n:
        owner[n] = n = owner[owner[n]]
    return n


def _join(owner: list[int], one: int, other: int) -> None:
    owner[_root(owner, one)] = _root(owner, other)


def _columns(spans: dict[int, tuple[int, int]], width: int) -> tuple[list[Point], list[Point]]:
    """For each column of the thing, its uppermost and its lowest point."""
    tops: dict[int, int] = {}
    bottoms: dict[int, int] = {}
    for y in sorted(spans):
        for x in range(spans[y][0], spans[y][1] + 1):
            tops.setdefault(x, y)
            bottoms[x] = y
    columns = [x for x in range(width) if x in tops]
    return [(float(x), float(tops[x])) for x in columns], [(float(x), float(bottoms[x])) for x in columns]


Line = tuple[float, float, float]
"""a, b, c of a·x + b·y = c."""


def _upright(points: list[Point]) -> Line | None:
    fitted = _fitted([(y, x) for x, y in points])
    return None if fitted is None else (1.0, -fitted[0], fitted[1])


def _level(points: list[Point]) -> Line | None:
    fitted = _fitted(points)
    return None if fitted is None else (-fitted[0], 1.0, fitted[1])


def _fitted(points: list[Point]) -> tuple[float, float] | None:
    """Slope and height of the line on which most of the points lie. At both ends of an edge its neighbours begin.

    Median of slopes between points half an edge apart; then of what is near, once more, by least squares.
    """
    tenth = len(points) // 10
    inner = points[tenth : len(points) - tenth]
    if len(inner) < 12:
        return None
    half = len(inner) // 2
    slope = median((inner[n + half][1] - inner[n][1]) / half for n in range(len(inner) - half))
    height = median(y - slope * x for x, y in inner)
    near = [(x, y) for x, y in inner if abs(y - slope * x - height) <= STRAIGHT]
    if len(near) < ON_THE_LINE * len(inner):
        return None
    middle_x, middle_y = sum(x for x, _ in near) / len(near), sum(y for _, y in near) / len(near)
    spread = sum((x - middle_x) ** 2 for x, _ in near)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in near) / spread
    return slope, middle_y - slope * middle_x


def _meet(one: Line, other: Line) -> Point:
    (a, b, c), (d, e, f) = one, other
    across = a * e - b * d or 1e-9
    return (c * e - b * f) / across, (a * f - c * d) / across


def _is_sheet(corners: tuple[Point, Point, Point, Point], width: int, height: int) -> bool:
    """Whether the four corners are those of a sheet seen at a slant, most of it within the picture."""
    area = abs(sum(x * v - u * y for (x, y), (u, v) in zip(corners, (*corners[1:], corners[0]), strict=True))) / 2
    if not LEAST_SHARE <= area / (width * height) <= MOST_SHARE:
        return False
    if any(not -0.03 * width <= x <= 1.03 * width or not -0.03 * height <= y <= 1.03 * height for x, y in corners):
        return False
    sides = [math.dist(corners[n], corners[(n + 1) % 4]) for n in range(4)]
    if any(min(sides[n], sides[n + 2]) < SHORTEST * max(sides[n], sides[n + 2]) for n in range(2)):
        return False
    return all(_corner(corners[n - 1], corners[n], corners[(n + 1) % 4]) >= SQUAREST for n in range(4))


def _is_sharp(small: Image.Image, corners: tuple[Point, Point, Point, Point]) -> bool:
    """Whether brightness falls at once across every edge that lies within the picture."""
    seen = 0
    for n in range(4):
        (x, y), (u, v) = corners[n], corners[(n + 1) % 4]
        length = math.dist((x, y), (u, v))
        out_x, out_y = (v - y) / length * ASIDE, (x - u) / length * ASIDE
        falls = []
        for step in range(1, SAMPLES):
            at_x, at_y = x + (u - x) * step / SAMPLES, y + (v - y) * step / SAMPLES
            inner, outer = (_pixel(small, at_x - out_x, at_y - out_y), _pixel(small, at_x + out_x, at_y + out_y))
            if inner is not None and outer is not None:
                falls.append(inner - outer)
        if len(falls) > SAMPLES // 3:
            if median(falls) < LEAST_STEP:
                return False
            seen += 1
    return seen > 0


def _pixel(small: Image.Image, x: float, y: float) -> int | None:
    if not (0 <= x < small.width and 0 <= y < small.height):
        return None
    value = small.getpixel((int(x), int(y)))
    return value if isinstance(value, int) else None


def _corner(before: Point, at: Point, after: Point) -> float:
    """The corner's degrees, or what is left of a flat one: 90 is a sheet's own."""
    turned = math.atan2(before[1] - at[1], before[0] - at[0]) - math.atan2(after[1] - at[1], after[0] - at[0])
    degrees = abs(math.degrees(turned)) % 360
    degrees = min(degrees, 360 - degrees)
    return min(degrees, 180 - degrees)


def _inset(corners: tuple[Point, Point, Point, Point]) -> tuple[Point, Point, Point, Point]:
    middle_x, middle_y = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    keep = 1 - 2 * INSIDE
    return tuple((middle_x + (x - middle_x) * keep, middle_y + (y - middle_y) * keep) for x, y in corners)  # type: ignore[return-value]


def _way(corners: tuple[Point, Point, Point, Point], size: tuple[int, int]) -> tuple[float, ...]:
    """From a point of the flat sheet to one of the picture: the eight numbers of a view, from the unit square's (Heckbert)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    below = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / below, (dx1 * sy - sx * dy1) / below
    w, t = size
    return (
        (x1 - x0 + g * x1) / w, (x3 - x0 + h * x3) / t, x0,
        (y1 - y0 + g * y1) / w, (y3 - y0 + h * y3) / t, y0,
        g / w, h / t,
    )  # fmt: skip


def _rim(small: Image.Image) -> float:
    """How bright the darkest of the four rims is: the table shows on one side at least."""
    across, down = max(2, round(small.width * RIM)), max(2, round(small.height * RIM))
    rims = (
        (0, 0, small.width, down), (0, small.height - down, small.width, small.height),
        (0, 0, across, small.height), (small.width - across, 0, small.width, small.height),
    )  # fmt: skip
    return min(brightness(small.crop(rim), 0.5) for rim in rims)


def _middle(small: Image.Image) -> tuple[int, int, int, int]:
    return small.width // 4, small.height // 4, small.width * 3 // 4, small.height * 3 // 4
