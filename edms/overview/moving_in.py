"""Ready to work? The steps of moving in, each done or still open, as an administrator sees them for her organisation.

Nothing is kept of it but what was "looked through": a step that needs no change is right once somebody has said so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.events import Event, EventLine
from edms.filing.models import CaseIndex
from edms.registry.models import Document, Register
from edms.staff.credentials import without_password
from edms.staff.models import Official, Organisation, RoleGrant

NEEDED_ROLES = (Role.REGISTRAR, Role.HEAD, Role.OFFICIAL)
CONFIRMED = ("calendar", "letterhead", "seal", "registers", "journals")  # may be right without any change


@dataclass(frozen=True)
class Step:
    """One step: done, or what is open about it (message `moving_in.open.<name>` with values)."""

    name: str
    done: bool
    values: Mapping[str, object] = field(default_factory=dict)


def steps(session: Session, actor: Actor, organisation: Organisation) -> list[Step]:
    """All steps in their order. Errors: Forbidden."""
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    return [Step(name, *look(session, actor, organisation)) for name, look in LOOKS.items()]


Look = Callable[[Session, Actor, Organisation], tuple[bool, Mapping[str, object]]]


def _office(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    return bool(office.address and office.counter and office.telephone), {}


def _calendar(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    return "calendar" in office.looked_through, {}


def _letterhead(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    return office.letterhead is not None or "letterhead" in office.looked_through, {}


def _seal(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    """Its key lies in the house's folder and not in a row: what was last done with it says whether there is one."""
    of_it = select(EventLine.detail["what"].astext).where(
        EventLine.subject_kind == "organisation",
        EventLine.subject_id == office.organisation_id,
        EventLine.kind == Event.SEAL_CHANGED,
    )
    last = session.scalar(of_it.order_by(EventLine.event_id.desc()).limit(1))
    return last == "installed" or "seal" in office.looked_through, {}


def _registers(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    mine = select(Register.register_id).where(Register.organisation_id == office.organisation_id)
    n = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    drawn = session.scalar(
        select(exists().where(Document.organisation_id == office.organisation_id, Document.year >= 0))
    )
    return n > 0 and (bool(drawn) or "registers" in office.looked_through), {"n": n}


def _staff(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    today = clock.today(office.time_zone)
    held = set(
        session.scalars(
            select(RoleGrant.role).join(Official, Official.official_id == RoleGrant.official_id).where(
                RoleGrant.organisation_id == office.organisation_id, Official.left_on.is_(None),
                RoleGrant.until_on.is_(None) | (RoleGrant.until_on >= today),
            )
        )
    )  # fmt: skip
    missing = [role for role in NEEDED_ROLES if role not in held]
    return not missing, {"missing": [f"access.role.{role.value}" for role in missing]}


def _passwords(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    n = len(without_password(session, actor, office))
    return n == 0, {"n": n}


def _plan(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    year = clock.today(office.time_zone).year
    listed = exists().where(CaseIndex.organisation_id == office.organisation_id, CaseIndex.year == year)
    return bool(session.scalar(select(listed))), {"year": str(year)}


def _journals(session: Session, actor: Actor, office: Organisation) -> tuple[bool, Mapping[str, object]]:
    taken = exists().where(Document.organisation_id == office.organisation_id, Document.year < 0)
    return bool(session.scalar(select(taken))) or "journals" in office.looked_through, {}


LOOKS: Mapping[str, Look] = {
    "office": _office,
    "calendar": _calendar,
    "letterhead": _letterhead,
    "seal": _seal,
    "registers": _registers,
    "staff": _staff,
    "passwords": _passwords,
    "plan": _plan,
    "journals": _journals,
}
