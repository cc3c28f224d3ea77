"""The names behind the ids of a facet, for its reader."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.scope import own_organisation
from edms.registry.models import Correspondent, Register
from edms.staff.models import Unit


def named(session: Session, actor: Actor, facet: str, ids: Collection[int], language: str) -> Mapping[int, str]:
    """The names of registers, units or correspondents of the actor's organisation; unknown ones are left out."""
    match facet:
        case "register_id":
            registers = select(Register).where(
                Register.register_id.in_(ids), own_organisation(actor, Register.organisation_id)
            )
            return {book.register_id: book.name(language) for book in session.scalars(registers)}
        case "unit_id":
            units = select(Unit).where(Unit.unit_id.in_(ids), own_organisation(actor, Unit.organisation_id))
            return {unit.unit_id: unit.name(language) for unit in session.scalars(units)}
        case "correspondent_id":
            found = select(Correspondent.correspondent_id, Correspondent.name).where(
                Correspondent.correspondent_id.in_(ids), own_organisation(actor, Correspondent.organisation_id)
            )
            return dict(session.execute(found).tuples().all())
    return {}
