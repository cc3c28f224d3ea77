"""The tray and the registration of a letter: the page in the middle, the card beside it, guesses under their fields."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.capture import reading
from edms.errors import EdmsError, Invalid
from edms.registry import arrivals, contents, correspondents, duplicates, registers, registration
from edms.registry.card import Card
from edms.registry.models import Arrival, Document
from edms.registry.words import ArrivalState, Channel, DocumentType, Grade, Tray
from edms.staff.officials import officials
from edms.storage.port import Stored
from edms.web.desk import pictures, showing
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import Day, OneLine, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("arrivals", __name__, url_prefix="/arrivals")
FIELDS = ("summary", "correspondent_name", "their_number", "their_date", "document_type", "language", "annex_sheets")
NEVER_BY_ITSELF = ("correspondent_name", "their_number")


class CardForm(BaseModel):
    """The card as it is typed."""

    key: OneLine
    register_id: int
    channel: Channel
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
    grade: Grade = Grade.OPEN
    case_index: OneLine | None = None
    language: OneLine = "ka"


class Ending(BaseModel):
    """How an arrival ends otherwise."""

    state: ArrivalState
    reason: OneLine = ""


@dataclass(frozen=True)
class Guessed:
    """A guess as the kit shows it under its field."""

    text: str
    share: float
    page: int | None
    box: str | None = None


@bp.get("/")
def tray() -> str:
    """What waits."""
    with house().transaction() as session:
        waiting = arrivals.waiting(session, actor(), limit=100)
        return render_template("desk/tray.html", lines=[showing.arrival_line(a) for a in waiting])


@bp.post("/upload")
def upload() -> Response:
    """Files by an ordinary form."""
    for file in request.files.getlist("file"):
        if file.filename:
            _take(file, file.filename)
    return redirect(url_for("arrivals.tray"), 303)


@bp.put("/upload/<path:name>")
def upload_bytes(name: str) -> tuple[dict[str, Any], int]:
    """One file as bare bytes, streamed: memory does not grow with it."""
    stored = house().store.put(request.stream, limit=house().settings.upload_limit_bytes)
    arrival = _enter(stored, name)
    return {"arrival": arrival.arrival_id, "href": url_for("arrivals.card", arrival_id=arrival.arrival_id)}, 201


@bp.route("/new", methods=["GET", "POST"])
def paper() -> str | Response | tuple[str, int]:
    """A letter on paper, registered before it is scanned."""
    return _register(None)


@bp.route("/<int:arrival_id>", methods=["GET", "POST"])
def card(arrival_id: int) -> str | Response | tuple[str, int]:
    """The card of an arrival."""
    return _register(arrival_id)


@bp.post("/<int:arrival_id>/end")
def end(arrival_id: int) -> Response:
    """End an arrival otherwise, with its reason."""
    form = read(Ending)
    with house().transaction() as session:
        arrival = arrivals.arrival_of(session, actor(), arrival_id)
        arrivals.end(session, actor(), arrival, state=form.state, reason=form.reason)
    return redirect(url_for("arrivals.tray"), 303)


@bp.get("/correspondents")
def find_correspondents() -> str:
    """The answer to the combobox: three letters in any script, or a number."""
    with house().transaction() as session:
        found = correspondents.find(session, actor(), request.args.get("q", ""))
        rows = [(c.correspondent_id, c.name, c.address or c.identification or "") for c in found]
    return render_template("desk/options.html", rows=rows)


@bp.get("/<int:arrival_id>/page/<int:page>/<kind>")
def picture(arrival_id: int, page: int, kind: str) -> Response:
    """The picture of a page of what waits."""
    with house().transaction() as session:
        arrival = arrivals.arrival_of(session, actor(), arrival_id)
        rendition = pictures.rendition(session, arrival.content_id, page, kind)
    return pictures.answer(house().store, rendition)


def _take(file: FileStorage, name: str) -> Arrival:
    return _enter(house().store.put(file.stream, limit=house().settings.upload_limit_bytes), name)


def _enter(stored: Stored, name: str) -> Arrival:
    who = actor()
    with house().transaction() as session:
        organisation_id = who.organisation_id or 0
        content = contents.enter(session, who, organisation_id=organisation_id, stored=stored, name=name)
        return arrivals.take_in(
            session, who, organisation_id=organisation_id, tray=Tray.UPLOAD, channel=Channel.COUNTER, content=content
        )


def _register(arrival_id: int | None) -> str | Response | tuple[str, int]:
    who = actor()
    if request.method == "GET":
        with house().transaction() as session:
            return _page(session, who, arrival_id, None)
    try:
        form = read(CardForm)
        with house().transaction() as session:
            document = _make(session, who, arrival_id, form)
        return redirect(url_for("arrivals.done", document_id=document.document_id), 303)
    except EdmsError as error:
        if not isinstance(error, Invalid):
            raise
        with house().transaction() as session:
            return _page(session, who, arrival_id, Filled.again(error)), 422


def _make(session: Session, who: Actor, arrival_id: int | None, form: CardForm) -> Document:
    book = registers.register_of(session, who, form.register_id)
    arrival = arrivals.arrival_of(session, who, arrival_id) if arrival_id is not None else None
    addressee = form.addressee
    card_ = Card(
        summary=form.summary,
        channel=form.channel,
        correspondent_id=form.correspondent,
        correspondent_name=None if form.correspondent else form.correspondent_text,
        correspondent_address=form.correspondent_address,
        their_number=form.their_number,
        their_date=form.their_date,
        document_type=form.document_type.value,
        sheets=form.sheets,
        annex_sheets=form.annex_sheets,
        annexes=form.annexes,
        addressee_id=addressee,
        grade=form.grade,
        case_index=form.case_index,
        language=form.language,
    )
    return registration.register(
        session, who, book, card_, idempotency_key=f"web:{form.key}", arrival=arrival, waiting_scan=arrival is None
    )


def _page(session: Session, who: Actor, arrival_id: int | None, form: Filled | None) -> str:
    arrival = arrivals.arrival_of(session, who, arrival_id) if arrival_id is not None else None
    content_id = arrival.content_id if arrival else None
    found = reading.suggestions_of(session, content_id) if content_id else []
    guesses = {g.field: Guessed(g.value, g.confidence, g.page) for g in found if g.field in FIELDS}
    books = [book for book in registers.registers(session, who) if book.closed_on is None]
    people = officials(session, who)
    kept = {g.field: g.value for g in found if g.field in ("language", "document_type") and g.confidence >= 0.8}
    kind = "applications" if kept.get("document_type") in ("application", "complaint") else "incoming"
    usual = next((book for book in books if book.kind.value == kind), books[0])
    fresh = Filled.of(
        key=secrets.token_hex(12), register_id=usual.register_id, channel=(arrival.channel if arrival else Channel.COUNTER).value,
        sheets=1, annex_sheets=0, grade="open", language=kept.get("language", language()),
        document_type=kept.get("document_type", "letter"), addressee=_head(people),
    )  # fmt: skip
    twins = duplicates.twins(session, who, sha256=arrival.content.sha256) if arrival and arrival.content else []
    return render_template(
        "desk/card.html",
        arrival=arrival,
        form=form or fresh,
        guesses={name: guess for name, guess in guesses.items()},
        books=[(book.register_id, book.name(language())) for book in books],
        people=[(p.official_id, f"{p.name(language())} · {p.post(language())}") for p in people],
        channels=[
            (c.value, t(f"registry.channel.{c.value}")) for c in Channel if c not in (Channel.PORTAL, Channel.INTERNAL)
        ],
        types=[(d.value, t(f"registry.document_type.{d.value}")) for d in DocumentType],
        grades=[(g.value, t(f"registry.grade.{g.value}")) for g in Grade],
        tongues=[(code, t(f"language.name.{code}")) for code in ("ka", "hy", "ru", "en")],
        ends=[(s.value, t(f"registry.arrival_state.{s.value}")) for s in arrivals.ENDS],
        twins=twins,
        state=reading.state_of(session, content_id) if content_id else None,
        pages=pictures.pages_of_content(
            session, content_id, lambda n, k: url_for("arrivals.picture", arrival_id=arrival_id, page=n, kind=k)
        ),
    )


def _head(people: Any) -> int | None:
    return next((p.official_id for p in people if p.unit_id is None), None)


@bp.get("/done/<int:document_id>")
def done(document_id: int) -> str:
    """The number, large, and what comes next."""
    from_desk = actor()
    with house().transaction() as session:
        document = pictures.document(session, from_desk, document_id)
        waiting = arrivals.waiting(session, from_desk, limit=1)
        following = url_for("arrivals.card", arrival_id=waiting[0].arrival_id) if waiting else url_for("arrivals.tray")
        return render_template("desk/registered.html", document=document, following=following)
