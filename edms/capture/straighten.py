"""Which way a page lies: sideways or not, and by how many degrees it leans. With Pillow alone, on a small copy.

Lines of text make the sums of rows rise and fall; the more upright the page, the sharper. What no profile can tell,
whether it stands on its head, the engine's confidence tells later (`recognise.py`).
"""

from __future__ import annotations

from PIL import Image, ImageOps

COARSE_WIDTH, FINE_WIDTH = 400, 1000
COARSE = [float(degrees) for degrees in range(-8, 9, 2)]
MOST = 8.0
"""Degrees: feeders and hands lean less; a photograph that leans more is turned as far as this goes."""
BLANK = 4.0
"""Sharpness per row below which there are no lines to judge by."""
LEAST = 1.5
"""Degrees: below this the engine reads better without turning, for turning costs sharpness (and time)."""


def small_copy(image: Image.Image, width: int) -> Image.Image:
    """A light copy with dark paper edges and light ground levelled, ink bright on black, `width` pixels wide at most."""
    grey = image if image.mode == "L" else image.convert("L")
    factor = max(1, min(grey.size) // width)
    grey = grey.reduce(factor) if factor > 1 else grey
    return ImageOps.invert(ImageOps.autocontrast(grey, cutoff=(2, 50)))


def leaning(image: Image.Image) -> tuple[bool, float]:
    """Whether the lines run from top to bottom, and the degrees (clockwise positive) by which they lean.

    Turning the page by 90 degrees if sideways, then by `-degrees` clockwise, makes its lines level.
    """
    coarse = small_copy(image, COARSE_WIDTH)
    across = _best(coarse, COARSE)
    along = _best(coarse.transpose(Image.Transpose.ROTATE_90), COARSE)
    sideways = along[0] / coarse.width > max(across[0] / coarse.height * 1.6, BLANK)
    near = along[1] if sideways else across[1]
    if abs(near) < LEAST:
        return sideways, 0.0
    fine = small_copy(image, FINE_WIDTH)
    if sideways:
        fine = fine.transpose(Image.Transpose.ROTATE_90)
    _, near = _best(fine, [near + step / 2 for step in range(-3, 4)])
    score, angle = _best(fine, [near + step / 10 for step in range(-4, 5)])
    level = _sharpness(fine, 0.0)
    if abs(angle) < LEAST or abs(angle) > MOST or score < level * 1.03:
        return sideways, 0.0
    return sideways, angle


def _best(image: Image.Image, angles: list[float]) -> tuple[float, float]:
    return max((_sharpness(image, angle), angle) for angle in angles)


def _sharpness(image: Image.Image, angle: float) -> float:
    """How sharply the sums of rows rise and fall when lines that lean by `angle` are made level."""
    turned = image.rotate(angle, Image.Resampling.NEAREST, fillcolor=0) if angle else image
    left, right = turned.width // 10, turned.width - turned.width // 10
    rows = turned.resize((1, turned.height), Image.Resampling.BOX, box=(left, 0, right, turned.height)).tobytes()
    edge = len(rows) // 20
    return float(sum((a - b) * (a - b) for a, b in zip(rows[edge:-edge], rows[edge + 1 : -edge], strict=False)))


def straightened(image: Image.Image, degrees: float) -> Image.Image:
    """The page with lines that lean by `degrees` clockwise made level; the corners are filled with paper."""
    paper = 255 if image.mode == "L" else (255, 255, 255)
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=paper)
