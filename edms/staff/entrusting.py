"""Entrusting: a head lets a secretary of hers enter the resolutions that she writes by hand, and ends it when she likes.

Only the head herself decides it, in her own name: a substitute does not lend what she was lent.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.db.locking import lock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.staff.actors import employed, grants_today
from edms.staff.models import Entrustment, Official


def entrust(session: Session, actor: Actor, secretary: Official) -> Entrustment:
    """Let her enter my handwritten resolutions from now on.

    Errors: Forbidden to who leads nobody or acts for another; Invalid when she is no head's secretary; Conflict twice.
    """
    require(actor, Permission.RESOLUTION_ENTRUST)
    if actor.acting_for is not None or actor.official_id is None:
        raise Forbidden("access.refused", permission=Permission.RESOLUTION_ENTRUST.value)
    today = clock.today(actor.time_zone)
    if secretary.organisation_id != actor.organisation_id or not _is_secretary(session, secretary, today):
        raise Invalid(fields={"secretary": "staff.not_a_secretary"})
    hold = {"of": Official, "key_share": True}
    session.get_one(Official, actor.official_id, with_for_update=hold)  # two of hers at once are put in a row
    if _standing(session, actor.official_id, secretary.official_id) is not None:
        raise Conflict("staff.entrusted_already", fields={"secretary": "staff.entrusted_already"})
    made = Entrustment(head_id=actor.official_id, secretary_id=secretary.official_id, given_at=clock.now())
    session.add(made)
    session.flush()  # the event carries its id
    _record(session, actor, Event.ENTRUSTMENT_GIVEN, made)
    return made


def end(session: Session, actor: Actor, entrustment: Entrustment) -> None:
    """End it now; either of the two may. Errors: Forbidden to others, RuleBroken when it ended before."""
    if actor.official_id not in (entrustment.head_id, entrustment.secretary_id):
        raise Forbidden("access.refused", permission=Permission.RESOLUTION_ENTRUST.value)
    lock(session, entrustment)
    if entrustment.ended_at is not None:
        raise RuleBroken("staff.entrustment_ended_already")
    entrustment.ended_at = clock.now()
    _record(session, actor, Event.ENTRUSTMENT_ENDED, entrustment)


def entrustments(session: Session, actor: Actor) -> list[Entrustment]:
    """What stands between the actor and others, as head or as secretary, the oldest first."""
    if actor.official_id is None:
        return []
    one = actor.official_id
    found = select(Entrustment).where(
        (Entrustment.head_id == one) | (Entrustment.secretary_id == one), Entrustment.ended_at.is_(None)
    )
    return list(session.scalars(found.order_by(Entrustment.entrustment_id)))


def entrustment_of(session: Session, actor: Actor, entrustment_id: int) -> Entrustment:
    """One of the actor's own, as head or as secretary. Errors: NotFound."""
    found = session.get(Entrustment, entrustment_id)
    if found is None or actor.official_id not in (found.head_id, found.secretary_id):
        raise NotFound
    return found


def entrusted_by(session: Session, actor: Actor) -> list[Official]:
    """The heads whose handwriting the actor may enter today; none once the role or one of the two is gone."""
    if actor.official_id is None or not _has_role(actor):
        return []
    today = clock.today(actor.time_zone)
    found = (
        select(Official)
        .join(Entrustment, Entrustment.head_id == Official.official_id)
        .where(Entrustment.secretary_id == actor.official_id, Entrustment.ended_at.is_(None))
        .order_by(Entrustment.entrustment_id)
    )
    return [head for head in session.scalars(found) if employed(head, today)]


def _has_role(actor: Actor) -> bool:
    return any(grant.role is Role.HEAD_SECRETARY for grant in actor.grants)


def _is_secretary(session: Session, official: Official, today: date) -> bool:
    granted = grants_today(session, official, today)
    return employed(official, today) and any(grant.role is Role.HEAD_SECRETARY for grant in granted)


def _standing(session: Session, head_id: int, secretary_id: int) -> Entrustment | None:
    return session.scalar(
        select(Entrustment).where(
            Entrustment.head_id == head_id,
            Entrustment.secretary_id == secretary_id,
            Entrustment.ended_at.is_(None),
        )
    )


def _record(session: Session, actor: Actor, event: Event, made: Entrustment) -> None:
    head = session.get_one(Official, made.head_id)
    secretary = session.get_one(Official, made.secretary_id)
    record(
        session,
        actor,
        event,
        Subject("entrustment", made.entrustment_id),
        organisation_id=head.organisation_id,
        detail={
            "head_id": made.head_id, "head": head.names, "secretary_id": made.secretary_id, "secretary": secretary.names,
        },
    )  # fmt: skip
