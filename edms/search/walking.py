"""From letter to letter of a list: the neighbours of one within the same search, which its address says in full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Unavailable
from edms.language import query_terms
from edms.registry.models import Document
from edms.search.finding import PAGE, question_of, seen_of
from edms.search.port import Filters, Index, Order

_AHEAD = 20  # asked for beyond what is counted, so that some may be gone meanwhile


@dataclass(frozen=True)
class Place:
    """Where a letter stands in a list. `nth` counts from 1; None beyond the counted ones, where no way leads back.

    `after` leads to the page of the list on which it stands, as in `finding.find`.
    """

    nth: int | None
    count: int
    more: bool
    back_id: int | None
    next_id: int | None
    after: str | None


def place_of(
    session: Session, actor: Actor, document: Document, text: str, *, index: Index, filters: Filters, order: Order,
    any_script: bool = False,
) -> Place | None:  # fmt: skip
    """Where a letter that the actor was shown stands in her list; None when it is not, or no longer, in it."""
    asked = question_of(actor, query_terms(text, any_script=any_script), filters, order)
    try:
        proposed = index.propose(asked)
        seen = seen_of(session, actor, proposed.document_ids, filters)
        ids = [row.document_id for row in seen]
        if document.document_id not in ids:
            beyond = proposed.more and asked.order is Order.NEWEST
            return _beyond(session, actor, index, document, asked, len(seen)) if beyond else None
        at = ids.index(document.document_id)
        following = ids[at + 1] if at + 1 < len(ids) else None
        if following is None and proposed.more and asked.order is Order.NEWEST:
            following = _following(session, actor, index, asked, document)
    except Unavailable:
        return None
    return Place(at + 1, len(ids), proposed.more, ids[at - 1] if at else None, following, _page(seen, at, asked.order))


def _beyond(session: Session, actor: Actor, index: Index, document: Document, asked: Any, count: int) -> Place | None:
    place = (document.registered_at, document.document_id)
    just = index.propose(replace(asked, before=(place[0], place[1] + 1), limit=1))
    if just.document_ids != (document.document_id,) or not seen_of(session, actor, just.document_ids, asked.filters):
        return None
    following = _following(session, actor, index, asked, document)
    return Place(None, count, True, None, following, f"{place[0].isoformat()}~{place[1] + 1}")


def _following(session: Session, actor: Actor, index: Index, asked: Any, document: Document) -> int | None:
    older = index.propose(replace(asked, before=(document.registered_at, document.document_id), limit=_AHEAD))
    seen = seen_of(session, actor, older.document_ids, asked.filters)
    return seen[0].document_id if seen else None


def _page(seen: list[Any], at: int, order: Order) -> str | None:
    first = at // PAGE * PAGE
    if not first:
        return None
    last = seen[first - 1]
    return str(first) if order is Order.BEST else f"{last.registered_at.isoformat()}~{last.document_id}"
