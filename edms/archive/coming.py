"""What the archive takes: closed case files whose day for it has come, and those whose day nobody knows yet.

A class says after how many years the archive takes its cases over (order 362/2007: local bodies 10, construction 20,
personnel and the privatization of housing 75): also those that are not kept for ever, which go there before anybody may
think of destroying them.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.filing.models import CaseFile, CaseFileState, CaseIndex
from edms.retention.models import CaseKeeping, KeepingState
from edms.retention.schedule import schedule
from edms.staff.models import Organisation


def due(
    session: Session, actor: Actor, *, on: date, after: tuple[int, str, int, int] | None = None, limit: int = 100
) -> list[CaseKeeping]:
    """Closed case files whose day for the archive has come, the oldest first, by index and volume.

    `after` is the place of the last one: year, index, volume, id. Errors: Forbidden.
    """
    require(actor, Permission.ARCHIVE_READ)
    place = (CaseIndex.year, CaseIndex.index, CaseFile.volume, CaseFile.case_file_id)
    found = select_due(on).where(own_organisation(actor, CaseKeeping.organisation_id))
    if after is not None:
        found = found.where(tuple_(*place) > after)
    return list(session.scalars(found.order_by(*place).limit(limit)))


def waiting(session: Session, actor: Actor, *, limit: int = 20) -> list[CaseKeeping]:
    """Closed case files for the archive of which nobody has entered the day that its years are counted from."""
    require(actor, Permission.ARCHIVE_READ)
    office = session.get_one(Organisation, actor.organisation_id)
    for_archive = [line.name for line in schedule(office.country) if line.transfer_years is not None]
    found = _kept().where(
        own_organisation(actor, CaseKeeping.organisation_id),
        CaseKeeping.transfer_from.is_(None),
        CaseKeeping.retention_class.in_(for_archive),
    )
    return list(session.scalars(found.order_by(CaseIndex.year, CaseFile.case_file_id).limit(limit)))


def select_due(on: date) -> Select[CaseKeeping]:
    """The case files of all organisations that may be handed over on this day."""
    wanted = or_(CaseKeeping.permanent, CaseKeeping.archive_declined.is_(False))
    return _kept().where(CaseKeeping.transfer_from <= on, wanted)


def _kept() -> Select[CaseKeeping]:
    return (
        select(CaseKeeping)
        .join(CaseFile, CaseFile.case_file_id == CaseKeeping.case_file_id)
        .join(CaseIndex, CaseIndex.case_index_id == CaseFile.case_index_id)
        .options(joinedload(CaseKeeping.case_file).joinedload(CaseFile.case_index))
        .where(CaseKeeping.state == KeepingState.KEPT, CaseFile.state == CaseFileState.CLOSED)
    )
