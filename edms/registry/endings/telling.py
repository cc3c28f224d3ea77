"""The end of an arrival for those who look at it, and the applicant of a forwarded letter, who must be told (GAC 80)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, RuleBroken
from edms.events import Event, record
from edms.registry import arrivals
from edms.registry.endings.ending import WAYS
from edms.registry.endings.models import ArrivalEnd
from edms.registry.models import Arrival
from edms.registry.words import ArrivalState, Channel


def end_of(session: Session, actor: Actor, arrival: Arrival) -> ArrivalEnd | None:
    """How this arrival ended otherwise; None while it waits or when it became a document."""
    require(actor, Permission.ARRIVAL_READ, arrival)
    return session.get(ArrivalEnd, arrival.arrival_id)


def to_tell(session: Session, actor: Actor, *, limit: int = 50) -> list[tuple[Arrival, ArrivalEnd]]:
    """Forwarded letters of the actor's organisation whose applicant is not told yet, the most urgent first."""
    require(actor, Permission.ARRIVAL_READ)
    found = (
        select(Arrival, ArrivalEnd)
        .join(ArrivalEnd, ArrivalEnd.arrival_id == Arrival.arrival_id)
        .options(joinedload(Arrival.content))
        .where(
            own_organisation(actor, ArrivalEnd.organisation_id),
            ArrivalEnd.notice_due_on.is_not(None),
            ArrivalEnd.told_on.is_(None),
        )
        .order_by(ArrivalEnd.notice_due_on, ArrivalEnd.arrival_id)
    )
    return [(arrival, made) for arrival, made in session.execute(found.limit(limit))]


def is_late(end: ArrivalEnd, zone: str) -> bool:
    """Is the last day for telling the applicant over, and she not told?"""
    return end.told_on is None and end.notice_due_on is not None and end.notice_due_on < clock.today(zone)


def tell(session: Session, actor: Actor, arrival: Arrival, *, on: date, by: Channel) -> ArrivalEnd:
    """Mark that the applicant was told in writing that the letter was forwarded, on which day and how.

    Errors: RuleBroken for what was not forwarded; Conflict when she was told; Invalid for a day before or to come.
    """
    require(actor, Permission.ARRIVAL_END, arrival)
    lock(session, arrival)
    made = session.get(ArrivalEnd, arrival.arrival_id, populate_existing=True)
    if made is None or arrival.state is not ArrivalState.FORWARDED or arrival.ended_at is None:
        raise RuleBroken("endings.nobody_to_tell")
    if made.told_on is not None:
        raise Conflict("endings.told_already", day=made.told_on)
    wrong: dict[str, str] = {}
    if on > clock.today(actor.time_zone):
        wrong["on"] = "registry.date_in_future"
    elif on < clock.day_of(arrival.ended_at, actor.time_zone):
        wrong["on"] = "endings.told_before_the_end"
    if by not in WAYS:
        wrong["by"] = "field.not_a_choice"
    if wrong:
        raise Invalid("error.invalid", fields=wrong)
    made.told_on, made.told_by, made.told_by_id = on, by, actor.official_id
    facts = {"told_on": on.isoformat(), "told_by": by.value}
    record(
        session, actor, Event.APPLICANT_TOLD, arrivals.subject(arrival),
        organisation_id=arrival.organisation_id, detail=facts, facts=facts,
    )  # fmt: skip
    return made
