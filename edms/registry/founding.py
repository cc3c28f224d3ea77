"""The first step of moving in: an organisation with its usual registers, then its first administrator.

Done by the service itself, from the server's command line or from the page that only its operator can open. Each step
that was done is found done: whoever was interrupted begins again and goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.roles import Role
from edms.registry.openings import usual_registers
from edms.staff import founding
from edms.staff.models import Organisation, OrganisationKind, RoleGrant
from edms.staff.organisations import change_organisation, open_organisation


@dataclass(frozen=True)
class Town:
    """What is asked about an organisation on its first day; all of it can be changed later."""

    code: str
    names: Mapping[str, str]
    kind: OrganisationKind = OrganisationKind.MUNICIPALITY
    language: str = "ka"
    country: str = "GE"
    time_zone: str = "Asia/Tbilisi"
    address: Mapping[str, str] = field(default_factory=dict)
    counter: Mapping[str, str] = field(default_factory=dict)
    telephone: str | None = None
    first_serial: int = 1
    first_serials: Mapping[str, int] = field(default_factory=dict)


def found(session: Session, town: Town, *, demo: bool = False) -> Organisation:
    """Open the organisation with its registers; one with this code that is open already is answered as it is.

    Errors: RuleBroken in a database of the other purpose; Invalid, naming the fields.
    """
    founding.begin(session, demo=demo)
    known = session.scalar(select(Organisation).where(Organisation.code == town.code))
    if known is not None:
        return known
    system = Actor.system()
    opened = open_organisation(
        session, system, code=town.code, names=town.names, kind=town.kind, language=town.language, country=town.country,
        time_zone=town.time_zone,
    )  # fmt: skip
    change_organisation(
        session, system, opened, version=opened.version, address=town.address, counter=town.counter,
        telephone=town.telephone,
    )  # fmt: skip
    usual_registers(session, opened, first_serial=town.first_serial, first_serials=town.first_serials)
    return opened


def without_administrator(session: Session) -> list[Organisation]:
    """The organisations that nobody administers yet, their own officials or those of one above, by code."""
    here = list(session.scalars(select(Organisation).order_by(Organisation.code)))
    held = set(session.scalars(select(RoleGrant.organisation_id).where(RoleGrant.role == Role.ADMINISTRATOR)))
    above = {each.organisation_id: each.parent_id for each in here}

    def is_held(organisation_id: int | None) -> bool:
        while organisation_id is not None:
            if organisation_id in held:
                return True
            organisation_id = above.get(organisation_id)
        return False

    return [each for each in here if not is_held(each.organisation_id)]
