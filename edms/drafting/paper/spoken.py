"""The record of what a citizen said by telephone or at a reception, for her confirmation by signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class Record:
    """What the record says. `facts` are (what, which) in the paper's language."""

    office: Office
    language: str
    number: str
    day: date
    facts: list[tuple[str, str]]
    text: str
    citizen: str = ""
    hand: str = ""
    post: str = ""


def spoken_record(values: Record) -> Pressed:
    """Print it on A4, with the lines where the citizen signs and where it is noted that she did not."""
    return press("spoken_record", values.language, values.number, record=values, office=values.office)
