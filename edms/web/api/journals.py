"""Journals for programs: a register of a period asked for on paper, and the paper once it is printed."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import NotFound
from edms.registry import registers
from edms.reports import journals
from edms.reports.models import JournalState
from edms.reports.period import between
from edms.web.api.layer import create, read
from edms.web.api.paging import whole
from edms.web.api.shapes import Asked, IsoDay, Page, Paged, Thing, shown
from edms.web.desk import pictures
from edms.web.kit.house import house


class JournalShown(Thing):
    """A journal: `state` is waiting, made or failed; lines and pages once it is made."""

    PLACE: ClassVar[str] = "/journals/{journal_id}"
    journal_id: int
    register_id: int
    first_on: date
    last_on: date
    state: JournalState
    asked_at: datetime
    made_at: datetime | None
    lines: int | None
    pages: int | None


class JournalAsked(Asked):
    """From day to day, both counted."""

    first: IsoDay
    last: IsoDay


@create("/registers/{register_id}/journals")
def ask(session: Session, who: Actor, register_id: int, body: JournalAsked) -> JournalShown:
    """Ask for a register of a period on paper: every number and what became of it, and where the ledger stood."""
    book = registers.register_of(session, who, register_id)
    return shown(session, JournalShown, journals.ask(session, who, book, between(body.first, body.last)))


@read("/registers/{register_id}/journals")
def index(session: Session, who: Actor, register_id: int, query: Paged) -> Page[JournalShown]:
    """One's own journals of a register, the newest first."""
    book = registers.register_of(session, who, register_id)
    require(who, Permission.JOURNAL_READ, book)
    return whole(journals.asked(session, who, book), query, JournalShown.of, lambda row: row.journal_id)


@read("/journals/{journal_id}")
def show(session: Session, who: Actor, journal_id: int) -> JournalShown:
    """One of one's own."""
    return JournalShown.of(journals.journal_of(session, who, journal_id))


@read("/journals/{journal_id}/bytes", media="application/octet-stream")
def download(session: Session, who: Actor, journal_id: int) -> Response:
    """The PDF; 404 until it is made."""
    found = journals.journal_of(session, who, journal_id)
    if found.content is None:
        raise NotFound
    return pictures.download(house().store, found.content)
