"""Keeps which folders and boxes cannot be emptied, since when and why; those that can have no row."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import EdmsError
from edms.registry.sources.models import SourceKind, SourceTrouble


def found(session: Session, kind: SourceKind, troubles: Mapping[str, EdmsError]) -> None:
    """All of a kind were looked into: these could not be emptied, by name. Whatever stood of others is over."""
    others = SourceTrouble.kind == kind, SourceTrouble.name.not_in(troubles)
    session.execute(delete(SourceTrouble).where(*others))
    for name, error in troubles.items():
        why = {"message": error.message, "values": {key: str(value) for key, value in error.values.items()}}
        row = insert(SourceTrouble).values(kind=kind, name=name, since=clock.now(), **why)
        session.execute(row.on_conflict_do_update(index_elements=["kind", "name"], set_=why))


def troubled(session: Session) -> list[SourceTrouble]:
    """Those that cannot be emptied, the longest first."""
    return list(session.scalars(select(SourceTrouble).order_by(SourceTrouble.since, SourceTrouble.name)))
