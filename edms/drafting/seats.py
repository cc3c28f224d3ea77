"""Who signs papers here, and the places of those who sign one, as its author names them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.drafting.models import Draft, Signatory, SignatoryState
from edms.staff.models import Official, Organisation, RoleGrant

MOST_SIGNATORIES = 12
SIGNERS = (Role.HEAD, Role.DEPUTY, Role.COUNCIL_CHAIR)


def signers(session: Session, actor: Actor) -> list[Official]:
    """Who signs in the actor's organisation today: heads, deputies and chairs of the whole of it."""
    if actor.organisation_id is None:
        return []
    return holding(session, actor.organisation_id, SIGNERS, clock.today(actor.time_zone))


def holding(session: Session, organisation_id: int, roles: Sequence[Role], day: date) -> list[Official]:
    """Who holds one of these roles in the organisation on this day."""
    found = (
        select(Official)
        .join(RoleGrant, RoleGrant.official_id == Official.official_id)
        .where(
            RoleGrant.organisation_id == organisation_id,
            RoleGrant.role.in_(roles),
            RoleGrant.from_on <= day,
            or_(RoleGrant.until_on.is_(None), RoleGrant.until_on >= day),
            or_(Official.left_on.is_(None), Official.left_on > day),
        )
        .distinct()
        .order_by(Official.official_id)
    )
    return list(session.scalars(found))


def seat(draft: Draft, officials: Sequence[int]) -> None:
    """Those who sign, in their order; a place that stays keeps its row."""
    kept = draft.signatories[: len(officials)]
    for signatory, official_id in zip(kept, officials, strict=False):
        if (signatory.official_id, signatory.named_id) != (official_id, official_id):
            signatory.official_id = signatory.named_id = official_id
            signatory.state, signatory.reason = SignatoryState.WAITING, None
    del draft.signatories[len(officials) :]
    for position in range(len(kept), len(officials)):
        one = officials[position]
        draft.signatories.append(
            Signatory(position=position, official_id=one, named_id=one, state=SignatoryState.WAITING)
        )


def wrong_with(session: Session, draft: Draft, everybody: Sequence[int], sign_by: date | None) -> dict[str, str]:
    """What is wrong with these signers and their last day, by field."""
    wrong: dict[str, str] = {}
    if len(everybody) > MOST_SIGNATORIES:
        wrong["cosigners"] = "signatory.too_many"
    if len(set(everybody)) < len(everybody):
        wrong["cosigners"] = "signatory.twice"
    for official_id in everybody[1:]:
        official = session.get(Official, official_id)
        if official is None or official.organisation_id != draft.organisation_id:
            wrong["cosigners"] = "drafting.signer_unknown"
    zone = session.get_one(Organisation, draft.organisation_id).time_zone
    if sign_by is not None and sign_by != draft.sign_by and sign_by < clock.today(zone):
        wrong["sign_by"] = "signatory.day_past"
    return wrong
