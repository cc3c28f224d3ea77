"""The card as a form: what is typed, what the choices are, what the letter's text suggests, and who the sender is.

A sender typed by name alone is looked up: one of that name is meant, several are asked about, none is a new one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import flask
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from edms import words
from edms.access.actor import Actor
from edms.capture.models import Suggestion
from edms.errors import Invalid
from edms.language import normalise
from edms.registry import correspondents, documents, duplicates, reservations
from edms.registry.card import Card
from edms.registry.going_out import neighbours
from edms.registry.models import Arrival, Document, Register
from edms.registry.words import Authorship, Channel, DocumentType, Grade, LinkKind
from edms.staff.models import Official
from edms.staff.officials import officials
from edms.staff.units import units
from edms.web.desk import applied
from edms.web.kit import Filled, language, t, today
from edms.web.kit.forms import Day, OneLine, Paragraphs, read

GUESSED = ("summary", "correspondent_name", "their_number", "their_date", "annex_sheets", "sheets")
SURE = 0.8  # the kind and the language of a letter are set from its text when it is read this well
NEW = 0
"""The choice "none of these: a new correspondent"."""
CHANNELS = tuple(c for c in Channel if c not in (Channel.PORTAL, Channel.INTERNAL))


class CardForm(BaseModel):
    """The card as it is typed."""

    key: OneLine
    register_id: int
    channel: Channel
    reserved: int | None = None
    received_on: Day | None = None
    written_on: Day | None = None
    summary: Paragraphs = ""
    correspondent: int | None = None
    correspondent_text: OneLine | None = None
    correspondent_address: OneLine | None = None
    their_number: OneLine | None = None
    their_date: Day | None = None
    document_type: DocumentType = DocumentType.LETTER
    sheets: int = 1
    annex_sheets: int = 0
    annexes: Paragraphs | None = None
    addressee: int | None = None
    unit: int | None = None
    grade: Grade = Grade.OPEN
    case_index: OneLine | None = None
    language: OneLine = "ka"
    earlier: OneLine | None = None


class AskedAbout(BaseModel):
    """What a duplicate is known by."""

    their_number: OneLine | None = None
    their_date: OneLine | None = None


@dataclass(frozen=True)
class Known:
    """Their number and date, as far as they can be read."""

    their_number: str | None
    their_date: date | None


@dataclass(frozen=True)
class Guessed:
    """A guess as the kit shows it under its field; `box` in the units of the page's picture."""

    text: str
    share: float
    page: int | None
    box: str | None = None


class SeveralOfThatName(Invalid):
    """More than one correspondent has the name that was typed; `choices` are they and a new one."""

    def __init__(self, choices: list[tuple[str, str]]) -> None:
        super().__init__("error.invalid", fields={"correspondent": "counter.which_one"})
        self.choices = choices


def card_of(session: Session, who: Actor, form: CardForm) -> Card:
    """The card for the registry. Errors: SeveralOfThatName, Invalid for an earlier letter that is not there."""
    sender = sender_of(session, who, form.correspondent, form.correspondent_text, form.correspondent_address)
    return Card(
        summary=form.summary,
        channel=form.channel,
        received_on=form.received_on,
        correspondent_id=sender,
        correspondent_name=None if sender else form.correspondent_text,
        correspondent_address=form.correspondent_address,
        their_number=form.their_number,
        their_date=form.their_date,
        document_type=form.document_type.value,
        sheets=form.sheets,
        annex_sheets=form.annex_sheets,
        annexes=form.annexes,
        addressee_id=form.addressee,
        unit_id=form.unit,
        grade=form.grade,
        case_index=form.case_index,
        language=form.language,
        links=_links(session, who, form.earlier),
    )


def asked_about(given: MultiDict[str, str]) -> Known:
    """What a card being typed says of their letter."""
    asked = read(AskedAbout, given)
    return Known(asked.their_number, words.read_date(asked.their_date, today()) if asked.their_date else None)


def fresh(
    session: Session, who: Actor, arrival: Arrival | None, books: Sequence[Register], people: Sequence[Official],
    found: Sequence[Suggestion],
) -> Filled:  # fmt: skip
    """An untouched card: register and channel as on the last one, kind and language as the letter's text says (`found`).

    Whoever comes from a reserved number (?register=, ?reserved=) finds both chosen.
    """
    sure = {g.field: g.value for g in found if g.field in ("language", "document_type") and g.confidence >= SURE}
    kept: dict[str, Any] = flask.session.get("kept_card", {})
    channel = arrival.channel.value if arrival is not None else kept.get("channel", Channel.COUNTER.value)
    register_id = flask.request.args.get("register", kept.get("register_id"), int)
    return Filled.of(
        key=secrets.token_hex(12),
        reserved=flask.request.args.get("reserved", type=int),
        channel=channel,
        authorship=Authorship.ONE.value,
        addressee=next((p.official_id for p in people if p.unit_id is None), None),
        **{
            "register_id": _usual(books, register_id, sure.get("document_type")),
            "document_type": sure.get("document_type", DocumentType.LETTER.value),
            "sheets": 1,
            "annex_sheets": 0,
            "grade": Grade.OPEN.value,
            "language": sure.get("language", language()),
            **neighbours.sent_us(session, who, arrival, language()),
            **applied.card(session, who, arrival, books),
        },
    )


