"""Makes a poor page image fit to be read: even light, fewer specks, ink that stands out. Runs inside the sandbox.

A good page is left as it is: three cheap looks say what is wrong with it, and only that is mended, for every step costs
time and some sharpness. Nothing moves, so the boxes of words stay right. Measured: `make bench ARGS=cleaning`.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter, ImageMath

COARSE = 16
"""So many pixels are one when the light on the paper is looked at; less than the space between two lines."""
LETTER_HIGH, HALF_LETTER = 9, 5
"""Of those coarse ones: wider than any stroke, so that the paper beside it is seen; two of the halves reach as far."""
SKIPPED = 4
"""Pixels of which one is looked at: the mean of sixteen says as much of light as that of all."""
SPOT, SPOTS = 200, ((0.2, 0.25), (0.45, 0.4), (0.6, 0.55))
"""Side in pixels, and places as shares of the page, of the squares that are looked at closely."""
SPECK = 40
"""Steps of 255 by which a pixel stands out from its neighbours."""
STANDS_OUT = [255 * (value > SPECK) for value in range(256)]
UNEVEN, SPECKLED, FAINT, BLANK = 0.82, 0.03, 110, 16
"""From here on light, specks and ink are mended: the darker paper's share of the lighter's brightness, the share of
pixels that stand out, the steps of 255 between paper and ink (fewer than BLANK: there is no ink)."""
PAPER, GREY, GRAIN = 250, 205, 0.3
"""How bright paper is made, below what it is grey, and how far from it towards the ink its grain reaches."""


@dataclass(frozen=True)
class Looks:
    """What a page image looks like: `even` 0..1, `specks` 0..1, `ink` 0..255, `paper` 0..255."""

    even: float
    specks: float
    ink: int
    paper: int


def looks_of(image: Image.Image) -> Looks:
    """Look at a grey page image."""
    light = _light(image, 2 * COARSE)
    looked = [_spot(image, across, down) for across, down in SPOTS]
    return Looks(
        even=brightness(light, 0.1) / max(1, brightness(light, 0.9)),
        specks=max(specks for specks, _ in looked),
        ink=max(ink for _, ink in looked),
        paper=brightness(light, 0.5),
    )


def cleaned(image: Image.Image) -> Image.Image:
    """The grey page image with what is wrong with it mended; itself when nothing is."""
    looks = looks_of(image)
    if looks.specks > SPECKLED:
        image = image.filter(ImageFilter.MedianFilter(3))
    if looks.even < UNEVEN:
        image = _lit(image)
    if BLANK <= looks.ink < FAINT or looks.paper < GREY:
        image = _inked(image)
    return image


def _light(image: Image.Image, coarse: int = COARSE) -> Image.Image:
    """How bright the paper is, all over the page, `coarse` times smaller."""
    some = image.resize((max(1, image.width // SKIPPED), max(1, image.height // SKIPPED)), Image.Resampling.NEAREST)
    small = some.reduce(coarse // SKIPPED).filter(ImageFilter.MedianFilter(3))
    for _ in range(2 * COARSE // coarse):  # in two halves: at a third of the price of the whole at once
        small = small.filter(ImageFilter.MaxFilter(HALF_LETTER))
    return small.filter(ImageFilter.GaussianBlur(LETTER_HIGH * COARSE / coarse))


def _lit(image: Image.Image) -> Image.Image:
    """The page as if the light on it were even."""
    light = _light(image).resize(image.size, Image.Resampling.BILINEAR)
    even: Image.Image = ImageMath.lambda_eval(
        lambda of: of["convert"](of["min"](of["page"] * PAPER / (of["light"] + 1), 255), "L"),
        page=image.convert("I"),
        light=light.convert("I"),
    )
    return even


def _inked(image: Image.Image) -> Image.Image:
    """Ink made black and paper white, with the grain in it."""
    small = image.reduce(2)
    paper, ink = brightness(small, 0.5), brightness(small, 0.01)
    white = paper - (paper - ink) * GRAIN
    return image.point(
        [round(min(255.0, max(0.0, (value - ink) * 255 / max(1.0, white - ink)))) for value in range(256)]
    )


def _spot(image: Image.Image, across: float, down: float) -> tuple[float, int]:
    """Of a square of the page: the share of pixels that stand out from their neighbours, and how ink stands out from paper."""
    left, top = int(image.width * across), int(image.height * down)
    spot = image.crop((left, top, min(image.width, left + SPOT), min(image.height, top + SPOT)))
    smooth = spot.filter(ImageFilter.MedianFilter(3))
    apart = ImageChops.difference(spot, smooth).point(STANDS_OUT)
    return apart.histogram()[255] / max(1, spot.width * spot.height), brightness(smooth, 0.9) - brightness(smooth, 0.02)


def brightness(image: Image.Image, share: float) -> int:
    """The brightness below which this share of the pixels lies."""
    left = share * image.width * image.height
    for value, count in enumerate(image.histogram()):
        left -= count
        if left <= 0:
            return value
    return 255
