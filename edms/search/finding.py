"""Finding: a question in a person's words, under her rights, answered with lines, counts and lit passages.

The index proposes, the database decides: every proposed document is read again under the actor's scope and the chosen
filters before it is counted, put into a facet or shown. Counts and facets are of the newest 1000 and say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    any_,
    bindparam,
    cast,
    extract,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.scope import actor_tokens, visible
from edms.db.base import Word
from edms.errors import Invalid, Unavailable
from edms.language import Query, query_terms
from edms.registry.intake.keeping import sent_by
from edms.registry.models import Document
from edms.search import facts, limited
from edms.search.lines import Hit, lit_lines
from edms.search.port import CAP, FACETS, NARROWING, Asked, Filters, Index, Order
from edms.search.wider import near

PAGE = 25
MOST_ON_PAGE = 100
_ROUNDS = 4  # how often a page is filled up when the index proposed what the reader may no longer see
_FACETS: Mapping[str, Any] = {
    **{facet: getattr(Document, facet) for facet in FACETS},
    "year": cast(extract("year", Document.registered_on), Integer),  # not of the series, which may run on
}
_COLUMNS = {**_FACETS, **facts.COLUMNS}
_SEEN = (
    Document.document_id,
    Document.registered_at,
    # States and kinds as their words: of a thousand lines they are only counted.
    *(type_coerce(column, Text) if isinstance(column.type, Word) else column for column in _COLUMNS.values()),
)
_FIRST_FACET = 2
_DAYS = {
    "registered_on": Document.registered_on,
    "received_on": Document.received_on,
    "dated_on": func.coalesce(Document.document_on, Document.their_date),
}


@dataclass(frozen=True)
class Found:
    """The answer. `count` is of the newest 1000 hits, `more_than_counted` says there are more ("1000+").

    `near`: where few answer, letters that only come near: words like those typed, most of the words. They are not counted.

    `facets`: name to (value, count), most first. `after` leads to the next page, None on the last. `limited`: the index
    did not answer; these are the letters with that number, day or correspondent, from the database.
    """

    query: Query
    hits: tuple[Hit, ...]
    count: int
    more_than_counted: bool
    facets: Mapping[str, tuple[tuple[int | str, int], ...]]
    after: str | None
    limited: bool = False
    near: tuple[Hit, ...] = ()

    @property
    def more(self) -> bool:
        """Is there a next page?"""
        return self.after is not None


def find(
    session: Session,
    actor: Actor,
    text: str,
    *,
    index: Index,
    filters: Filters = Filters(),
    order: Order = Order.NEWEST,
    after: str | None = None,
    limit: int = PAGE,
    any_script: bool = False,
    passages: bool = True,
) -> Found:
    """Search the documents the actor may read; an empty text lists them all, newest first.

    `after` is what the page before gave. Without `passages` no page is read for a piece of it. `any_script` also seeks a native word in the other scripts. Errors: Invalid
    for an `after` that no page gave. An index that does not answer is no error: see `Found.limited`.
    """
    query = query_terms(text, any_script=any_script)
    limit = max(1, min(limit, MOST_ON_PAGE))
    asked = question_of(actor, query, filters, order)
    place = _place(after, asked.order)
    try:
        proposed = index.propose(asked)
        seen = seen_of(session, actor, proposed.document_ids, filters)
        if asked.order is Order.BEST:
            start = place if isinstance(place, int) else 0
            page = seen[start : start + limit]
            following = str(start + limit) if start + limit < len(seen) else None
        else:
            page, following = _newest_page(session, actor, index, asked, seen, proposed.more, place, limit)
        beside = _near(session, actor, index, asked, seen, limit) if place is None and passages else ()
    except Unavailable:
        return _limited(session, actor, query, filters, limit)
    return Found(
        query=query,
        hits=tuple(lit_lines(session, query, [row.document_id for row in page], passages=passages)),
        count=len(seen),
        more_than_counted=proposed.more,
        facets=_facets(session, seen),
        after=following,
        near=beside,
    )


def hidden_by_filters(session: Session, actor: Actor, text: str, filters: Filters, *, index: Index) -> dict[str, int]:
    """For a search without result: how many documents each filter alone hides (1000 at most), by its name."""
    query = query_terms(text)
    hidden: dict[str, int] = {}
    for name in filters.names:
        wider = filters.without(name)
        try:
            proposed = index.propose(question_of(actor, query, wider, Order.NEWEST))
        except Unavailable:
            return {}  # the search itself has said already that it is limited
        hidden[name] = len(seen_of(session, actor, proposed.document_ids, wider))
    return {name: count for name, count in hidden.items() if count}


def question_of(actor: Actor, query: Query, filters: Filters, order: Order) -> Asked:
    """The question to an index, with the actor's rights in it; nobody else writes them there."""
    organisations = {actor.organisation_id, *(grant.organisation_id for grant in actor.grants)} - {None}
    return Asked(
        query=query,
        tokens=None if actor.is_system else actor_tokens(actor),
        organisation_ids=None
        if actor.is_system and not organisations
        else frozenset(x for x in organisations if x is not None),
        filters=_within_sight(actor, filters),
        order=order if query.clauses else Order.NEWEST,
        limit=CAP,
    )


