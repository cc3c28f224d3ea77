"""Saved searches: kept under a name, shown to one's unit or office, laid on the desk, followed. What one finds is asked anew."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.search import saved
from edms.search.port import NARROWING, RANGES, Filters, Order
from edms.search.question import Question
from edms.search.saved_models import SharedWith
from edms.web.api import paging
from edms.web.api.finding import Narrowed
from edms.web.api.layer import Match, act, change, create, read
from edms.web.api.shapes import Asked, Line, Page, Paged, Shown, Thing
from edms.web.kit.forms import OneLine

_DAYS = tuple(bound for _, *bounds in RANGES for bound in bounds)


class QuestionShown(Shown):
    """What it asks, as the address of a search says it; what is not narrowed is left empty."""

    q: str
    order: Order
    any_script: bool
    chosen: dict[str, list[int | str]]
    days: dict[str, date]


class SearchShown(Thing):
    """A question with a name, as one person has it."""

    PLACE: ClassVar[str] = "/saved-searches/{saved_search_id}"
    saved_search_id: int
    name: str
    shared: SharedWith
    saved_at: datetime
    official_id: int
    mine: bool
    pinned: bool
    subscribed: bool
    question: QuestionShown


class SearchGiven(Narrowed):
    """A name and what is asked."""

    name: Line
    q: Annotated[OneLine, Field(max_length=500)] = ""
    order: Literal["newest", "best"] = "newest"
    any_script: bool = False


class SearchChange(Asked):
    """Its name and who sees it."""

    name: Line
    shared: SharedWith


class SearchUsed(Asked):
    """On one's desk; told of new letters that answer."""

    pinned: bool | None = None
    subscribed: bool | None = None


@read("/saved-searches")
def index(session: Session, who: Actor, query: Paged) -> Page[SearchShown]:
    """One's own and those one was shown, one's own first, by name."""
    return paging.whole(saved.all_of(session, who), query, _shown, lambda each: each.search.saved_search_id)


@create("/saved-searches")
def save(session: Session, who: Actor, body: SearchGiven) -> SearchShown:
    """Keep a search under a name."""
    question = Question(body.q, body.filters(), Order(body.order), body.any_script)
    made = saved.save(session, who, question, name=body.name)
    return _shown(saved.saved_of(session, who, made.saved_search_id))


@read("/saved-searches/{saved_search_id}")
def show(session: Session, who: Actor, saved_search_id: int) -> SearchShown:
    """One of one's own, or one that one was shown."""
    return _shown(saved.saved_of(session, who, saved_search_id))


@change("/saved-searches/{saved_search_id}", "PUT")
def replace(session: Session, who: Actor, saved_search_id: int, body: SearchChange, match: Match) -> SearchShown:
    """Rename one's own, or show it to others."""
    match.check(session, saved.saved_of(session, who, saved_search_id).search)
    return _shown(saved.change(session, who, saved_search_id, name=body.name, shared=body.shared))


@act("/saved-searches/{saved_search_id}/remove")
def remove(session: Session, who: Actor, saved_search_id: int) -> None:
    """Take away one's own, for everybody."""
    saved.remove(session, who, saved_search_id)


@act("/saved-searches/{saved_search_id}/use", "PUT")
def use(session: Session, who: Actor, saved_search_id: int, body: SearchUsed) -> SearchShown:
    """Lay it on one's desk, be told of new letters, or no more."""
    return _shown(saved.use(session, who, saved_search_id, pinned=body.pinned, subscribed=body.subscribed))


def _shown(each: saved.Shown) -> SearchShown:
    asked = each.question
    question = QuestionShown(
        q=asked.text, order=asked.order, any_script=asked.any_script,
        chosen={name: sorted(values, key=str) for name in NARROWING if (values := asked.filters.chosen.get(name))},
        days=_days(asked.filters),
    )  # fmt: skip
    return SearchShown.of(
        each.search, mine=each.mine, pinned=each.pinned, subscribed=each.subscribed, question=question
    )


def _days(filters: Filters) -> dict[str, Any]:
    return {day: at for day in _DAYS if (at := getattr(filters, day)) is not None}
