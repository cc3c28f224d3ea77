"""Acts of destruction as they are looked up, and the organisation's rule for them; see `proposing`, `approving`, `erasing`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.errors import Invalid, NotFound
from edms.events import Event, Subject, record
from edms.registry.models import Document
from edms.retention.act_models import DisposalAct, DisposalLine, DisposalRule, LineState
from edms.retention.due import Obstacle, obstacles
from edms.retention.models import CaseKeeping
from edms.staff.models import Organisation

COOLING_DAYS, LEAST_COOLING, MOST_COOLING = 30, 7, 365
LONGEST = 1000


def act_of(session: Session, actor: Actor, disposal_act_id: int) -> DisposalAct:
    """One act of the actor's organisation. Errors: NotFound."""
    act = session.scalar(
        select(DisposalAct).where(
            own_organisation(actor, DisposalAct.organisation_id), DisposalAct.disposal_act_id == disposal_act_id
        )
    )
    if act is None:
        raise NotFound
    require(actor, Permission.KEEPING_READ, act)
    return act


def acts(session: Session, actor: Actor, *, before: int | None = None, limit: int = 50) -> list[DisposalAct]:
    """The acts of the actor's organisation, the newest first; `before` is the last one's id."""
    require(actor, Permission.KEEPING_READ)
    found = select(DisposalAct).where(own_organisation(actor, DisposalAct.organisation_id))
    if before is not None:
        found = found.where(DisposalAct.disposal_act_id < before)
    return list(session.scalars(found.order_by(DisposalAct.disposal_act_id.desc()).limit(limit)))


def lines(session: Session, act: DisposalAct, state: LineState | None = None) -> list[DisposalLine]:
    """The cases of an act in their order, those of one state if asked."""
    found = select(DisposalLine).where(DisposalLine.disposal_act_id == act.disposal_act_id)
    if state is not None:
        found = found.where(DisposalLine.state == state)
    return list(session.scalars(found.order_by(DisposalLine.position)))


def cooling_days(session: Session, organisation: Organisation) -> int:
    """The days between the second approval and the erasing."""
    rule = session.get(DisposalRule, organisation.organisation_id)
    return rule.cooling_days if rule is not None else COOLING_DAYS


def set_cooling(session: Session, actor: Actor, organisation: Organisation, days: int) -> None:
    """Set the cooling-off of acts approved from now on. Errors: Invalid below a week or over a year."""
    require(actor, Permission.DISPOSAL_RULE_SET, organisation)
    if not LEAST_COOLING <= days <= MOST_COOLING:
        raise Invalid(fields={"cooling_days": "retention.cooling_impossible"})
    before = cooling_days(session, organisation)
    rule = session.get(DisposalRule, organisation.organisation_id)
    if rule is None:
        rule = DisposalRule(organisation_id=organisation.organisation_id)
        session.add(rule)
    rule.cooling_days = days
    record(
        session, actor, Event.DISPOSAL_RULE_CHANGED, Subject("organisation", organisation.organisation_id),
        organisation_id=organisation.organisation_id, detail={"before": before, "days": days},
    )  # fmt: skip


def number_of(session: Session, act: DisposalAct) -> tuple[str, date | None]:
    """Number and day of an act in the register, also where a restore lost its document; empty before it is approved."""
    document = session.get(Document, act.document_id) if act.document_id is not None else None
    if document is not None:
        return document.number, document.registered_on
    return act.lost_number or "", act.lost_on


def note(session: Session, actor: Actor, event: Event, act: DisposalAct, facts: Mapping[str, object]) -> int | None:
    """Write an act's event; the id of its leaf."""
    subject = Subject("disposal_act", act.disposal_act_id, document_id=act.document_id)
    return record(
        session, actor, event, subject, organisation_id=act.organisation_id, detail=facts, facts=facts
    ).leaf_id


def still_stands(session: Session, row: CaseKeeping) -> Obstacle | None:
    """What came between since the act: the first obstacle beside being in the act; None: it may be erased."""
    return next(iter(obstacles(session, [row], ignoring=Obstacle.IN_ACT)[row.case_file_id]), None)
