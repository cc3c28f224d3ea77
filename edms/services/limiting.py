"""The day after which a case can be decided no more: those who have it are told before, and it ends when it has passed.

Counted in `timing.py` with the other terms of the case; here is what the clock does about it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from edms import clock
from edms.access.roles import Role
from edms.events import Event
from edms.services import bounds, facts, holding, seats, timing, walking
from edms.services.case_rules import Limit
from edms.services.models import Case
from edms.services.walking import Walk
from edms.staff.models import Organisation


def due(session: Session, organisation: Organisation) -> ColumnElement[bool]:
    """The condition that the clock does something about a case's limit today."""
    return and_(Case.limit_wakes_on.is_not(None), Case.limit_wakes_on <= clock.today(organisation.time_zone))


def act(walk: Walk) -> None:
    """Tell those who have the case as often as the route says, and stop it once its last day is over."""
    case, today = walk.case, walk.today
    limit = bounds.limit_of(walk.route, facts.values(walk.session, case))
    if limit is None or case.limit_on is None or case.limit_wakes_on is None or case.limit_wakes_on > today:
        return
    if today > case.limit_on:
        _stop(walk, limit)
        return
    reached = [n for n in limit.warns if (case.limit_on - today).days <= n]
    kept = case.limit_term or {}
    case.limit_term = {**kept, "warned": reached}
    case.limit_wakes_on = bounds.wakes(limit, case.limit_on, reached)
    said = {"limit": limit.name, "due_on": case.limit_on.isoformat(), "to": who(walk)}
    holding.note(walk.session, walk.actor, Event.CASE_LIMIT_NEAR, case, walk.document, said)


def _stop(walk: Walk, limit: Limit) -> None:
    """All that is open stops, and the case goes to the end that the route has for it."""
    case = walk.case
    to, before = who(walk), timing.open_rows(case)
    case.lapsed_at, case.limit_wakes_on = clock.now(), None
    said = {"limit": limit.name, "due_on": case.limit_on.isoformat() if case.limit_on else None}
    holding.note(walk.session, walk.actor, Event.CASE_LAPSED, case, walk.document, {**said, "to": to}, facts=said)
    walking.drop(walk, before)
    walking.open_step(walk, limit.to, before[-1] if before else None)
    walking.settle(walk)


def who(walk: Walk) -> list[int]:
    """Those who have a step of the case, or sit where it lies, and the head."""
    organisation = walk.session.get_one(Organisation, walk.case.organisation_id)
    found: set[int] = set()
    for row in timing.open_rows(walk.case):
        if row.official_id is not None:
            found.add(row.official_id)
            continue
        here = seats.sitting(walk.session, organisation, walk.document, row.role, row.seat)
        found |= {one.official_id for one in here}
    head = seats.sitting(walk.session, organisation, walk.document, Role.HEAD, None)
    return sorted(found | {one.official_id for one in head})
