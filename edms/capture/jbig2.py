"""Whether a JBIG2 picture of a PDF is all there (ITU-T T.88, 7.2): the drawing library shows a cut one as white paper."""

from __future__ import annotations

KIND, LONG_PAGE = 0x3F, 0x40
REGIONS = frozenset((4, 6, 7, 20, 22, 23, 36, 38, 39, 40, 42, 43))
"""The segments that draw something."""
UNKNOWN = 0xFFFFFFFF


def is_whole(packed: bytes) -> bool:
    """Does every segment end within the picture, and does one of them draw? A length left open is not believed."""
    at, draws = 0, False
    while at < len(packed):
        if at + 6 > len(packed):
            return False
        number, flags = int.from_bytes(packed[at : at + 4]), packed[at + 4]
        at += 5
        referred = packed[at] >> 5
        if referred == 7:
            referred = int.from_bytes(packed[at : at + 4]) & 0x1FFFFFFF
            at += 4 + (referred + 8) // 8
        else:
            at += 1
        at += referred * (1 if number <= 256 else 2 if number <= 65536 else 4) + (4 if flags & LONG_PAGE else 1)
        length = int.from_bytes(packed[at : at + 4])
        if at + 4 > len(packed) or length == UNKNOWN or at + 4 + length > len(packed):
            return False
        at += 4 + length
        draws = draws or (flags & KIND) in REGIONS
    return draws
