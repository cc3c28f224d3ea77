"""The folded part of the card: further senders, the envelope, valuables, and what was said by telephone or at a reception.

Lists are typed a line each, the parts of a line apart by semicolons: as fast as a clerk types, and as long as needed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import Invalid
from edms.language import normalise
from edms.registry import correspondents
from edms.registry.intake.card import Intake, Party, Spoken, Valuable
from edms.registry.intake.words import Envelope
from edms.registry.models import Document
from edms.registry.words import Authorship
from edms.staff.models import Organisation
from edms.web.kit import Filled, t, today, zone
from edms.web.kit.forms import Day, OneLine, Paragraphs

MONEY = {"AM": "AMD", "GE": "GEL"}
"""The money of a country, where a sum names none."""
SIGNS = {"₾": "GEL", "֏": "AMD", "$": "USD", "€": "EUR"}
LABELS = {
    "authorship": "intake.authorship", "parties": "intake.parties", "also_to": "intake.also_to", "signatures": "intake.signatures",
    "postmark_on": "intake.postmark_on", "postal_barcode": "intake.postal_barcode", "filed_on": "intake.filed_on",
    "envelope": "intake.envelope", "opens": "intake.opens", "valuables": "intake.valuables",
    "handed_to": "intake.handed_to", "said": "intake.said", "said_on": "intake.said_on",
    "said_time": "intake.said_time", "said_place": "intake.said_place",
}  # fmt: skip


class IntakeForm(BaseModel):
    """What is typed beside the card; a common letter sends nothing of it."""

    authorship: Authorship = Authorship.ONE
    parties: Paragraphs | None = None
    also_to: Paragraphs | None = None
    signatures: int | None = None
    postmark_on: Day | None = None
    postal_barcode: OneLine | None = None
    envelope_kept: bool = False
    filed_on: Day | None = None
    envelope: Envelope | None = None
    opens: int | None = None
    valuables: Paragraphs | None = None
    handed_to: int | None = None
    said_on: Day | None = None
    said_time: OneLine | None = None
    said_place: OneLine | None = None
    said: Paragraphs | None = None


def intake_of(session: Session, who: Actor, form: IntakeForm) -> Intake:
    """What was typed, for the registry. Errors: Invalid for a line or an hour that cannot be read."""
    organisation = session.get_one(Organisation, who.organisation_id)
    return Intake(
        parties=tuple(_party(session, who, line) for line in _lines(form.parties)),
        also_to=form.also_to,
        signatures=form.signatures,
        postmark_on=form.postmark_on,
        postal_barcode=form.postal_barcode,
        envelope_kept=form.envelope_kept,
        filed_on=form.filed_on,
        envelope=form.envelope,
        opens_id=form.opens,
        valuables=tuple(_valuable(line, organisation.country, form.handed_to) for line in _lines(form.valuables)),
        spoken=_spoken(form),
    )


def filled(document: Document, stands: Intake) -> Filled:
    """The form of what was noted, as it stands."""
    return Filled.of(
        version=document.version,
        authorship=document.authorship.value,
        parties="\n".join("; ".join(filter(None, (each.name, each.address))) for each in stands.parties),
        also_to=stands.also_to,
        signatures=stands.signatures,
        postmark_on=stands.postmark_on,
        postal_barcode=stands.postal_barcode,
        envelope_kept="yes" if stands.envelope_kept else None,
        filed_on=stands.filed_on,
        valuables="\n".join(_typed(each) for each in stands.valuables),
        opens=stands.opens_id,
    )


def handed_as_before(intake: Intake, stands: Intake) -> Intake:
    """Whoever has a thing keeps it, where its line is as it was and nobody else is named."""
    held = {replace(each, handed_to_id=None): each for each in stands.valuables}
    kept = tuple(each if each.handed_to_id else held.get(each, each) for each in intake.valuables)
    return replace(intake, valuables=kept)


def _typed(each: Valuable) -> str:
    money = f"{each.amount:.2f} {each.currency}" if each.amount is not None else ""
    return "; ".join(filter(None, (each.what, str(each.count), money)))


def options(people: list[tuple[Any, str]]) -> dict[str, list[tuple[Any, str]]]:
    """The choices of its selects; `people` are whom a letter can be addressed to."""
    return {
        "authorship": [(each.value, t(f"registry.authorship.{each.value}")) for each in Authorship],
        "envelope": [(each.value, t(f"intake.envelope.{each.value}")) for each in Envelope],
        "people": people,
    }


def unfolded(form: Filled) -> bool:
    """Does a form that came back have something here to show?"""
    typed = any(form.value(name) for name in LABELS if name != "authorship")
    return form.failed and (typed or any(form.error(name) for name in LABELS) or form.value("authorship") != "one")


def _lines(typed: str | None) -> list[list[str]]:
    return [[part.strip() for part in line.split(";")] for line in (typed or "").split("\n") if line.strip(" ;\t")]


def _party(session: Session, who: Actor, line: list[str]) -> Party:
    """A sender of that name whom we know, if there is one only (at that address, where one is typed)."""
    name, address = line[0], "; ".join(part for part in line[1:] if part) or None
    wanted = normalise(name)
    same = [c for c in correspondents.find(session, who, name, limit=50) if normalise(c.name) == wanted]
    if address:
        same = [c for c in same if normalise(c.address or "") == normalise(address)]
    return Party(name, address, same[0].correspondent_id if len(same) == 1 else None)


def _valuable(line: list[str], country: str, handed_to: int | None) -> Valuable:
    """ "What; how many; sum": the sum may name its money, else it is the country's."""
    what, count, money, *more = [*line, "", ""]
    if any(more) or (count and not count.isdecimal()) or len(count) > 9:
        raise Invalid(fields={"valuables": "intake.valuable_line"})
    amount, currency = _money(money, country) if money else (None, None)
    return Valuable(what, int(count or 1), amount, currency, handed_to)


def _money(typed: str, country: str) -> tuple[Decimal, str]:
    currency = MONEY.get(country, "EUR")
    for sign, code in [*SIGNS.items(), *((code, code) for code in SIGNS.values())]:
        if sign in typed.upper():
            typed, currency = typed.upper().replace(sign, ""), code
    try:
        return Decimal("".join(typed.split()).replace(",", ".")), currency
    except InvalidOperation:
        raise Invalid(fields={"valuables": "intake.valuable_line"}) from None


def _spoken(form: IntakeForm) -> Spoken | None:
    if not (form.said or form.said_on or form.said_time or form.said_place):
        return None
    return Spoken(_instant(form.said_on or today(), form.said_time), form.said or "", form.said_place)


def _instant(day: date, typed: str | None) -> datetime:
    """The hour of a day in the office's own time; without one it is now, if the day is today."""
    if typed is None and day == today():
        return clock.now()
    try:
        hour = time.fromisoformat((typed or "").replace(".", ":").zfill(5))
    except ValueError:
        raise Invalid(fields={"said_time": "intake.not_a_time"}) from None
    return datetime.combine(day, hour.replace(tzinfo=None), ZoneInfo(zone()))
