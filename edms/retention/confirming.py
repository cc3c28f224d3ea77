"""The schedule as an organisation has it: the country's list, with what its archivist confirmed or lengthened.

Only a class that the office has confirmed may lead to destruction, also where a list states its period. A period is lengthened, never shortened, also against what was confirmed
before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.events import Event, Subject, record
from edms.registry.card import clean
from edms.retention.models import ScheduleLine
from edms.retention.schedule import Action, RetentionClass, retention_class, schedule
from edms.staff.models import Organisation

LONGEST_GROUND = 500
MOST_YEARS = 200
DESTROYING = (Action.DESTROY, Action.REVIEW)


@dataclass(frozen=True)
class Confirmed:
    """A class as it stands here; `line` is the organisation's decision, None while there is only the country's list."""

    kind: RetentionClass
    line: ScheduleLine | None = None


def schedule_of(session: Session, actor: Actor, organisation: Organisation) -> list[Confirmed]:
    """All classes in the order of the list, as they stand in the organisation."""
    require(actor, Permission.KEEPING_READ, organisation)
    decided = _decided(session, organisation.organisation_id)
    return [_here(line, decided.get(line.name)) for line in schedule(organisation.country)]


def class_of(session: Session, organisation: Organisation, name: str) -> RetentionClass:
    """One class as it stands in the organisation. Errors: Invalid for a name that the list does not know."""
    decided = session.scalar(
        select(ScheduleLine).where(
            ScheduleLine.organisation_id == organisation.organisation_id, ScheduleLine.name == name
        )
    )
    return _here(retention_class(name, organisation.country), decided).kind


def confirm(
    session: Session, actor: Actor, organisation: Organisation, name: str, *, ground: str, years: int | None = None,
    for_ever: bool = False,
) -> ScheduleLine:  # fmt: skip
    """Confirm a class: as it stands, with more `years`, or for ever. `ground` is the list and article, or the decision.

    The dates of case files closed under the class follow by a job. Errors: Invalid (fields), RuleBroken for a shorter
    period.
    """
    require(actor, Permission.SCHEDULE_CONFIRM, organisation)
    present = class_of(session, organisation, name)
    ground = clean(ground) or ""
    wrong = {}
    if not ground:
        wrong["ground"] = "retention.ground_missing"
    elif len(ground) > LONGEST_GROUND:
        wrong["ground"] = "field.too_long"
    if years is not None and not 0 < years <= MOST_YEARS:
        wrong["years"] = "retention.years_impossible"
    if wrong:
        raise Invalid(fields=wrong)
    wanted = present
    if for_ever and present.years is not None:
        wanted = present.lengthened(None)
    elif years is not None:
        wanted = present.lengthened(years)
    line = _decided(session, organisation.organisation_id).get(name)
    if line is None:
        line = ScheduleLine(organisation_id=organisation.organisation_id, name=name)
        session.add(line)
    line.years, line.ground = wanted.years, ground
    line.confirmed_at, line.confirmed_by_id = clock.now(), actor.official_id
    session.flush()  # the history carries its id
    facts = {"class": name, "years": wanted.years, "ground": ground}
    record(
        session, actor, Event.SCHEDULE_CONFIRMED, Subject("schedule_line", line.schedule_line_id),
        organisation_id=organisation.organisation_id, detail=facts, facts=facts,
    )  # fmt: skip
    return line


def proposed(session: Session, organisation: Organisation) -> set[str]:
    """The classes whose periods rest on no list at hand and on no decision of the office."""
    decided = _decided(session, organisation.organisation_id)
    return {line.name for line in schedule(organisation.country) if not line.stated and line.name not in decided}


def _decided(session: Session, organisation_id: int) -> dict[str, ScheduleLine]:
    found = select(ScheduleLine).where(ScheduleLine.organisation_id == organisation_id)
    return {line.name: line for line in session.scalars(found)}


def _here(listed: RetentionClass, line: ScheduleLine | None) -> Confirmed:
    if line is None:
        return Confirmed(listed)
    kind = replace(listed, confirmed=True)
    if listed.years is not None:
        kind = kind.lengthened(line.years)
        if line.years is None and listed.action in DESTROYING:
            kind = replace(kind, action=Action.KEEP)
    return Confirmed(kind, line)
