"""Page images: opening pictures of every kind within bounds, their dots per inch, previews. Runs inside the sandbox.

The number of pixels is looked at before any is unpacked. The dots per inch a file claims are believed only if they give
a page of a sensible size; a photograph is taken for a sheet of A4.
"""

from __future__ import annotations

import warnings
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from edms.errors import Invalid

DPI = 300
PIXELS = 120_000_000
"""The largest picture that is unpacked: A0 at 300 dots per inch, nearly."""
PAGE_PIXELS = 40_000_000
"""The largest page that is read as it is; larger ones are made smaller first."""
SHEETS = 2_000
PREVIEW_WIDTH, THUMBNAIL_WIDTH = 1240, 240
PREVIEW_DPI = 150
"""At which a page of A4 is as wide as its preview."""
A4_INCHES = 11.69

FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "AVIF", "JPEG2000")
"""No other reader of the library is ever asked: some of them start programs."""

Image.init()
Image.MAX_IMAGE_PIXELS = PIXELS


TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


class Page(NamedTuple):
    """A page image in colour or grey, its dots per inch, and if there is one already a smaller image for its preview."""

    image: Image.Image
    dpi: int
    small: Image.Image | None = None


class Pictures:
    """A picture, or the pages of a TIFF, numbered from 1."""

    def __init__(self, path: Path) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                self._image: Image.Image = Image.open(path, formats=FORMATS)
            self.pages = getattr(self._image, "n_frames", 1) if self._image.format == "TIFF" else 1
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise Invalid("capture.too_many_pixels") from None
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
            raise Invalid("capture.damaged") from None
        if self.pages > SHEETS:
            raise Invalid("capture.too_many_pages")

    def frame(self, number: int) -> Image.Image:
        """One page as it lies in the file, not unpacked yet. Errors: Invalid, and what the library throws."""
        self._image.seek(number - 1)
        if self._image.width * self._image.height > PIXELS:
            raise Invalid("capture.too_many_pixels")
        return self._image

    def image(self, number: int, *, dpi: int = DPI) -> Page:
        """One page, upright as its camera says, at about `dpi`. Errors: Invalid when it is damaged or too large."""
        page = self.kept(number)
        return sized(page.image, page.dpi, dpi)

    def kept(self, number: int) -> Page:
        """One page as fine as it is kept, upright. Errors: Invalid when it is damaged or too large."""
        try:
            image: Image.Image = ImageOps.exif_transpose(self.frame(number))
            return Page(plain(image), dots(image, self._image.info.get("dpi")))
        except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
            raise Invalid("capture.page_damaged") from error


def plain(image: Image.Image) -> Image.Image:
    """Grey or colour without transparency: what shines through is paper."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith(("I", "F")):
        return _in_bytes(image)
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        paper.alpha_composite(clear)
        return paper.convert("RGB")
    return image.convert("RGB")


def _in_bytes(image: Image.Image) -> Image.Image:
    """A grey picture of more than 256 steps, from the darkest of it to the brightest: cut off at 255 it would be all white."""
    fine = (image.convert("I") if image.mode.startswith("I;") else image).convert("F")  # else cut off on the way
    darkest, brightest = fine.getextrema()
    if not (isinstance(darkest, float) and isinstance(brightest, float) and isfinite(darkest + brightest)):
        raise ValueError("no brightness")
    step = 255 / (brightest - darkest) if brightest > darkest else 0.0
    if not step:
        return Image.new("L", image.size, 255)
    return fine.point(lambda value: value * step - darkest * step).convert("L")


def dots(image: Image.Image, claimed: object) -> int:
    """The dots per inch of a picture: those it claims where they make a page of it, else as if it were A4."""
    if isinstance(claimed, tuple) and claimed and isinstance(claimed[0], int | float):
        dpi = float(claimed[0])
        if 72 < dpi <= 1200 and 3 <= max(image.size) / dpi <= 50:
            return round(dpi)
    return max(40, min(1200, round(max(image.size) / A4_INCHES)))


def sized(image: Image.Image, dpi: int, wanted: int = DPI) -> Page:
    """The page at a resolution the engine reads well: fine ones made coarser, photographs of few pixels made larger."""
    factor = 1.0
    if dpi > 450:
        factor = wanted / dpi
    elif dpi < 160:
        factor = min(2.5, wanted / dpi)
    factor = min(factor, (PAGE_PIXELS / (image.width * image.height)) ** 0.5)
    if factor != 1.0:
        size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    return Page(image, max(40, round(dpi * factor)))


def upright(image: Image.Image, rotation: int) -> Image.Image:
    """The picture turned clockwise by a multiple of 90 degrees."""
    return image.transpose(TURNS[rotation]) if rotation else image


def smaller(image: Image.Image, width: int = PREVIEW_WIDTH) -> Image.Image:
    """The picture at a width of `width` pixels at most, and three times that height."""
    factor = max(1, image.width // width)
    small = image.reduce(factor) if factor > 1 else image
    if small.width > width or small.height > 3 * width:
        small = small if small is not image else image.copy()
        small.thumbnail((width, 3 * width), Image.Resampling.BILINEAR)
    return small


def preview(image: Image.Image, path: Path) -> tuple[int, int]:
    """Write the page as a JPEG for reading on a screen; its size in pixels."""
    small = smaller(image)
    small.save(path, "JPEG", quality=78)
    return small.size


def thumbnail(image: Image.Image, path: Path) -> tuple[int, int]:
    """Write the page as a small JPEG for lists; its size in pixels."""
    small = smaller(image, THUMBNAIL_WIDTH)
    small.save(path, "JPEG", quality=75)
    return small.size
