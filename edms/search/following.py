"""News of saved searches: which letters answer now that a subscriber was not told of, by her rights of this moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import Forbidden, NotFound
from edms.language import query_terms
from edms.search import saved
from edms.search.finding import question_of, seen_of
from edms.search.port import Index, Order
from edms.search.question import Question
from edms.search.saved_models import SearchUse
from edms.staff.actors import actor_for
from edms.staff.models import Official

BATCH = 200  # subscriptions of one round, those longest not looked at first
WINDOW = 200  # letters, the newest that answer


@dataclass(frozen=True)
class News:
    """To whom, of which search, how many letters; one alone is named by its id."""

    official_id: int
    saved_search_id: int
    name: str
    count: int
    document_id: int | None


def due(session: Session, *, limit: int = BATCH) -> list[tuple[int, int]]:
    """The subscriptions to look at now: (saved search, official)."""
    found = select(SearchUse.saved_search_id, SearchUse.official_id).where(SearchUse.subscribed_at.is_not(None))
    oldest = (SearchUse.looked_at.asc().nulls_first(), SearchUse.saved_search_id, SearchUse.official_id)
    return [(a, b) for a, b in session.execute(found.order_by(*oldest).limit(limit))]


def news(session: Session, saved_search_id: int, official_id: int, *, index: Index) -> News | None:
    """What is new to one subscriber; it is new no more. Ends the subscription of one who may not see the search now.

    Errors: Unavailable when the index does not answer: then everything stays new.
    """
    row = session.get(SearchUse, (saved_search_id, official_id), with_for_update=True, populate_existing=True)
    if row is None or row.subscribed_at is None:
        return None
    try:
        actor = actor_for(session, session.get_one(Official, official_id))
        found = saved.saved_of(session, actor, saved_search_id)
    except (Forbidden, NotFound):
        row.subscribed_at, row.known = None, []
        return None
    matching = _matching(session, actor, found.question, index)
    new = [ident for ident, at in matching if at > row.subscribed_at and ident not in set(row.known)]
    ids = [ident for ident, _ in matching]
    # What answers no more for a while, or only while she stands in for somebody, is not told twice.
    row.known = [*ids, *(ident for ident in row.known if ident not in set(ids))][: 2 * WINDOW]
    row.looked_at = clock.now()
    if not new:
        return None
    return News(official_id, saved_search_id, found.search.name, len(new), new[0] if len(new) == 1 else None)


def _matching(session: Session, actor: Actor, question: Question, index: Index) -> list[tuple[int, datetime]]:
    query = query_terms(question.text, any_script=question.any_script)
    asked = replace(question_of(actor, query, question.filters, Order.NEWEST), limit=WINDOW)
    seen = seen_of(session, actor, index.propose(asked).document_ids, question.filters)
    return [(row.document_id, row.registered_at) for row in seen]
