"""The card of a letter as it is entered (D414 art. 38), and what makes it acceptable."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.orm import Session

from edms.errors import Invalid
from edms.language import straight
from edms.registry.models import Register
from edms.registry.words import Authorship, Channel, Grade, LinkKind

LONGEST = {
    "summary": 2000,
    "their_number": 60,
    "annexes": 2000,
    "correspondent_name": 300,
    "correspondent_address": 500,
    "case_index": 40,  # it stands before the serial in a number of 60 characters at most
}
MOST_SHEETS = 100_000


@dataclass(frozen=True)
class Card:
    """What the registrar enters. Dates are civil days of the organisation; ids belong to it."""

    summary: str
    channel: Channel = Channel.COUNTER
    received_on: date | None = None  # empty: today
    document_on: date | None = None
    authorship: Authorship = Authorship.ONE
    correspondent_id: int | None = None
    correspondent_name: str | None = None
    correspondent_address: str | None = None
    their_number: str | None = None
    their_date: date | None = None
    document_type: str = "letter"
    sheets: int = 1
    annex_sheets: int = 0
    annexes: str | None = None
    addressee_id: int | None = None
    unit_id: int | None = None
    grade: Grade = Grade.OPEN
    case_index: str | None = None
    language: str = "ka"
    links: tuple[tuple[int, LinkKind], ...] = ()


@dataclass(frozen=True)
class Named:
    """Who and what a card names by their ids; of each the organisation it belongs to, None for what does not exist."""

    addressee_in: int | None = None
    unit_in: int | None = None
    unit_index: str = ""
    correspondent_in: int | None = None
    correspondent: Known | None = None


@dataclass(frozen=True)
class Known:
    """What a letter takes from the card of its correspondent."""

    correspondent_id: int
    name: str
    address: str | None
    used_at: datetime | None


# Four looks in one: a letter names up to three things, and each would be a round trip.
_NAMED = text(
    "SELECT official.organisation_id AS addressee_in, unit.organisation_id AS unit_in, unit.index AS unit_index,"
    " correspondent.organisation_id AS correspondent_in, correspondent.name, correspondent.address, correspondent.used_at"
    " FROM (VALUES (1)) AS card LEFT JOIN official ON official_id = :addressee_id LEFT JOIN unit"
    " ON unit.unit_id = :unit_id LEFT JOIN correspondent ON correspondent_id = :correspondent_id"
).bindparams(*(bindparam(name, type_=BigInteger) for name in ("addressee_id", "unit_id", "correspondent_id")))


def clean(text: str | None) -> str | None:
    """Composed form, no control characters (the database refuses NUL), nothing that turns what follows, no outer blanks;
    empty is None."""
    if text is None:
        return None
    kept = "".join(c for c in straight(text) if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept).strip() or None


def cleaned(card: Card) -> Card:
    """The card with every text cleaned."""
    texts = {f.name: clean(getattr(card, f.name)) for f in fields(card) if isinstance(getattr(card, f.name), str)}
    texts = {name: value for name, value in texts.items() if name not in ("channel", "grade", "authorship")}
    return replace(card, **{**texts, "summary": texts["summary"] or ""})  # type: ignore[arg-type]


def columns(card: Card) -> dict[str, Any]:
    """What of a card stands on the letter's own row: all but its links."""
    return {name: value for name, value in vars(card).items() if name != "links"}


def check(
    session: Session, register: Register, card: Card, today: date, *, besides: Mapping[str, str] | None = None
) -> Named:
    """Refuse a card that is incomplete or impossible, all fields at once; who and what it names. Errors: Invalid.

    `besides` is what is wrong with what was entered beside the card.
    """
    wrong: dict[str, str] = dict(besides or {})
    if not card.summary:
        wrong["summary"] = "registry.summary_missing"
    for name, longest in LONGEST.items():
        if len(getattr(card, name) or "") > longest:
            wrong[name] = "registry.text_too_long"
    nobody = not (card.correspondent_id or card.correspondent_name)
    if register.kind.comes_in and nobody and card.authorship is not Authorship.ANONYMOUS:
        wrong.setdefault("correspondent", "registry.correspondent_missing")
    for name in ("received_on", "document_on", "their_date"):
        day = getattr(card, name)
        if day is not None and day > today:
            wrong[name] = "registry.date_in_future"
        elif day is not None and day.year < 1900:
            wrong[name] = "registry.date_too_old"
    for name in ("sheets", "annex_sheets"):
        if not 0 <= getattr(card, name) <= MOST_SHEETS:
            wrong[name] = "registry.sheets_impossible"
    named = _named(session, card)
    wrong.update(_strangers(register, card, named))
    if wrong:
        raise Invalid("registry.card_incomplete", fields=wrong)
    return named


def _named(session: Session, card: Card) -> Named:
    ids = {name: getattr(card, name) for name in ("addressee_id", "unit_id", "correspondent_id")}
    if not any(ids.values()):
        return Named()
    row = session.execute(_NAMED, ids).one()
    known = None
    if card.correspondent_id is not None and row.correspondent_in is not None:
        known = Known(card.correspondent_id, row.name, row.address, row.used_at)
    return Named(row.addressee_in, row.unit_in, row.unit_index or "", row.correspondent_in, known)


def _strangers(register: Register, card: Card, named: Named) -> dict[str, str]:
    """Ids that do not belong to the register's organisation are named like ids that do not exist."""
    wrong: dict[str, str] = {}
    here = register.organisation_id
    for name in ("addressee", "unit", "correspondent"):
        if getattr(card, f"{name}_id") is not None and getattr(named, f"{name}_in") != here:
            wrong[name] = f"registry.{name}_unknown"
    return wrong
