"""Internal terms while the clock of the legal term stands: they stand with it, and go on with the days they had left.

Only the author of a resolution or a superior may suspend an internal term (D414 art. 43). A leader's word that the legal
term stands (GAC 83) is such a word for all work on the letter: nobody is late with what waits for somebody outside. Work
that was over before stays over. A day that a person sets while the term stands counts as she set it; work given then
without a day stands too. When the term goes on, each day moves by the calendar days in which it stood, as internal
terms are calendar days, off a day off, and no further than the legal term where it lay within it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.registry.models import Document
from edms.routing.models import Assignment, Purpose, Resolution
from edms.routing.turns import UNFINISHED
from edms.staff.models import Organisation


def stop(session: Session, document: Document, since: date) -> None:
    """From `since` the unfinished work whose day had not passed then stands; work given later, from its own day."""
    zone = session.get_one(Organisation, document.organisation_id).time_zone
    found = select(Assignment, Resolution.issued_at).join(
        Resolution, Resolution.resolution_id == Assignment.resolution_id
    )
    runs = (
        Assignment.document_id == document.document_id,
        Assignment.purpose == Purpose.EXECUTE,
        Assignment.state.in_(UNFINISHED),
        Assignment.stands_since.is_(None),
        Assignment.due_on >= since,
    )
    for work, issued_at in session.execute(found.where(*runs)).all():
        work.stands_since = max(since, clock.day_of(issued_at, zone))


def go_on(
    session: Session, document: Document, calendar: terms.Calendar, stood: Callable[[date], int], *,
    before: date | None = None, limit: date | None = None,
) -> None:  # fmt: skip
    """Let what stands go on: `stood` says how many days the clock stood after a day. What lay within the legal day
    `before` stays within the present one, `limit`."""
    found = select(Assignment).where(
        Assignment.document_id == document.document_id, Assignment.stands_since.is_not(None)
    )
    for work in session.scalars(found).all():
        since, work.stands_since = work.stands_since, None
        days = stood(since) if since is not None else 0
        if work.due_on is None or days <= 0 or work.state not in UNFINISHED:
            continue
        was, moved = work.due_on, calendar.next_working(work.due_on + timedelta(days=days))
        if before is not None and limit is not None and was <= before:
            moved = min(moved, limit)
        work.due_on = moved
        if work.resolution.due_on == was:
            work.resolution.due_on, work.resolution.term = moved, None


def anew(session: Session, document: Document, due_on: date | None) -> date | None:
    """Since when work that is given now stands: where the legal term does, from today; with a day of its own it runs."""
    if due_on is not None or not (document.term or {}).get("stands_since"):
        return None
    return clock.today(session.get_one(Organisation, document.organisation_id).time_zone)


def like(works: Iterable[Assignment]) -> date | None:
    """Since when work under one resolution stands, for who is named beside those who have it already."""
    return next((w.stands_since for w in works if w.stands_since is not None and w.state in UNFINISHED), None)
