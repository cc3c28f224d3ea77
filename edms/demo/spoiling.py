"""Scans as they should not be, made of good ones by a seeded chance: what clean-up before recognition is measured on."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping

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
    "greyed": greyed, "askew": askew,
}  # fmt: skip
