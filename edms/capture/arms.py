"""A coat of arms that somebody uploads, drawn anew as a small PNG by a child: the bytes that came are never shown or printed."""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from edms.capture.pictures import PIXELS
from edms.errors import Invalid
from edms.sandbox.run import run

LARGEST = 5 * 1024 * 1024
ACROSS = 360  # pixels of its longer side: 30 mm of paper at 300 dots per inch
FORMATS = ("PNG", "JPEG", "WEBP")


def drawn(raw: bytes) -> bytes:
    """The picture as PNG. Errors: Invalid (picture) for what is too large or no picture of these kinds."""
    if len(raw) > LARGEST:
        raise Invalid(fields={"picture": "letterhead.picture_too_large"})
    with tempfile.TemporaryDirectory(prefix="edms-arms-") as folder:
        path = Path(folder) / "picture"
        path.write_bytes(raw)
        path.chmod(0o644)
        Path(folder).chmod(0o755)
        said, outcome = run("edms.capture.arms:draw", [path])
    pictures = [str(part["png"]) for part in said if "png" in part]
    if outcome.reason is not None or not pictures:
        raise Invalid(fields={"picture": "letterhead.picture_unfit"})
    return base64.b64decode(pictures[0])


def draw(inputs: Sequence[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """In the child: opened within bounds, made small, written without anything that was beside its pixels."""
    Image.MAX_IMAGE_PIXELS = PIXELS
    with Image.open(inputs[0], formats=FORMATS) as image:
        if image.width * image.height > PIXELS:
            raise Invalid("capture.too_many_pixels")
        small = image.convert("RGBA")
    small.thumbnail((ACROSS, ACROSS), Image.Resampling.LANCZOS)
    across = max(small.size)
    square = Image.new("RGBA", (across, across), (255, 255, 255, 0))  # one shape for every place where it stands
    square.paste(small, ((across - small.width) // 2, (across - small.height) // 2))
    made = io.BytesIO()
    square.save(made, "PNG", optimize=True)
    yield {"png": base64.b64encode(made.getvalue()).decode("ascii")}
