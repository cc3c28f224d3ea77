"""A search to take away: every line of it in its order, by the same rights as on the page, some hundreds at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.scope import visible
from edms.errors import Unavailable
from edms.events import Event, Subject, record
from edms.language import query_terms
from edms.registry.models import Document
from edms.search import limited
from edms.search.finding import question_of, seen_of
from edms.search.port import CAP, Asked, Index, Order
from edms.search.question import Question

MOST = 1_000_000
"""Lines of one table, as many as its sheet holds; a search by rank has no more than are ranked."""
PIECE = 500


def most_of(question: Question) -> int:
    """How many lines a table of this search holds at most."""
    return MOST if question.order is Order.NEWEST or not question.text.strip() else CAP


@dataclass(frozen=True)
class Piece:
    """Some of the documents. `limited`: the index does not answer, so there may be more that nobody finds now."""

    documents: list[Document]
    limited: bool


def pieces(session: Session, actor: Actor, question: Question, *, index: Index) -> Iterator[Piece]:
    """The documents in pieces, each asked for from where the one before ended. Nothing of an earlier piece is held."""
    query = query_terms(question.text, any_script=question.any_script)
    asked = question_of(actor, query, question.filters, question.order)
    if asked.order is Order.BEST:
        yield from _ranked(session, actor, question, asked, index)
        return
    asked, left = replace(asked, limit=PIECE), most_of(question)
    while left > 0:
        try:
            proposed = index.propose(asked)
        except Unavailable:
            yield _limited(session, actor, question, asked)
            return
        rows = seen_of(session, actor, proposed.document_ids, question.filters)[:left]
        left -= len(rows)
        yield _piece(session, actor, [row.document_id for row in rows])
        place = _place_of(session, proposed.document_ids)
        if not proposed.more or place is None:
            return
        asked = replace(asked, before=place)


def _ranked(session: Session, actor: Actor, question: Question, asked: Asked, index: Index) -> Iterator[Piece]:
    try:
        proposed = index.propose(asked)
    except Unavailable:
        yield _limited(session, actor, question, asked)
        return
    ids = [row.document_id for row in seen_of(session, actor, proposed.document_ids, question.filters)]
    for begin in range(0, len(ids), PIECE):
        yield _piece(session, actor, ids[begin : begin + PIECE])


def _limited(session: Session, actor: Actor, question: Question, asked: Asked) -> Piece:
    """What the database itself knows, where the index does not answer; after pieces that it gave, these come again."""
    ids = limited.candidates(session, actor, asked.query) if asked.before is None else []
    rows = seen_of(session, actor, ids, question.filters)
    return Piece(_piece(session, actor, [row.document_id for row in rows]).documents, limited=True)


def _piece(session: Session, actor: Actor, document_ids: list[int]) -> Piece:
    """Under her rights once more: between two questions a letter may have been taken from her."""
    session.expunge_all()
    found = select(Document).where(
        Document.document_id == any_(literal(document_ids, ARRAY(BigInteger))), visible(actor, Document.readers)
    )
    documents = {document.document_id: document for document in session.scalars(found)}
    return Piece([documents[each] for each in document_ids if each in documents], limited=False)


def _place_of(session: Session, document_ids: Sequence[int]) -> tuple[datetime, int] | None:
    """Where the last of them stands, also one that the reader may not see; one that is gone stands nowhere."""
    found = select(Document.registered_at, Document.document_id).where(
        Document.document_id == any_(literal(list(document_ids), ARRAY(BigInteger)))
    )
    last = session.execute(found.order_by(Document.registered_at, Document.document_id).limit(1)).first()
    return None if last is None else (last[0], last[1])


def told(session: Session, actor: Actor, question: Question, *, count: int, form: str) -> None:
    """Write into the history that a table was taken: by which question, how many lines, as what."""
    record(
        session, actor, Event.SEARCH_EXPORTED, Subject("search", None), organisation_id=actor.organisation_id,
        detail={"question": question.as_json(), "lines": count, "form": form},
    )  # fmt: skip
