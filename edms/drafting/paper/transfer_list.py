"""The inventory of cases that are handed over to the archive (D414 art. 57): printed in copies, signed by both sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class TransferRow:
    """A case file: its index and title, its days, what lies in it, and the hash of its package once that is made."""

    index: str
    title: str
    volume: int
    year: int
    opened_on: date
    closed_on: date | None
    letters: int
    sheets: int
    sha256: str = ""


@dataclass(frozen=True)
class TransferList:
    """A transfer; `state` says in words where it stands."""

    office: Office
    language: str
    number: str
    day: date
    archive: str
    state: str
    rows: list[TransferRow]
    made_by: str = ""
    receipt: str = ""

    @property
    def letters(self) -> int:
        """All letters in it."""
        return sum(row.letters for row in self.rows)

    @property
    def sheets(self) -> int:
        """All sheets in it."""
        return sum(row.sheets for row in self.rows)


def transfer_list(values: TransferList) -> Pressed:
    """Print it on A4 lying."""
    return press("transfer_list", values.language, values.number, transfer=values, office=values.office)
