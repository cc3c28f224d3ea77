"""The journal for a downtime: a line for each number printed beforehand, to be filled in by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class HandJournal:
    """The numbers of a sheet, through which day they may be given, and who printed them when."""

    office: Office
    language: str
    register: str
    numbers: Sequence[str]
    until: date
    made_on: date
    made_by: str = ""


def hand_journal(values: HandJournal) -> Pressed:
    """Print it on A4 lying."""
    return press("hand_journal", values.language, values.register, journal=values, office=values.office)
