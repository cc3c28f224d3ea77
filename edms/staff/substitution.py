"""Substitution: who stands in for whom, from day to day, entered and ended with both names in the history.

The substitute acts under her own name and post (D414 art. 28). Nobody makes herself a substitute, and one who stands
in for somebody cannot pass that on: rights grow only by another's hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.db.locking import lock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.staff.actors import employed
from edms.staff.entry import clean
from edms.staff.models import Official, SignIn, Substitution
from edms.staff.organisations import administered

LONGEST_DAYS = 366


@dataclass(frozen=True)
class _Absence:
    """What the policy table looks at: whose absence, and where she works."""

    absent_id: int
    organisation_id: int
    unit_id: int | None


def enter_substitution(
    session: Session,
    actor: Actor,
    *,
    absent: Official,
    substitute: Official,
    from_on: date,
    until_on: date,
    reason: str,
) -> Substitution:
    """Let `substitute` stand in for `absent` from the first to the last day, both included.

    Errors: Forbidden; Invalid; Conflict when the two are entered for such a day already.
    """
    _require(actor, absent)
    if substitute.official_id in actor.people:
        raise Forbidden("staff.not_for_oneself")
    _check(absent, substitute, from_on, until_on, clean(reason))
    # What is entered twice at once is refused.
    lock(session, absent, key_share=True)
    same_days = select(Substitution.substitution_id).where(
        Substitution.absent_id == absent.official_id,
        Substitution.substitute_id == substitute.official_id,
        Substitution.ended_at.is_(None),
        Substitution.from_on <= until_on,
        Substitution.until_on >= from_on,
    )
    if session.scalar(same_days.limit(1)) is not None:
        raise Conflict(
            "staff.substitution_entered_already", fields={"substitute": "staff.substitution_entered_already"}
        )
    substitution = Substitution(
        absent=absent,
        substitute=substitute,
        from_on=from_on,
        until_on=until_on,
        reason=clean(reason),
        entered_by_id=actor.official_id,
    )
    session.add(substitution)
    session.flush()  # the event carries its id
    _record(session, actor, Event.SUBSTITUTION_ENTERED, substitution)
    return substitution


def end_substitution(session: Session, actor: Actor, substitution: Substitution) -> Substitution:
    """End it now: the substitute's desk loses the other's rights with its next page. Errors: Forbidden, RuleBroken."""
    if actor.official_id != substitution.substitute_id:  # one may always give back what one was lent
        _require(actor, substitution.absent)
    lock(session, substitution)
    if substitution.ended_at is not None:
        raise RuleBroken("staff.substitution_ended_already")
    substitution.ended_at = clock.now()
    standing_in = select(SignIn).where(
        SignIn.official_id == substitution.substitute_id, SignIn.acting_for_id == substitution.absent_id
    )
    for sign_in in session.scalars(standing_in):
        sign_in.acting_for_id = None
    _record(session, actor, Event.SUBSTITUTION_ENDED, substitution)
    return substitution


def substitutions(session: Session, actor: Actor, *, official: Official | None = None) -> list[Substitution]:
    """The substitutions of the actor's organisation that are not over, or all of one official's, the newest first."""
    require(actor, Permission.PEOPLE_READ, official)
    found = select(Substitution).join(Official, Official.official_id == Substitution.absent_id)
    found = found.where(administered(actor, Official.organisation_id))
    if official is not None:
        one = official.official_id
        found = found.where(or_(Substitution.absent_id == one, Substitution.substitute_id == one))
    else:
        today = clock.today(actor.time_zone)
        found = found.where(Substitution.ended_at.is_(None), Substitution.until_on >= today)
    return list(session.scalars(found.order_by(Substitution.from_on.desc(), Substitution.substitution_id.desc())))


def substitution_of(session: Session, actor: Actor, substitution_id: int) -> Substitution:
    """One substitution of the actor's organisation, or of one she administers. Errors: NotFound."""
    found = (
        select(Substitution)
        .join(Official, Official.official_id == Substitution.absent_id)
        .where(administered(actor, Official.organisation_id), Substitution.substitution_id == substitution_id)
    )
    substitution = session.scalar(found)
    if substitution is None:
        raise NotFound
    return substitution


def _require(actor: Actor, absent: Official) -> None:
    require(actor, Permission.SUBSTITUTION_ENTER, _Absence(absent.official_id, absent.organisation_id, absent.unit_id))
    # The policy lets any leader in; the head of a unit decides about the people of that unit only.
    others = any(
        actor.has(role, absent.organisation_id, absent.unit_id)
        for role in (Role.ADMINISTRATOR, Role.HEAD, Role.DEPUTY, Role.COUNCIL_CHAIR)
    )
    if actor.official_id != absent.official_id and not others:
        raise Forbidden("access.refused", permission=Permission.SUBSTITUTION_ENTER.value)


def _check(absent: Official, substitute: Official, from_on: date, until_on: date, reason: str | None) -> None:
    wrong: dict[str, str] = {}
    today = clock.today(absent.organisation.time_zone)
    if substitute.organisation_id != absent.organisation_id or not employed(substitute, max(from_on, today)):
        wrong["substitute"] = "staff.official_unknown"
    if substitute.official_id == absent.official_id:
        wrong["substitute"] = "staff.substitute_is_absent"
    if from_on < today:
        wrong["from_on"] = "staff.substitution_backdated"
    if until_on < from_on:
        wrong["until_on"] = "staff.days_out_of_order"
    elif (until_on - from_on).days >= LONGEST_DAYS:
        wrong["until_on"] = "staff.substitution_too_long"
    if reason is None:
        wrong["reason"] = "staff.reason_missing"
    if wrong:
        raise Invalid(fields=wrong)


def _record(session: Session, actor: Actor, event: Event, substitution: Substitution) -> None:
    detail: dict[str, Any] = {
        "absent_id": substitution.absent_id,
        "absent": substitution.absent.names,
        "substitute_id": substitution.substitute_id,
        "substitute": substitution.substitute.names,
        "from_on": substitution.from_on.isoformat(),
        "until_on": substitution.until_on.isoformat(),
        "reason": substitution.reason,
    }
    subject = Subject("substitution", substitution.substitution_id)
    record(session, actor, event, subject, organisation_id=substitution.absent.organisation_id, detail=detail)
