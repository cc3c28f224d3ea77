"""The labels and separator sheets of this system on a page: QR codes, read from the page's picture. Runs inside the sandbox.

A page is looked at small first, which is enough for a clean scan and reads leaning ones better, then as it is.
"""

from __future__ import annotations

import zxingcpp
from PIL import Image

from edms.registry import separators
from edms.registry.labels import MOST_ON_A_PAGE, read

QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
SMALL_WIDTH = 1300
"""Pixels of a page of A4 at about 150 dots per inch."""


def labels_on(image: Image.Image) -> list[str]:
    """The texts of the labels on the page and of separator sheets, each once; other codes (of a bank, a shop) are left alone."""
    grey = image if image.mode == "L" else image.convert("L")
    factor = grey.width // SMALL_WIDTH
    looks = [grey.reduce(factor), grey] if factor > 1 else [grey]
    for look in looks:
        found = zxingcpp.read_barcodes(look, formats=QR)
        labels = sorted({each.text for each in found if read(each.text) is not None or separators.is_one(each.text)})
        if labels:
            return labels[:MOST_ON_A_PAGE]
    return []