def _within_sight(actor: Actor, filters: Filters) -> Filters:
    """The filters narrowed to what an auditor's sight is limited to, so that the index does not propose the rest in vain.

    What she may see the database decides, as for everybody.
    """
    if len(actor.sights) != 1:
        return filters
    (sight,) = actor.sights
    chosen = dict(filters.chosen)
    if sight.register_ids is not None:
        wanted = chosen.get("register_id") or sight.register_ids
        chosen["register_id"] = frozenset(wanted) & sight.register_ids or frozenset({0})
    from_on = max((day for day in (filters.from_on, sight.first) if day is not None), default=None)
    until_on = min((day for day in (filters.until_on, sight.last) if day is not None), default=None)
    return replace(filters, chosen=chosen, from_on=from_on, until_on=until_on)


def seen_of(session: Session, actor: Actor, document_ids: Sequence[int], filters: Filters) -> list[Any]:
    """Of the proposed documents those that the actor may know of and that still fit the filters, in their order."""
    if not document_ids:
        return []
    ids = bindparam("ids", list(document_ids), type_=ARRAY(BigInteger))
    found = select(*_SEEN).where(Document.document_id == any_(ids), visible(actor, Document.readers), *_fits(filters))
    rows = {row.document_id: row for row in session.execute(found)}
    return [rows[document_id] for document_id in document_ids if document_id in rows]


def _fits(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        sent_by(values) if facet == "correspondent_id" else _FACETS[facet].in_(sorted(values))  # type: ignore[arg-type]
        for facet, values in filters.chosen.items()
        if values and facet in FACETS
    ]
    for day, first, last in filters.days():
        conditions += [_DAYS[day] >= first] if first is not None else []
        conditions += [_DAYS[day] <= last] if last is not None else []
    return conditions + facts.fits(filters)


def _newest_page(
    session: Session,
    actor: Actor,
    index: Index,
    asked: Asked,
    seen: list[Any],
    more: bool,
    place: Any,
    limit: int,
) -> tuple[list[Any], str | None]:
    """The page after `place`, taken from the counted hits as far as they reach, else asked for."""
    page = [row for row in seen if place is None or (row.registered_at, row.document_id) < place][: limit + 1]
    before = (seen[-1].registered_at, seen[-1].document_id) if seen else place
    if place is not None and before is not None:
        before = min(before, place)
    for _ in range(_ROUNDS):
        if len(page) > limit or not more or before is None:
            break
        proposed = index.propose(replace(asked, before=before, limit=2 * limit))
        rows = seen_of(session, actor, proposed.document_ids, asked.filters)
        page += rows
        more = proposed.more and bool(rows)
        before = (rows[-1].registered_at, rows[-1].document_id) if rows else None
    following = page[limit - 1] if len(page) > limit else None
    return page[:limit], f"{following.registered_at.isoformat()}~{following.document_id}" if following else None


def _near(
    session: Session, actor: Actor, index: Index, asked: Asked, seen: Sequence[Any], limit: int
) -> tuple[Hit, ...]:
    """Letters that come near, read again like any other, beside those that answer."""
    try:
        beside = near(index, asked, len(seen), limit)
    except Unavailable:
        return ()  # what answers is there already
    if beside is None:
        return ()
    answering = {row.document_id for row in seen}
    rows = [
        row.document_id
        for row in seen_of(session, actor, beside.document_ids, asked.filters)
        if row.document_id not in answering
    ]
    return tuple(lit_lines(session, beside.query, rows[:limit]))


def _facets(session: Session, seen: Sequence[Any]) -> dict[str, tuple[tuple[int | str, int], ...]]:
    counted: dict[str, Mapping[Any, int]] = {**facts.counted(session, [row.document_id for row in seen])}
    for name, values in zip(_COLUMNS, zip(*(row[_FIRST_FACET:] for row in seen), strict=True), strict=False):
        counted[name] = Counter(value for value in values if value is not None)
    return {
        facet: tuple(sorted(counted.get(facet, {}).items(), key=lambda pair: (-pair[1], str(pair[0]))))
        for facet in NARROWING
    }


def _place(after: str | None, order: Order) -> tuple[datetime, int] | int | None:
    """Where a page begins. Errors: Invalid."""
    if not after:
        return None
    try:
        if order is Order.BEST:
            return min(max(int(after), 0), CAP)
        instant, document_id = after.split("~")
        return datetime.fromisoformat(instant).astimezone(UTC), int(document_id)
    except (ValueError, OverflowError):
        raise Invalid("search.place_wrong", fields={"after": "search.place_wrong"}) from None


def _limited(session: Session, actor: Actor, query: Query, filters: Filters, limit: int) -> Found:
    """What the database itself knows: by number, day or correspondent, under the same rights."""
    ids = limited.candidates(session, actor, query)
    seen = seen_of(session, actor, ids, filters)
    hits = lit_lines(session, query, [row.document_id for row in seen[:limit]], passages=False)
    return Found(query, tuple(hits), len(seen), len(ids) >= limited.MOST, _facets(session, seen), None, limited=True)
