"""Cuts the fonts to the weights that our styles use (400 to 600): a page at the end of a poor line weighs under 100 kB."""

from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FONTS = Path(__file__).parent.parent / "edms" / "web" / "static" / "fonts"
LIGHTEST, BOLDEST = 400, 600

for path in sorted(FONTS.glob("*.woff2")):
    narrow = instancer.instantiateVariableFont(TTFont(path, recalcTimestamp=False), {"wght": (LIGHTEST, BOLDEST)})
    narrow.flavor = "woff2"
    narrow.save(path)
