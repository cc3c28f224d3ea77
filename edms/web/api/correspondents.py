"""Correspondents: found by three letters in any script or by number, entered, changed, merged."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry import correspondents, reaching
from edms.registry.correspondents import CorrespondentCard
from edms.registry.models import Correspondent
from edms.registry.words import CorrespondentKind
from edms.web.api import paging
from edms.web.api.layer import Match, change, create, read
from edms.web.api.shapes import Asked, Id, Language, Line, Page, Paged, Reason, Thing, shown


class CorrespondentShown(Thing):
    """A person or body that writes to us or is written to."""

    PLACE: ClassVar[str] = "/correspondents/{correspondent_id}"
    correspondent_id: int
    kind: CorrespondentKind
    name: str
    identification: str | None
    address: str | None
    email: str | None
    telephone: str | None
    language: str | None
    used_at: datetime | None


class CorrespondentGiven(Asked):
    """What is known of a correspondent. A change gives the whole of it."""

    name: Line
    kind: CorrespondentKind = CorrespondentKind.PERSON
    identification: Line | None = None
    address: Line | None = None
    email: Line | None = None
    telephone: Line | None = None
    language: Language | None = None


class CorrespondentSought(Paged):
    """What was typed: three letters at least. Without it, those used last."""

    q: Line = ""


class Merging(Reason):
    """Which other card is the same person's."""

    other_id: Id


@read("/correspondents")
def find(session: Session, who: Actor, query: CorrespondentSought) -> Page[CorrespondentShown]:
    """Those whose name has words that begin so, in any script, or whose number does; the last used first."""
    after = paging.place(query, datetime, int)
    rows = correspondents.find(session, who, query.q, after=after, limit=query.limit + 1)
    place = correspondents.last_used
    return paging.page(
        rows, query, lambda row: _shown(session, who, row), lambda row: (place(row), row.correspondent_id)
    )


@create("/correspondents")
def enter(session: Session, who: Actor, body: CorrespondentGiven) -> CorrespondentShown:
    """Enter a correspondent."""
    here = who.organisation_id or 0
    made = correspondents.enter(session, who, _card(body), organisation_id=here)
    return _shown(session, who, made)


@read("/correspondents/{correspondent_id}")
def show(session: Session, who: Actor, correspondent_id: int) -> CorrespondentShown:
    """One correspondent; of a merged one, the one it was merged into."""
    return _shown(session, who, correspondents.correspondent_of(session, who, correspondent_id))


@change("/correspondents/{correspondent_id}", "PUT")
def replace(
    session: Session, who: Actor, correspondent_id: int, body: CorrespondentGiven, match: Match
) -> CorrespondentShown:
    """Change what is known; letters keep the name that stands on them."""
    row = correspondents.correspondent_of(session, who, correspondent_id)
    match.check(session, row)
    correspondents.change(session, who, row, _card(body, row.own_organisation_id), version=row.version)
    return _shown(session, who, row)


@change("/correspondents/{correspondent_id}/merge")
def merge(session: Session, who: Actor, correspondent_id: int, body: Merging, match: Match) -> CorrespondentShown:
    """Make one of two cards: the other's letters point here afterwards."""
    keep = correspondents.correspondent_of(session, who, correspondent_id)
    other = correspondents.correspondent_of(session, who, body.other_id)
    match.check(session, keep)
    correspondents.merge(session, who, keep=keep, other=other, reason=body.reason)
    return _shown(session, who, keep)


def _shown(session: Session, who: Actor, row: Correspondent) -> CorrespondentShown:
    """A person's e-mail and telephone are null for those who decide."""
    email, telephone = reaching.reach_of(who, row)
    address = reaching.place_of(who, row)
    return shown(session, CorrespondentShown, row, address=address, email=email, telephone=telephone)


def _card(given: CorrespondentGiven, own_organisation_id: int | None = None) -> CorrespondentCard:
    return CorrespondentCard(**given.model_dump(), own_organisation_id=own_organisation_id)