def guesses(
    session: Session, who: Actor, suggestions: Sequence[Suggestion], pages: Sequence[Mapping[str, Any]]
) -> dict[str, Guessed]:
    """The guesses by field, with their place on a page. A sender whose identification number we know is offered under the name we have."""
    sizes = {page["n"]: (page["width"], page["height"]) for page in pages if page.get("src")}
    made: dict[str, Guessed] = {}
    for found in suggestions:
        if found.field == "identification":
            known = correspondents.find(session, who, found.value, limit=1)
            if known and known[0].identification == found.value:
                made["correspondent_name"] = Guessed(known[0].name, found.confidence, found.page, _box(found, sizes))
        elif found.field in GUESSED:
            text = _as_typed(found.field, found.value)
            made.setdefault(found.field, Guessed(text, found.confidence, found.page, _box(found, sizes)))
    return made


def options(
    session: Session, who: Actor, books: Sequence[Register], people: Sequence[Official]
) -> dict[str, list[tuple[Any, str]]]:
    """The choices of every select."""
    speaks = language()
    held = reservations.open_in(session, who, books)
    return {
        "register_id": [(book.register_id, book.name(speaks)) for book in books],
        "channel": [(c.value, t(f"registry.channel.{c.value}")) for c in CHANNELS],
        "reserved": [(n.number_id, f"{n.text} · {n.reason or ''}") for n in held],
        "document_type": [(d.value, t(f"registry.document_type.{d.value}")) for d in DocumentType],
        "addressee": [(p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in people],
        "unit": [(u.unit_id, f"{u.index} {u.name(speaks)}".strip()) for u in units(session, who) if u.open_on(today())],
        "grade": [(g.value, t(f"registry.grade.{g.value}")) for g in Grade],
        "language": [(code, t(f"language.name.{code}")) for code in ("ka", "hy", "ru", "en")],
    }


def labels() -> dict[str, str]:
    """What the summary of errors calls the fields."""
    names = {
        "summary": "card.summary",
        "correspondent": "card.correspondent",
        "correspondent_name": "card.correspondent",
        "correspondent_address": "card.address",
        "their_number": "card.their_number",
        "their_date": "card.their_date",
        "sheets": "card.sheets",
        "annex_sheets": "card.annex_sheets",
        "addressee": "card.addressee",
        "received_on": "counter.received_on",
        "written_on": "downtime.written_on",
        "earlier": "counter.earlier",
    }
    return {field: t(name) for field, name in names.items()}


def twins_of(session: Session, who: Actor, document: Document) -> list[duplicates.Twin]:
    """Other letters with the same number and date of theirs: said after the act where no script could say it before."""
    found = duplicates.twins(session, who, their_number=document.their_number, their_date=document.their_date)
    return [twin for twin in found if twin.document.document_id != document.document_id]


def _usual(books: Sequence[Register], kept: int | None, document_type: str | None) -> int | None:
    wanted = "applications" if document_type in ("application", "complaint") else "incoming"
    by_text = next((b.register_id for b in books if b.kind.value == wanted), None) if document_type else None
    ids = [book.register_id for book in books]
    for each in (by_text, kept):
        if each in ids:
            return each
    return next((b.register_id for b in books if b.kind.value == "incoming"), ids[0] if ids else None)


def everybody(session: Session, who: Actor) -> list[Official]:
    """Everybody who works here: whom a letter can be addressed to."""
    return officials(session, who)


def sender_of(
    session: Session, who: Actor, ident: int | None, typed: str | None, typed_address: str | None
) -> int | None:
    """Whom the sender's field means. The id counts only as long as the name beside it is still that person's.

    Errors: SeveralOfThatName.
    """
    name = normalise(typed or "")
    if ident:
        chosen = correspondents.correspondent_of(session, who, ident)
        if not name or normalise(chosen.name) == name:
            return chosen.correspondent_id
    if not name or ident == NEW:
        return None
    same = [c for c in correspondents.find(session, who, typed or "", limit=50) if normalise(c.name) == name]
    address = normalise(typed_address or "")
    if address:
        here = [c for c in same if normalise(c.address or "") == address]
        return here[0].correspondent_id if len(here) == 1 else None
    if len(same) > 1:
        rows = [
            (str(c.correspondent_id), " · ".join(filter(None, (c.name, c.address, c.identification)))) for c in same
        ]
        raise SeveralOfThatName([*rows, (str(NEW), t("counter.none_of_these"))])
    return same[0].correspondent_id if same else None


def _links(session: Session, who: Actor, number: str | None) -> tuple[tuple[int, LinkKind], ...]:
    if not number:
        return ()
    found = documents.by_number(session, who, number, limit=1)
    if not found:
        raise Invalid(fields={"earlier": "counter.no_such_number"})
    return ((found[0].document_id, LinkKind.EARLIER),)


def _as_typed(field: str, value: str) -> str:
    if field == "their_date":
        try:
            return words.date(language(), date.fromisoformat(value))
        except ValueError:
            return ""
    return value


def _box(found: Any, sizes: Mapping[int, tuple[int, int]]) -> str | None:
    if not found.box or found.page not in sizes:
        return None
    width, height = sizes[found.page]
    x, y, w, h = found.box
    return f"{x * width:.0f} {y * height:.0f} {w * width:.0f} {h * height:.0f}"
