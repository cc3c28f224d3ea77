"""The act of destruction with its list of cases (D414 art. 57), and the certificate of what was destroyed by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class GoneLetter:
    """A destroyed letter: its number and day, the hashes of its contents, the place of its leaf in the ledger."""

    number: str
    day: date
    hashes: list[str]
    leaf: int | None


@dataclass(frozen=True)
class DisposalCase:
    """A case file of an act. `fate` says what became of it, empty while nothing has."""

    place: int
    index: str
    title: str
    year: int
    volume: int
    kind: str  # its class in words
    article: str
    until: date
    letters: int
    sheets: int
    fate: str = ""
    erased: bool = False
    sha256: str = ""
    leaf: int | None = None
    gone: list[GoneLetter] = field(default_factory=list)


@dataclass(frozen=True)
class Disposal:
    """An act: `number` and `day` are empty while it is only proposed."""

    office: Office
    language: str
    organisation_id: int
    number: str
    day: date | None
    ground: str
    authority: str
    proposed_by: str
    proposed_on: date
    approvals: list[tuple[str, date]]
    cases: list[DisposalCase]
    erase_from: date | None
    ended: str  # the instant in words, of a certificate
    made_at: datetime
    made_on: date

    @property
    def letters(self) -> int:
        """Of all its cases that were not taken out."""
        return sum(each.letters for each in self.cases)

    @property
    def sheets(self) -> int:
        """Of all its cases that were not taken out."""
        return sum(each.sheets for each in self.cases)


def act_paper(values: Disposal) -> Pressed:
    """Print the act on A4 lying."""
    return press("disposal_act", values.language, values.number, act=values, office=values.office)


def certificate(values: Disposal) -> Pressed:
    """Print the certificate on A4."""
    return press("disposal_certificate", values.language, values.number, act=values, office=values.office)
