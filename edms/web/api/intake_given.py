"""What a program tells of a letter beside its card, and what it is told: further senders, envelope, valuables, spoken word."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from edms.registry.intake.card import Intake, Party, Spoken, Valuable
from edms.registry.intake.words import Envelope
from edms.registry.words import Authorship
from edms.web.api.shapes import Asked, Count, Id, IsoDay, Line, Shown, Text

Money = Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,2})?$", description="A sum in its money's units.")]


class PartyGiven(Asked):
    """A further sender: `correspondent_id`, or a name alone."""

    name: Line | None = None
    address: Line | None = None
    correspondent_id: Id | None = None


class ValuableGiven(Asked):
    """An enclosure of value. A sum has its currency."""

    what: Line
    count: Count = 1
    amount: Money | None = None
    currency: Literal["GEL", "AMD", "USD", "EUR"] | None = None
    handed_to_id: Id | None = None


class SpokenGiven(Asked):
    """What was said by telephone or at a reception: when, where or from which number, and what."""

    said_at: AwareDatetime
    text: Text
    place: Line | None = None


class IntakeGiven(Asked):
    """What reached the counter beside one sender with one scan.

    A closed `envelope` names who opens it (`opens_id`) and has no file until then.
    """

    parties: Annotated[list[PartyGiven], Field(max_length=200)] = []
    also_to: (
        Annotated[str, Field(max_length=1000, description="Its addressees beside the first, one a line.")] | None
    ) = None
    signatures: Count | None = None
    postmark_on: IsoDay | None = None
    postal_barcode: Line | None = None
    envelope_kept: bool = False
    filed_on: IsoDay | None = None
    envelope: Envelope | None = None
    opens_id: Id | None = None
    valuables: Annotated[list[ValuableGiven], Field(max_length=50)] = []
    spoken: SpokenGiven | None = None

    def intake(self) -> Intake:
        """The same for the registry."""
        own = self.model_dump(exclude={"parties", "valuables", "spoken"})
        return Intake(
            parties=tuple(Party(**each.model_dump()) for each in self.parties),
            valuables=tuple(_valuable(each) for each in self.valuables),
            spoken=Spoken(**self.spoken.model_dump()) if self.spoken is not None else None,
            **own,
        )


class IntakeCorrected(Asked):
    """What stands in the place of what was noted, and why."""

    authorship: Authorship
    intake: IntakeGiven
    reason: Text


def _valuable(given: ValuableGiven) -> Valuable:
    amount = Decimal(given.amount) if given.amount is not None else None
    return Valuable(**{**given.model_dump(), "amount": amount})


class PartyShown(Shown):
    """A further sender."""

    correspondent_id: int | None
    name: str
    address: str | None


class ValuableShown(Shown):
    """An enclosure of value."""

    what: str
    count: int
    amount: Decimal | None
    currency: str | None
    handed_to_id: int | None


class SpokenShown(Shown):
    """The record of what was said, and whether the citizen confirmed it; neither signed nor refused: it is awaited."""

    said_at: datetime
    place: str | None
    text: str
    signed: bool
    refused_at: datetime | None
    refused_reason: str | None


class IntakeShown(Shown):
    """What was noted of a letter beside its card; of a common letter nothing."""

    document_id: int
    parties: list[PartyShown]
    also_to: str | None = None
    signatures: int | None = None
    postmark_on: date | None = None
    postal_barcode: str | None = None
    envelope_kept: bool = False
    filed_on: date | None = None
    envelope: Envelope | None = None
    opens_id: int | None = None
    opened_at: datetime | None = None
    opened_by_id: int | None = None
    valuables: list[ValuableShown]
    spoken: SpokenShown | None
