"""The receipt slip: what a citizen takes home from the counter (D414; number, day and hour, sheets, code)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class Slip:
    """What the slip says. `address` is the page where the letter can be followed, `proof` what its QR code leads to.

    Without a public page both are empty and the slip names telephone, hours and counter instead of a dead link.
    """

    office: Office
    language: str
    number: str
    day: date
    time: str  # civil, hh:mm
    sheets: int
    annex_sheets: int
    code: str  # tracking code in its groups
    sender: str = ""
    summary: str = ""
    due_on: date | None = None
    registrar: str = ""
    address: str = ""
    proof: str = ""
    by_hand: date | None = None  # the day on the paper, of a letter numbered by hand during a downtime


def slip(values: Slip) -> Pressed:
    """Print it on A5, two to a sheet of A4."""
    return press("slip", values.language, values.number, slip=values, office=values.office)
