"""The names behind the ids of a facet, for its reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.scope import in_sight, own_organisation, visible
from edms.filing.models import CaseFile
from edms.registry.models import Correspondent, Document, Register
from edms.staff.models import Official, Unit


def named(session: Session, actor: Actor, facet: str, ids: Collection[int], language: str) -> Mapping[int, str]:
    """The names of registers, units, correspondents, officials or case files of the actor's organisation; unknown ones are left out."""
    match facet:
        case "register_id":
            registers = select(Register).where(
                Register.register_id.in_(ids),
                own_organisation(actor, Register.organisation_id),
                in_sight(actor, Register.register_id),
            )
            return {book.register_id: book.name(language) for book in session.scalars(registers)}
        case "unit_id":
            units = select(Unit).where(Unit.unit_id.in_(ids), own_organisation(actor, Unit.organisation_id))
            return {unit.unit_id: unit.name(language) for unit in session.scalars(units)}
        case "correspondent_id":
            found = select(Correspondent.correspondent_id, Correspondent.name, Correspondent.address).where(
                Correspondent.correspondent_id.in_(ids),
                own_organisation(actor, Correspondent.organisation_id),
                *_of_her_letters(actor),
            )
            return _told_apart(session.execute(found).all())
        case "executor" | "registrar" | "author" | "signer":
            people = select(Official).where(
                Official.official_id.in_(ids), own_organisation(actor, Official.organisation_id)
            )
            return {person.official_id: person.name(language) for person in session.scalars(people)}
        case "case_file":
            volumes = select(CaseFile).where(
                CaseFile.case_file_id.in_(ids), own_organisation(actor, CaseFile.organisation_id)
            )
            return {
                volume.case_file_id: f"{volume.case_index.index} · {volume.volume} · {volume.case_index.title(language)}"
                for volume in session.scalars(volumes.options(joinedload(CaseFile.case_index)))
            }
    return {}


def _of_her_letters(actor: Actor) -> list[ColumnElement[bool]]:
    """Who may not read the list of correspondents reads the names on her letters, not those that numbers lead to."""
    if permits(actor, Permission.CORRESPONDENT_READ):
        return []
    hers = select(Document.document_id).where(
        Document.correspondent_id == Correspondent.correspondent_id, visible(actor, Document.readers)
    )
    return [hers.exists()]


def _told_apart(rows: Sequence[Any]) -> Mapping[int, str]:
    """Names by id; of several with one name each stands with her address."""
    having = Counter(name for _, name, _ in rows)
    return {who: f"{name} · {address}" if address and having[name] > 1 else name for who, name, address in rows}
