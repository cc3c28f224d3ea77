"""The yearly volume of documents on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class VolumeRow:
    """A register (or a sum of some): its twelve months, the year, the sheets."""

    name: str
    months: list[int]
    all: int
    sheets: int


@dataclass(frozen=True)
class VolumeSheet:
    """A year: groups with their registers and sum, and the whole."""

    office: Office
    language: str
    title: str
    year: int
    groups: list[tuple[str, list[VolumeRow], VolumeRow]]
    whole: VolumeRow
    note: str
    made_on: date
    made_by: str


def volume_sheet(values: VolumeSheet) -> Pressed:
    """Print it on A4 lying."""
    return press("volume", values.language, values.title, sheet=values, office=values.office)
