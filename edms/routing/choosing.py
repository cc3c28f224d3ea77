"""Whom an author gives work to: the people she chose last, who will most likely be chosen again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.routing.models import Assignment, Purpose, Resolution
from edms.staff.actors import employed
from edms.staff.entrusting import entrusted_by
from edms.staff.models import Official

LOOKED_BACK = 60  # resolutions


def last_chosen(session: Session, actor: Actor, author_id: int, *, most: int = 5) -> list[Official]:
    """The people whom `author_id` made responsible last, the latest first; only those who work here today."""
    if author_id not in actor.people and author_id not in {head.official_id for head in entrusted_by(session, actor)}:
        return []
    latest = (
        select(Resolution.resolution_id)
        .where(Resolution.author_id == author_id)
        .order_by(Resolution.resolution_id.desc())
        .limit(LOOKED_BACK)
    )
    rows = session.execute(
        select(Assignment.official_id)
        .where(
            Assignment.resolution_id.in_(latest),
            Assignment.purpose == Purpose.EXECUTE,
            Assignment.official_id != author_id,
        )
        .order_by(Assignment.resolution_id.desc(), Assignment.position)
    )
    today = clock.today(actor.time_zone)
    chosen: list[Official] = []
    for ident in dict.fromkeys(rows.scalars()):
        official = session.get_one(Official, ident)
        if employed(official, today) and official.organisation_id == actor.organisation_id:
            chosen.append(official)
        if len(chosen) == most:
            break
    return chosen
