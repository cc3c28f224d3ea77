"""A page of a register: its letters, the newest first, in the scope of whoever looks. The page counts nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import actor_tokens, visible
from edms.overview.line import LetterLine, lines_of
from edms.registry.models import Document, Register
from edms.registry.older.migration import older
from edms.registry.words import DocumentState

CHUNK = 500
COUNTED = 10_000  # a longer list is not counted to its end: the number would take longer than the page
REACH = 2_000  # of the newest letters, among which those of somebody with much to see are found at once


@dataclass(frozen=True)
class Wanted:
    """The filters of a register's list; `before` is the last line's (year, serial) of the page before."""

    year: int | None = None
    state: DocumentState | None = None
    unit_id: int | None = None
    before: tuple[int, int] | None = None


def register_page(
    session: Session, actor: Actor, book: Register, wanted: Wanted = Wanted(), *, limit: int = 50
) -> list[LetterLine]:
    """A page of `book`, the newest first."""
    return lines_of(session, _page(session, actor, book, wanted, limit), clock.today(actor.time_zone))


def every(session: Session, actor: Actor, book: Register, wanted: Wanted) -> Iterator[LetterLine]:
    """All of the list, the newest first, chunk by chunk: memory does not grow with the register."""
    wanted = replace(wanted, before=None)
    while rows := register_page(session, actor, book, wanted, limit=CHUNK):
        last = (rows[-1].document.year, rows[-1].document.serial)
        yield from rows
        if len(rows) < CHUNK:
            return
        wanted = replace(wanted, before=last)
        session.expunge_all()


def count(session: Session, actor: Actor, book: Register, wanted: Wanted, *, most: int = COUNTED) -> int:
    """How many letters such a list has in all; one more than `most` where there are more."""
    found = select(Document.document_id).where(
        Document.register_id == book.register_id, visible(actor, Document.readers), *_filters(Document, book, wanted)
    )
    return session.scalar(select(func.count()).select_from(found.limit(most + 1).subquery())) or 0


def _page(session: Session, actor: Actor, book: Register, wanted: Wanted, limit: int) -> list[Document]:
    """Somebody who sees the whole register walks down it. Of others the newest letters are looked through first; who
    has few letters in them has few at all, and they are taken by their readers instead of walking past everybody's.
    """
    whole = select(Document).where(*_place(Document, book, wanted))
    if actor.is_system or f"org:{book.organisation_id}:open" in actor_tokens(actor):
        return list(session.scalars(_newest(whole, Document, actor, book, wanted, limit)))
    near = aliased(Document, whole.order_by(Document.year.desc(), Document.serial.desc()).limit(REACH).subquery())
    found = list(session.scalars(_newest(select(near), near, actor, book, wanted, limit)))
    if len(found) == limit:
        return found
    own = select(Document.document_id).where(visible(actor, Document.readers)).cte("own").prefix_with("MATERIALIZED")
    few = whole.join(own, own.c.document_id == Document.document_id)
    return list(session.scalars(_newest(few, Document, actor, book, wanted, limit)))


def _newest(found: Any, table: Any, actor: Actor, book: Register, wanted: Wanted, limit: int) -> Any:
    found = found.where(visible(actor, table.readers), *_filters(table, book, wanted))
    return found.order_by(table.year.desc(), table.serial.desc()).limit(limit)


def _place(table: Any, book: Register, wanted: Wanted) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = [table.register_id == book.register_id]
    if wanted.before is not None:
        made.append(tuple_(table.year, table.serial) < wanted.before)
    return made


def _filters(table: Any, book: Register, wanted: Wanted) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        made.append(table.state == wanted.state)
    if wanted.year is not None and book.yearly:
        made.append(table.year.in_((wanted.year, older(wanted.year))))
    elif wanted.year is not None:
        made += [table.registered_on >= date(wanted.year, 1, 1), table.registered_on <= date(wanted.year, 12, 31)]
    if wanted.unit_id is not None:
        made.append(table.unit_id == wanted.unit_id)
    return made
