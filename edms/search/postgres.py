"""The engine that is always there: full text of PostgreSQL over our own lexemes, in the database's own transaction.

Words are answered from their index and the narrow lines alone, never by walking the lexeme lists in order of days: the
planner would choose that walk for frequent words, and it is slower by ten to a hundred times once a second word or a
phrase is asked (docs/adr/language.md). The newest letters are asked first, then ever more of them, so that a word that
a hundred thousand letters have costs no more than a seldom one. Ranking and counting read the newest `CAP` only. A
question ends in two seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any

from psycopg import errors as pg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    any_,
    cast,
    delete,
    false,
    func,
    literal,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from edms.errors import Unavailable
from edms.registry.intake.models import DocumentParty
from edms.search.models import SearchEntry
from edms.search.port import FACETS, Alike, Asked, Entry, Index, Order, Proposal, Rebuilding
from edms.search.postgres_alike import likest
from edms.search.postgres_near import like_words, of_known, places_of_known
from edms.search.postgres_newest import Newest, further
from edms.search.postgres_rank import rank
from edms.search.vector import asked as query_literal
from edms.search.vector import vector

TIME_LIMIT = 2.0  # seconds
# The planner must see the word to know how frequent it is.
_SEE_VALUES = text("SET LOCAL plan_cache_mode = force_custom_plan")
_BY_INDEX = text(
    "SELECT set_config('enable_indexscan', 'off', true), set_config('enable_seqscan', 'off', true),"
    # To look into a letter is to read its words from where they lie out of line, which the planner takes for nothing: it
    # would look into every letter that a person may read, or all of the newest, rather than ask for a word of many readings.
    " set_config('cpu_tuple_cost', '0.2', true),"
    " set_config('work_mem', '32MB', true)"  # a beginning of words is many words: their documents must fit
)
_LIMIT_TIME = text("SELECT set_config('statement_timeout', :limit, true)")


class PostgresIndex:
    """The index in the table `search_entry`, read and written on the given session."""

    def __init__(self, session: Session, newest: Newest | None = None) -> None:
        self._session, self._newest = session, newest or Newest()

    def propose(self, asked: Asked) -> Proposal:
        """See `Index.propose`."""
        if asked.tokens is not None and not asked.tokens:
            return Proposal((), more=False)
        best = asked.order is Order.BEST and bool(asked.query.clauses)
        ends = monotonic() + TIME_LIMIT
        if like := like_words(asked.query):
            found = self._within_time(places_of_known(like), walk=False, seconds=TIME_LIMIT)
            asked = replace(asked, query=of_known(asked.query, [like[place - 1] for place in found]))
        since = newest = self._newest.begin(self._session, asked)
        while True:
            answers = _ranked(asked, since) if best else _newest(asked, since, SearchEntry.document_id)
            ids = self._within_time(answers, walk=not asked.query.wanted, seconds=ends - monotonic())
            if since is None or len(ids) > asked.limit:
                break
            since = further(asked, since, len(ids)) if since is newest else None
        return Proposal(tuple(ids[: asked.limit]), more=len(ids) > asked.limit)

    def alike(self, asked: Alike) -> tuple[int, ...]:
        """See `Index.alike`."""
        if not asked.words or (asked.tokens is not None and not asked.tokens):
            return ()
        return tuple(self._within_time(likest(asked), walk=False, seconds=TIME_LIMIT))

    def _within_time(self, found: Select[Any], *, walk: bool, seconds: float) -> list[int]:
        """The ids; a savepoint keeps the transaction alive when time runs out. Errors: Unavailable."""
        try:
            with self._session.begin_nested() as savepoint:
                self._session.execute(_SEE_VALUES)
                self._session.execute(_LIMIT_TIME, {"limit": f"{max(1, round(seconds * 1000))}ms"})
                if not walk:
                    self._session.execute(_BY_INDEX)
                ids = [int(row[0]) for row in self._session.execute(found)]
                savepoint.rollback()  # nothing was written; what follows has its own limits again
                return ids
        except DBAPIError as error:
            if isinstance(error.orig, pg.QueryCanceled):
                raise Unavailable("search.too_slow") from error
            raise

    def put(self, entries: Sequence[Entry]) -> Mapping[int, str]:
        """See `Index.put`. What PostgreSQL refuses is an error: there is nothing in an entry that it does not take."""
        rows = [_row(entry) for entry in entries]
        if not rows:
            return {}
        made = insert(SearchEntry)
        changed = {name: made.excluded[name] for name in rows[0] if name != "document_id"}
        self._session.execute(made.on_conflict_do_update(index_elements=["document_id"], set_=changed), rows)
        return {}

    def drop(self, document_ids: Sequence[int]) -> None:
        """See `Index.drop`."""
        self._session.execute(delete(SearchEntry).where(SearchEntry.document_id.in_(document_ids)))

    def stamps(self, after: int, until: int) -> dict[int, str]:
        """See `Index.stamps`."""
        found = select(SearchEntry.document_id, SearchEntry.stamp).where(
            SearchEntry.document_id > after, SearchEntry.document_id <= until
        )
        return dict(self._session.execute(found).all())

    def count(self, before: datetime) -> int:
        """See `Index.count`."""
        known = select(func.count()).select_from(SearchEntry).where(SearchEntry.registered_at < before)
        return self._session.scalar(known) or 0

    def clear(self) -> None:
        """See `Index.clear`."""
        self._session.execute(delete(SearchEntry))

    def settle(self) -> None:
        """See `Index.settle`: it is seen at once."""


class PostgresEngine:
    """The engine that needs nothing beside the database."""

    name = "postgres"

    def __init__(self) -> None:
        self._newest = Newest()

    def index(self, session: Session) -> Index:
        """See `Engine.index`."""
        return PostgresIndex(session, self._newest)

    def broken(self) -> bool:
        """See `Engine.broken`: it is as whole as the database."""
        return False

    def lost(self) -> bool:
        """See `Engine.lost`: the table is always there, and `reconcile` fills it."""
        return False

    def rebuilding(self, *, anew: bool = False) -> Rebuilding | None:
        """See `Engine.rebuilding`."""
        return None

    def filled(self) -> int | None:
        """See `Engine.filled`."""
        return None


def _row(entry: Entry) -> dict[str, Any]:
    lexemes, whole = vector(entry.words)
    return {
        "document_id": entry.document_id,
        "organisation_id": entry.organisation_id,
        "register_id": entry.register_id,
        "unit_id": entry.unit_id,
        "correspondent_id": entry.correspondent_id,
        "state": entry.state,
        "language": entry.language,
        "year": entry.year,
        "serial": entry.serial,
        "registered_at": entry.registered_at,
        "registered_on": entry.registered_on,
        "received_on": entry.received_on,
        "dated_on": entry.dated_on,
        "facts": list(entry.facts),
        "readers": list(entry.readers),
        "lexemes": lexemes,
        "whole": whole,
        "stamp": entry.stamp,
    }


def _newest(asked: Asked, since: datetime | None, *columns: Any) -> Select[Any]:
    """The newest that answer, one more than asked for; with `since` among those registered from then on."""
    newest = (SearchEntry.registered_at.desc(), SearchEntry.document_id.desc())
    recent = [SearchEntry.registered_at >= since] if since is not None else []  # first: it costs least to look at
    return select(*columns).where(*recent, *_conditions(asked)).order_by(*newest).limit(asked.limit + 1)


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.organisation_ids is not None:
        conditions.append(_one_of(SearchEntry.organisation_id, asked.organisation_ids))
    if asked.tokens is not None:
        conditions.append(SearchEntry.readers.overlap(sorted(asked.tokens)))
    if (lexemes := query_literal(asked.query)) is not None:
        conditions.append(SearchEntry.lexemes.bool_op("@@")(cast(lexemes, TSQUERY)))
    for facet in FACETS:
        if values := asked.filters.chosen.get(facet):
            one = _one_of(getattr(SearchEntry, facet), values)
            conditions.append(one if facet != "correspondent_id" else one | _further_sender(values))
    conditions += [SearchEntry.facts.overlap(sorted(tokens)) for tokens in asked.filters.facts()]
    for day, first, last in asked.filters.days():
        column = getattr(SearchEntry, day)
        conditions += [column >= first] if first is not None else []
        conditions += [column <= last] if last is not None else []
    if asked.before is not None:
        place = tuple_(SearchEntry.registered_at, SearchEntry.document_id)
        conditions.append(place < tuple_(*(literal(value) for value in asked.before)))
    return conditions


def _further_sender(values: frozenset[Any]) -> ColumnElement[bool]:
    """Letters that one of these correspondents signed with others: an array, so that both ways can use their index."""
    found = select(DocumentParty.document_id).where(DocumentParty.correspondent_id.in_(sorted(values)))
    return SearchEntry.document_id == any_(func.array(found.scalar_subquery(), type_=ARRAY(BigInteger)))


def _one_of(column: Any, values: frozenset[Any]) -> ColumnElement[bool]:
    """One value is an equality: only so the walk in order of days can use its index."""
    if not values:
        return false()
    condition: ColumnElement[bool] = column == next(iter(values)) if len(values) == 1 else column.in_(sorted(values))
    return condition


def _ranked(asked: Asked, since: datetime | None) -> Select[Any]:
    """The newest that answer, and only these, by rank; the one more than asked for comes last."""
    newest = (SearchEntry.registered_at.desc(), SearchEntry.document_id.desc())
    nth = func.row_number().over(order_by=newest).label("nth")
    among = _newest(asked, since, SearchEntry.document_id, SearchEntry.lexemes, nth).subquery("newest")
    # Computed once, so that the words of a letter are read from where they lie out of line once and not for each condition.
    words = func.ts_filter(among.c.lexemes, literal_column("'{a,b,c,d}'")).label("words")
    read = select(among.c.document_id, among.c.nth, among.c.lexemes, words).cte("read").prefix_with("MATERIALIZED")
    best = (read.c.nth > asked.limit, rank(asked.query, read.c.words, read.c.lexemes).desc(), read.c.nth)
    return select(read.c.document_id).order_by(*best)
