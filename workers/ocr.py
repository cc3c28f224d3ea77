"""Looks inside what arrives: kind, text, OCR, pictures, guesses."""

from __future__ import annotations

from edms.bootstrap import House
from edms.capture import reading


def look_inside(house: House, subject_id: int | None) -> None:
    """Read one content, going on where a killed worker stopped."""
    if subject_id is not None:
        reading.look_inside(house.transaction, house.store, subject_id)
