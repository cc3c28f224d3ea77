"""Scans as they should not be, made of good ones by a seeded chance: what clean-up before recognition is measured on."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping, Sequence

from PIL import Image, ImageChops, ImageFilter

Spoil = Callable[[Image.Image, random.Random], Image.Image]


def noisy(page: Image.Image, chance: random.Random) -> Image.Image:
    """Grain all over it, and the specks of a dirty glass."""
    grain = Image.effect_noise(page.size, 35)
    page = ImageChops.add(page, grain, scale=1, offset=-128)
    for colour, count in ((0, 3_000), (255, 3_000)):
        for _ in range(count):
            page.putpixel((chance.randrange(page.width), chance.randrange(page.height)), colour)
    return page


def faded(page: Image.Image, chance: random.Random) -> Image.Image:
    """The last of the toner: grey on a little less grey."""
    pale = page.point(lambda value: 172 + (value - 20) * 38 // 230)
    return ImageChops.add(pale, Image.effect_noise(page.size, 5), scale=1, offset=-128)


def shadowed(page: Image.Image, chance: random.Random) -> Image.Image:
    """The spine of an open book: one side lies in the dark."""
    dark = Image.linear_gradient("L").rotate(90).resize(page.size).point(lambda value: 50 + value * 205 // 255)
    return ImageChops.multiply(page, dark)


def photographed(page: Image.Image, chance: random.Random) -> Image.Image:
    """By a telephone: unevenly lit, a hand's shadow over it, aslant, soft, and packed small."""
    light = Image.radial_gradient("L").resize(page.size).point(lambda value: 245 - value * 150 // 255)
    hand = Image.new("L", page.size, 255)
    hand.paste(120, (0, page.height * 55 // 100, page.width * 60 // 100, page.height))
    hand = hand.resize((page.width // 16, page.height // 16)).filter(ImageFilter.GaussianBlur(6)).resize(page.size)
    lit = ImageChops.multiply(ImageChops.multiply(page, light), hand)
    across, down = page.size
    slant = across // 60
    corners = (-slant, 0, 0, down, across, down, across + slant, slant)
    seen = lit.transform(page.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=60)
    small = seen.resize((across * 55 // 100, down * 55 // 100), Image.Resampling.BILINEAR)
    return packed(small, 45)


def laid_out(page: Image.Image, chance: random.Random) -> Image.Image:
    """Photographed where it lies on a dark table: at a slant, leaning, under a lamp to one side."""
    across, down = page.size
    table = Image.effect_noise((across, down), 14).point(lambda value: max(20, value - 62))
    corners = (
        (across * 0.13, down * 0.07), (across * 0.86, down * 0.11), (across * 0.95, down * 0.94), (across * 0.05, down * 0.90),
    )  # fmt: skip
    return packed(seen(_lamp(page), table, corners).resize((across * 70 // 100, down * 70 // 100)), 60)


def by_hand(page: Image.Image, chance: random.Random) -> Image.Image:
    """Photographed in a hurry: much slant, a grey table, the hand's shadow over the sheet and the table."""
    across, down = page.size
    table = Image.effect_noise((across, down), 20).point(lambda value: max(40, value - 40))
    corners = (
        (across * 0.20, down * 0.10), (across * 0.80, down * 0.06), (across * 0.93, down * 0.95), (across * 0.08, down * 0.91),
    )  # fmt: skip
    hand = Image.new("L", page.size, 255)
    hand.paste(150, (across * 45 // 100, down * 40 // 100, across, down))
    hand = hand.resize((across // 16, down // 16)).filter(ImageFilter.GaussianBlur(5)).resize(page.size)
    shot = ImageChops.multiply(seen(page, table, corners), hand)
    return packed(shot.resize((across * 75 // 100, down * 75 // 100)), 50)


def bordered(page: Image.Image, chance: random.Random) -> Image.Image:
    """Scanned with the lid open: black all around, the sheet a little aslant in it."""
    across, down = page.size
    turned = page.rotate(2.2, Image.Resampling.BICUBIC, expand=True, fillcolor=12)
    black = Image.new("L", (turned.width + across // 8, turned.height + down // 20), 12)
    black.paste(turned, (across // 12, down // 60))
    return ImageChops.add(black, Image.effect_noise(black.size, 6), scale=1, offset=-128)


def _lamp(page: Image.Image) -> Image.Image:
    dark = Image.linear_gradient("L").rotate(90).resize(page.size).point(lambda value: 150 + value * 105 // 255)
    return ImageChops.multiply(page, dark)


def seen(page: Image.Image, table: Image.Image, corners: Sequence[tuple[float, float]]) -> Image.Image:
    """The page as a lens sees it with its corners (left upper first, clockwise) at these places on the table."""
    across, down = page.size
    flat = ((0, 0), (across, 0), (across, down), (0, down))
    rows: list[list[float]] = []
    values: list[float] = []
    for (x, y), (u, v) in zip(corners, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    way = _solved(rows, values)
    view = page.transform(page.size, Image.Transform.PERSPECTIVE, way, Image.Resampling.BICUBIC)
    lies = Image.new("L", page.size, 255).transform(page.size, Image.Transform.PERSPECTIVE, way)
    table.paste(view, (0, 0), lies)
    return table


def _solved(rows: list[list[float]], values: list[float]) -> list[float]:
    """Of equations as many as unknowns (Gauss)."""
    table = [[*map(float, row), float(value)] for row, value in zip(rows, values, strict=True)]
    for n in range(len(table)):
        best = max(range(n, len(table)), key=lambda at: abs(table[at][n]))
        table[n], table[best] = table[best], table[n]
        for other in range(len(table)):
            if other != n:
                share = table[other][n] / table[n][n]
                table[other] = [a - share * b for a, b in zip(table[other], table[n], strict=True)]
    return [table[n][-1] / table[n][n] for n in range(len(table))]


def squeezed(page: Image.Image, chance: random.Random) -> Image.Image:
    """Packed so small that letters stand in clouds of crumbs."""
    return packed(page, 8)


def greyed(page: Image.Image, chance: random.Random) -> Image.Image:
    """Recycled paper: a grey ground with fibres."""
    fibres = Image.effect_noise((page.width // 3, page.height // 3), 20).resize(page.size)
    ground = ImageChops.add(Image.new("L", page.size, 165), fibres, scale=1, offset=-128)
    return ImageChops.multiply(page, ground)


def askew(page: Image.Image, chance: random.Random) -> Image.Image:
    """Fed in a little aslant."""
    return page.rotate(1.3, Image.Resampling.BICUBIC, fillcolor=250)


def packed(page: Image.Image, quality: int) -> Image.Image:
    """Through a JPEG and back."""
    made = io.BytesIO()
    page.save(made, "JPEG", quality=quality)
    with Image.open(made) as again:
        again.load()
        return again.convert("L")


def cer(written: str, seen: str) -> float:
    """Characters read wrongly per character written (edits), of what stands somewhere in all that was seen."""
    written, seen = " ".join(written.split()), " ".join(seen.split())
    row = [0] * (len(seen) + 1)
    for i, wanted in enumerate(written, start=1):
        before, row[0] = row[0], i
        for j, got in enumerate(seen, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (wanted != got))
    return min(row) / len(written)


WAYS: Mapping[str, Spoil] = {
    "noisy": noisy, "faded": faded, "shadowed": shadowed, "photographed": photographed, "squeezed": squeezed,
    "greyed": greyed, "askew": askew, "laid out": laid_out, "by hand": by_hand, "bordered": bordered,
}  # fmt: skip
