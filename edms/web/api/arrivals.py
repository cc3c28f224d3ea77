"""Arrivals: what reached the office and waits. Bytes are sent as the bare body, first and before anything is written."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from hashlib import sha256
from typing import ClassVar, Literal
from urllib.parse import unquote

from flask import abort, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.capture import reading
from edms.errors import Conflict
from edms.registry import arrivals, contents, duplicates
from edms.registry import documents as registered
from edms.registry.endings import telling
from edms.registry.endings.models import ArrivalEnd
from edms.registry.endings.words import Fault, ItemKind
from edms.registry.models import Arrival, Content
from edms.registry.words import ArrivalState, Channel, ContentRole, Tray
from edms.storage.port import Stored
from edms.web.api.layer import Match, change, create, idempotency_key, once, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Page, Paged, Shown, Thing, shown
from edms.web.desk import pictures
from edms.web.desk.ending_papers import PAPERS
from edms.web.kit import t
from edms.web.kit.house import house
from edms.web.kit.session import actor


class ContentShown(Shown):
    """Bytes that are kept: their own name, size and SHA-256."""

    content_id: int
    name: str
    size: int
    media_type: str
    sha256: str
    stored_at: datetime

    @classmethod
    def of(cls, row: Content) -> ContentShown:
        """The content of a row."""
        own = {name: getattr(row, name) for name in cls.model_fields if name != "sha256"}
        return cls(sha256=row.sha256.hex(), **own)


class ArrivalShown(Thing):
    """What reached us. `document_id` is what became of it, `meant_for_id` the letter to which its sender brought it online."""

    PLACE: ClassVar[str] = "/arrivals/{arrival_id}"
    arrival_id: int
    tray: Tray
    channel: Channel
    state: ArrivalState
    arrived_at: datetime
    source: str | None
    trouble: str | None
    document_id: int | None
    meant_for_id: int | None
    ended_at: datetime | None
    end_reason: str | None
    content: ContentShown | None
    end: EndShown | None


class EndShown(Shown):
    """How an arrival ended otherwise. `filed_on` stays the filing date of a forwarded letter; its applicant must be told
    until `notice_due_on`. `papers` are the names of what can be printed of it."""

    item: ItemKind | None
    sender_name: str | None
    sender_address: str | None
    body: str | None
    body_address: str | None
    sent_by: Channel | None
    faults: list[Fault]
    members: list[str]
    court: bool
    filed_on: date | None
    forward_due_on: date | None
    notice_due_on: date | None
    told_on: date | None
    told_by: Channel | None
    papers: list[str]

    @classmethod
    def of(cls, row: ArrivalEnd, state: ArrivalState) -> EndShown:
        """The end of a row, with the papers of its kind."""
        own = {name: getattr(row, name) for name in cls.model_fields if name != "papers"}
        return cls(papers=list(PAPERS[state]), **own)


class Size(Asked):
    """How large a picture."""

    size: Literal["preview", "thumbnail"] = "preview"


class SuggestionShown(Shown):
    """A guess for a field of the card, with how sure it is (0 to 1) and the page where it stands."""

    field: str
    value: str
    confidence: float
    page: int | None


class TwinShown(Shown):
    """A letter that is probably the same."""

    document_id: int
    number: str
    why: str


class ArrivalsWanted(Paged):
    """Which trays."""

    tray: list[Tray] = []


class Joining(Asked):
    """The letter that it belongs to. A letter that waits for its scan gets it as its original."""

    document_id: Id
    role: ContentRole = ContentRole.LATER_PAPER
    dated_on: IsoDay | None = None


@create("/arrivals", takes_bytes=True, headers={"X-File-Name": "The name, percent-encoded UTF-8."})
def upload() -> ArrivalShown:
    """Send bytes to the tray of uploads.

    The body is the file itself, up to the office's limit. The same key with the same bytes gives the same arrival.
    """
    who, key = actor(), idempotency_key()
    require(who, Permission.ARRIVAL_TAKE_IN)  # before a byte is stored, not after
    name = unquote(request.headers.get("X-File-Name", "")) or "-"
    request.max_content_length = limit = house().settings.upload_limit_bytes
    stored = house().store.put(request.stream, limit=limit)
    asked = sha256(f"arrival\n{name}\n{stored.sha256}".encode()).digest()
    taken: list[ArrivalShown] = []

    def take_in(session: Session) -> ArrivalShown:
        taken.append(_take_in(session, who, stored, name))
        return taken[0]

    try:
        with house().transaction() as session:
            answer = once(session, who, key, asked, partial(take_in, session))
    except Conflict:
        house().store.delete(stored.key)  # refused before anything was written of them
        raise
    if not taken:
        house().store.delete(stored.key)  # sent again: the first ones are kept
    return answer  # type: ignore[return-value]


@read("/arrivals")
def index(session: Session, who: Actor, query: ArrivalsWanted) -> Page[ArrivalShown]:
    """What waits, the oldest first."""
    after = place(query, datetime, int)
    rows = arrivals.waiting(session, who, trays=query.tray, after=after, limit=query.limit + 1)
    return page(rows, query, _waiting, lambda row: (row.arrived_at, row.arrival_id))


@read("/arrivals/{arrival_id}")
def show(session: Session, who: Actor, arrival_id: int) -> ArrivalShown:
    """One arrival; how it ended, where it ended otherwise."""
    return after(session, who, arrivals.arrival_of(session, who, arrival_id))


@read("/arrivals/{arrival_id}/bytes", media="application/octet-stream")
def download(session: Session, who: Actor, arrival_id: int) -> Response:
    """The bytes as they came; ranges too."""
    content = arrivals.arrival_of(session, who, arrival_id).content
    if content is None:
        abort(404)
    return pictures.download(house().store, content)


@read("/arrivals/{arrival_id}/pages/{page}/picture", media="image/jpeg")
def picture(session: Session, who: Actor, arrival_id: int, page: int, query: Size) -> Response:
    """The picture of a page, from 1."""
    arrival = arrivals.arrival_of(session, who, arrival_id)
    return pictures.answer(house().store, pictures.rendition(session, arrival.content_id, page, query.size))


@read("/arrivals/{arrival_id}/suggestions")
def suggestions(session: Session, who: Actor, arrival_id: int) -> Page[SuggestionShown]:
    """What its text suggests for the card, once it was read. A person confirms it."""
    content_id = arrivals.arrival_of(session, who, arrival_id).content_id
    found = reading.suggestions_of(session, content_id) if content_id is not None else []
    return Page(items=[SuggestionShown.model_validate(guess) for guess in found])


@read("/arrivals/{arrival_id}/twins")
def twins(session: Session, who: Actor, arrival_id: int) -> Page[TwinShown]:
    """Registered letters with the same bytes: probably this one came before."""
    content = arrivals.arrival_of(session, who, arrival_id).content
    found = duplicates.twins(session, who, sha256=content.sha256) if content is not None else []
    return Page(
        items=[
            TwinShown(document_id=twin.document.document_id, number=twin.document.number, why=t(twin.why))
            for twin in found
        ]
    )


@change("/arrivals/{arrival_id}/join")
def join(session: Session, who: Actor, arrival_id: int, body: Joining, match: Match) -> ArrivalShown:
    """Let a scan or a later paper join a registered letter under its number."""
    arrival = arrivals.arrival_of(session, who, arrival_id)
    document = registered.document_of(session, who, body.document_id, lock=True)
    match.check(session, arrival)
    role = ContentRole.ORIGINAL if document.waiting_scan else body.role
    arrivals.join(session, who, arrival, document, role=role, dated_on=body.dated_on)
    return after(session, who, arrival)


def _take_in(session: Session, who: Actor, stored: Stored, name: str) -> ArrivalShown:
    here = who.organisation_id or 0
    content = contents.enter(session, who, organisation_id=here, stored=stored, name=name)
    arrival = arrivals.take_in(
        session, who, organisation_id=here, tray=Tray.UPLOAD, channel=Channel.COUNTER, content=content
    )
    return shown(session, ArrivalShown, arrival, content=_content(arrival), end=None)


def _waiting(arrival: Arrival) -> ArrivalShown:
    return ArrivalShown.of(arrival, content=_content(arrival), end=None)


def after(session: Session, who: Actor, arrival: Arrival) -> ArrivalShown:
    """The arrival as it stands after an act, with how it ended."""
    session.flush()
    made = telling.end_of(session, who, arrival)
    end = EndShown.of(made, arrival.state) if made is not None else None
    return shown(session, ArrivalShown, arrival, content=_content(arrival), end=end)


def _content(arrival: Arrival) -> ContentShown | None:
    return ContentShown.of(arrival.content) if arrival.content is not None else None
