"""Whom the acts of destruction concern: the commission when one is proposed, the archivist of what becomes of hers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.roles import Role
from edms.events import Event, EventLine
from edms.retention.act_models import ActState, DisposalAct
from edms.staff.models import Organisation, RoleGrant

Told = Iterator[tuple[int | None, str]]


def _commission(session: Session, line: EventLine) -> Told:
    """The members of the expert commission today, while the act waits for them."""
    act = session.get(DisposalAct, line.subject_id)
    if act is None or act.state is not ActState.PROPOSED:
        return
    today = clock.today(session.get_one(Organisation, act.organisation_id).time_zone)
    held = select(RoleGrant.official_id).where(
        RoleGrant.organisation_id == act.organisation_id,
        RoleGrant.role == Role.COMMISSION_MEMBER,
        RoleGrant.from_on <= today,
        RoleGrant.until_on.is_(None) | (RoleGrant.until_on >= today),
    )
    for member in sorted(set(session.scalars(held))):
        yield member, "notices.disposal_proposed"


def _archivist(session: Session, line: EventLine) -> Told:
    act = session.get(DisposalAct, line.subject_id)
    if act is not None and (line.kind is not Event.DISPOSAL_APPROVED or act.state is not ActState.PROPOSED):
        yield act.proposed_by_id, f"notices.{line.kind.value.replace(':', '_').replace('-', '_')}"


TABLE: Mapping[Event, Callable[[Session, EventLine], Told]] = {
    Event.DISPOSAL_APPROVED: _archivist,
    Event.DISPOSAL_CASE_KEPT: _archivist,
    Event.DISPOSAL_COOLS_ANEW: _archivist,
    Event.DISPOSAL_DONE: _archivist,
    Event.DISPOSAL_PROPOSED: _commission,
    Event.DISPOSAL_WITHDRAWN: _archivist,
}
