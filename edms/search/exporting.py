"""A search to take away: every line of it in its order, by the same rights as on the page, some hundred at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.events import Event, Subject, record
from edms.registry.models import Document
from edms.search.finding import MOST_ON_PAGE, find
from edms.search.port import CAP, Index, Order
from edms.search.question import Question

MOST = 10_000
"""Lines of one table; a search by rank has no more than are ranked."""


def most_of(question: Question) -> int:
    """How many lines a table of this search holds at most."""
    return MOST if question.order is Order.NEWEST or not question.text.strip() else CAP


@dataclass(frozen=True)
class Piece:
    """Some of the documents. `limited`: the index does not answer, so there may be more that nobody finds now."""

    documents: list[Document]
    limited: bool


def pieces(session: Session, actor: Actor, question: Question, *, index: Index) -> Iterator[Piece]:
    """The documents in pieces. Nothing of an earlier piece is held any more."""
    left, after = most_of(question), None
    while left > 0:
        found = find(
            session, actor, question.text, index=index, filters=question.filters, order=question.order, after=after,
            limit=min(MOST_ON_PAGE, left), any_script=question.any_script, passages=False,
        )  # fmt: skip
        yield Piece([hit.document for hit in found.hits], found.limited)
        session.expunge_all()
        left, after = left - len(found.hits), found.after
        if after is None or not found.hits:
            return


def told(session: Session, actor: Actor, question: Question, *, count: int, form: str) -> None:
    """Write into the history that a table was taken: by which question, how many lines, as what."""
    record(
        session, actor, Event.SEARCH_EXPORTED, Subject("search", None), organisation_id=actor.organisation_id,
        detail={"question": question.as_json(), "lines": count, "form": form},
    )  # fmt: skip
