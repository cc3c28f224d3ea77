"""Acquaintance: people, or all of a unit, must read a letter or an order until a day; each confirms it by herself.

It is a resolution without work, so it stands in the course and on the desks like any other; the list with its times is
the proof (domain rules of office: an explicit act of each person, with its date).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.models import Document
from edms.routing import resolution
from edms.routing.clocks import today_of
from edms.routing.conflicts import declared
from edms.routing.matter import hold, subject
from edms.routing.models import Assignment, AssignmentState, Purpose, Resolution, ResolutionState
from edms.routing.naming import MOST_EXECUTORS
from edms.staff.models import Official, Unit
from edms.staff.tree import units_below

OPEN = (AssignmentState.OPEN, AssignmentState.RETURNED)


def ask(
    session: Session,
    actor: Actor,
    document: Document,
    *,
    text: str,
    official_ids: Sequence[int] = (),
    unit_ids: Sequence[int] = (),
    due_on: date | None = None,
) -> Resolution:
    """Ask these people, and everybody who works in these units today, to read it and say so.

    Who was asked before and did not answer yet is not asked twice. Errors: Forbidden, Invalid (people, due_on).
    """
    require(actor, Permission.ACQUAINTANCE_ASK, document)
    document = hold(session, document.document_id)
    today = today_of(session, document)
    if due_on is not None and due_on < today:
        raise Invalid(fields={"due_on": "routing.due_in_the_past"})
    wanted = [*official_ids, *_of_units(session, document, unit_ids, today)]
    waiting = {work.official_id for work in readings(session, document) if work.state in OPEN}
    away = {row.official_id for row in declared(session, document, wanted)}
    asked = [person for person in dict.fromkeys(wanted) if person not in waiting | away]
    if not asked:
        raise Invalid(fields={"people": "routing.nobody_to_acquaint"})
    if len(asked) > MOST_EXECUTORS:
        raise Invalid(fields={"people": "routing.executors_too_many"}, most=MOST_EXECUTORS)
    return resolution.acquaint(session, actor, document, text=text, official_ids=asked, due_on=due_on)


def readings(session: Session, document: Document) -> list[Assignment]:
    """Everybody who was asked to read it, in the order of asking; for those who may read the letter themselves."""
    found = (
        select(Assignment)
        .join(Resolution, Resolution.resolution_id == Assignment.resolution_id)
        .where(
            Assignment.document_id == document.document_id,
            Assignment.purpose == Purpose.ACQUAINT,
            Assignment.state != AssignmentState.CANCELLED,
            Resolution.state != ResolutionState.CANCELLED,
        )
        .order_by(Assignment.assignment_id)
    )
    return list(session.scalars(found))


def remind(session: Session, actor: Actor, document: Document) -> int:
    """Remind everybody who was asked and has not read it; how many. Errors: Forbidden, RuleBroken when all have."""
    require(actor, Permission.ACQUAINTANCE_ASK, document)
    document = hold(session, document.document_id)
    late = [work for work in readings(session, document) if work.state in OPEN]
    if not late:
        raise RuleBroken("routing.all_have_read")
    today = today_of(session, document)
    if all(work.reminded_on == today for work in late):
        raise RuleBroken("routing.reminded_today")
    for work in late:
        work.reminded_on = today
    record(
        session,
        actor,
        Event.ASSIGNMENT_REMINDED,
        subject(document, "document", document.document_id),
        organisation_id=document.organisation_id,
        detail={"to": [work.official_id for work in late]},
    )
    return len(late)


def _of_units(session: Session, document: Document, unit_ids: Sequence[int], today: date) -> list[int]:
    if not unit_ids:
        return []
    found = session.scalars(select(Unit).where(Unit.unit_id.in_(unit_ids)))
    here = [unit for unit in found if unit.organisation_id == document.organisation_id]
    if len(here) != len(set(unit_ids)):
        raise Invalid(fields={"units": "routing.unit_unknown"})
    within = {unit for each in here for unit in units_below(session, each.unit_id)}
    people = select(Official.official_id).where(
        Official.unit_id.in_(within),
        or_(Official.left_on.is_(None), Official.left_on > today),
        or_(Official.hired_on.is_(None), Official.hired_on <= today),
    )
    return list(session.scalars(people.order_by(Official.official_id)))
