"""Saved searches: kept under a name, shown to one's unit or office, laid on the desk, followed.

A search is shared, never what it finds: whoever opens it asks anew, by her own rights.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.search.question import Question
from edms.search.saved_models import SavedSearch, SearchUse, SharedWith
from edms.staff.models import Official

MOST = 100  # of one person
MOST_PINNED = 8
LONGEST_NAME = 120


@dataclass(frozen=True)
class Shown:
    """A saved search as one person has it."""

    search: SavedSearch
    owner: Official
    mine: bool
    pinned: bool
    subscribed: bool

    @property
    def question(self) -> Question:
        """What it asks."""
        return Question.of(self.search.question)


def save(session: Session, actor: Actor, question: Question, *, name: str) -> SavedSearch:
    """Keep a question under a name. Errors: Forbidden, Invalid, RuleBroken when she has very many."""
    require(actor, Permission.SEARCH_KEEP)
    if not question.asks:
        raise Invalid(fields={"name": "saved.asks_nothing"})
    mine = select(func.count()).select_from(SavedSearch).where(SavedSearch.official_id == actor.official_id)
    if (session.scalar(mine) or 0) >= MOST:
        raise RuleBroken("saved.too_many", n=MOST)
    made = SavedSearch(
        organisation_id=actor.organisation_id, official_id=actor.official_id, name=_name(name),
        question=question.as_json(), saved_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def saved_of(session: Session, actor: Actor, saved_search_id: int) -> Shown:
    """One that is hers or was shown to her. Errors: NotFound."""
    for shown in _shown(session, actor, SavedSearch.saved_search_id == saved_search_id):
        return shown
    raise NotFound


def all_of(session: Session, actor: Actor) -> list[Shown]:
    """Her own and those she was shown, hers first, by name."""
    return _shown(session, actor)


def pinned(session: Session, actor: Actor) -> list[Shown]:
    """Those on her desk."""
    return _shown(session, actor, SearchUse.pinned.is_(True))[:MOST_PINNED]


def change(
    session: Session, actor: Actor, saved_search_id: int, *, name: str | None = None, shared: SharedWith | None = None
) -> Shown:
    """Rename one's own, or show it to others. Errors: NotFound (also for another's), Forbidden, Invalid."""
    found = _own(session, actor, saved_search_id)
    if name is not None:
        found.search.name = _name(name)
    if shared is not None:
        found.search.shared = shared
    session.flush()
    return found


def remove(session: Session, actor: Actor, saved_search_id: int) -> None:
    """Take away one's own, for everybody. Errors: NotFound, Forbidden."""
    session.delete(_own(session, actor, saved_search_id).search)
    session.flush()


def use(
    session: Session, actor: Actor, saved_search_id: int, *, pinned: bool | None = None, subscribed: bool | None = None
) -> Shown:
    """Lay it on one's desk or take it off; be told of new letters or no more. Errors: NotFound, Forbidden, RuleBroken
    when as many lie there as a desk has room for."""
    require(actor, Permission.SEARCH_KEEP)
    found = saved_of(session, actor, saved_search_id)
    if pinned and not found.pinned and len(_shown(session, actor, SearchUse.pinned.is_(True))) >= MOST_PINNED:
        raise RuleBroken("saved.too_many_pinned", n=MOST_PINNED)
    hers = {"saved_search_id": saved_search_id, "official_id": actor.official_id}
    # Two windows of hers wait for each other here, also where there is no row yet.
    session.execute(insert(SearchUse).values(**hers, known=[]).on_conflict_do_nothing())
    row = session.get_one(SearchUse, (saved_search_id, actor.official_id), with_for_update=True, populate_existing=True)
    if pinned is not None:
        row.pinned = pinned
    if subscribed is not None and subscribed is not found.subscribed:
        row.subscribed_at = clock.now() if subscribed else None
        row.known, row.looked_at = [], None
    session.flush()
    return saved_of(session, actor, saved_search_id)


def _own(session: Session, actor: Actor, saved_search_id: int) -> Shown:
    require(actor, Permission.SEARCH_KEEP)
    found = saved_of(session, actor, saved_search_id)
    if not found.mine:
        raise NotFound
    return found


def _shown(session: Session, actor: Actor, *conditions: ColumnElement[bool]) -> list[Shown]:
    if actor.official_id is None:
        return []
    hers = and_(SearchUse.saved_search_id == SavedSearch.saved_search_id, SearchUse.official_id == actor.official_id)
    found = (
        select(SavedSearch, Official, SearchUse)
        .join(Official, Official.official_id == SavedSearch.official_id)
        .outerjoin(SearchUse, hers)
        .where(_knows(actor), *conditions)
        .order_by(
            SavedSearch.official_id != actor.official_id, func.lower(SavedSearch.name), SavedSearch.saved_search_id
        )
    )
    return [
        Shown(
            search, owner, owner.official_id == actor.official_id, row is not None and row.pinned,
            row is not None and row.subscribed_at is not None,
        )
        for search, owner, row in session.execute(found)
    ]  # fmt: skip


def _knows(actor: Actor) -> ColumnElement[bool]:
    """Her own, in this office; and what colleagues of it, or of her unit, have shown."""
    shown: list[ColumnElement[bool]] = [
        SavedSearch.official_id == actor.official_id,
        SavedSearch.shared == SharedWith.ORGANISATION,
    ]
    if actor.unit_id is not None:
        shown.append(and_(SavedSearch.shared == SharedWith.UNIT, Official.unit_id == actor.unit_id))
    return and_(SavedSearch.organisation_id == actor.organisation_id, or_(*shown))


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(fields={"name": "field.missing"})
    if len(name) > LONGEST_NAME:
        raise Invalid(fields={"name": "field.too_long"}, max_length=LONGEST_NAME)
    return name
