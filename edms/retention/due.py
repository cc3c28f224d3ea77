"""What comes to its end: closed case files whose period is over by a year's end, and why some of them still wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import and_, column, exists, func, or_, select, table, tuple_
from sqlalchemy.orm import Session, aliased, joinedload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.filing.models import CaseFile, CaseFileEntry, CaseFileState
from edms.registry.models import Document, DocumentLink
from edms.registry.words import OPEN_STATES, DocumentState
from edms.retention.confirming import DESTROYING, class_of
from edms.retention.holds import held_case_files
from edms.retention.models import CaseKeeping, KeepingState
from edms.retention.schedule import RetentionClass
from edms.staff.models import Organisation


class Obstacle(StrEnum):
    """Why a case file may not enter an act today."""

    HELD = "held"
    OPEN_LETTERS = "open_letters"  # one of its letters, or one linked with them, is not finished
    UNCONFIRMED = "unconfirmed"  # nobody of the office decided on the period of its class
    NO_TRIGGER = "no_trigger"  # the day its period is counted from was not entered
    NOT_YET = "not_yet"
    NOT_DESTROYED = "not_destroyed"  # kept for ever, or for the archive
    FOR_ARCHIVE = "for_archive"  # the archive takes it, unless it says that it never will
    IN_ACT = "in_act"
    IN_TRANSFER = "in_transfer"
    GONE = "gone"  # destroyed or handed over


STATES = {
    KeepingState.IN_ACT: Obstacle.IN_ACT,
    KeepingState.IN_TRANSFER: Obstacle.IN_TRANSFER,
    KeepingState.DESTROYED: Obstacle.GONE,
    KeepingState.TRANSFERRED: Obstacle.GONE,
}


@dataclass(frozen=True)
class DueLine:
    """A case file that is due, or would be; ready for an act when nothing stands in its way."""

    keeping: CaseKeeping
    obstacles: tuple[Obstacle, ...]

    @property
    def ready(self) -> bool:
        """May it enter an act today?"""
        return not self.obstacles


def due(
    session: Session, actor: Actor, *, year: int, after: tuple[str, int] | None = None, limit: int = 100
) -> list[DueLine]:
    """The case files of the actor's organisation whose period is over by the end of `year`, and those that wait for
    their trigger, by class; `after` is the last line's class and case_file_id."""
    require(actor, Permission.KEEPING_READ)
    comes = or_(CaseKeeping.until.is_(None), CaseKeeping.until < date(year + 1, 1, 1))
    found = (
        select(CaseKeeping)
        .options(joinedload(CaseKeeping.case_file).joinedload(CaseFile.case_index))
        .where(
            own_organisation(actor, CaseKeeping.organisation_id),
            CaseKeeping.state.in_((KeepingState.KEPT, KeepingState.IN_ACT)),
            CaseKeeping.permanent.is_(False),
            comes,
        )
        .order_by(CaseKeeping.retention_class, CaseKeeping.case_file_id)
        .limit(limit)
    )
    if after is not None:
        found = found.where(tuple_(CaseKeeping.retention_class, CaseKeeping.case_file_id) > after)
    rows = list(session.scalars(found))
    stand = obstacles(session, rows)
    return [DueLine(row, stand[row.case_file_id]) for row in rows]


def undated(session: Session, actor: Actor, *, limit: int = 20) -> list[CaseFile]:
    """Closed case files without a date: their class is in no list."""
    require(actor, Permission.KEEPING_READ)
    found = (
        select(CaseFile)
        .join(CaseKeeping, CaseKeeping.case_file_id == CaseFile.case_file_id, isouter=True)
        .options(joinedload(CaseFile.case_index))
        .where(
            own_organisation(actor, CaseFile.organisation_id),
            CaseFile.state == CaseFileState.CLOSED,
            CaseKeeping.case_file_id.is_(None),
        )
    )
    return list(session.scalars(found.order_by(CaseFile.case_file_id).limit(limit)))


def obstacles(
    session: Session, rows: Sequence[CaseKeeping], *, ignoring: Obstacle | None = None
) -> dict[int, tuple[Obstacle, ...]]:
    """What stands in the way of each case file today, by its id; the caller has seen that they may be known.

    `ignoring` leaves one out: that it is in the act that asks.
    """
    ids = [row.case_file_id for row in rows]
    held, unfinished = held_case_files(session, ids), _unfinished(session, ids)
    kinds: dict[tuple[int, str], RetentionClass] = {}
    made: dict[int, tuple[Obstacle, ...]] = {}
    for row in rows:
        office = session.get_one(Organisation, row.organisation_id)
        found = [STATES[row.state]] if row.state in STATES else []
        which = (row.organisation_id, row.retention_class)
        kind = kinds.setdefault(which, kinds.get(which) or class_of(session, office, row.retention_class))
        if row.permanent or row.action not in DESTROYING or kind.action not in DESTROYING:
            found.append(Obstacle.NOT_DESTROYED)
        elif row.until is None:
            found.append(Obstacle.NO_TRIGGER)
        elif row.until >= clock.today(office.time_zone):
            found.append(Obstacle.NOT_YET)
        if row.transfer_from is not None and not row.permanent and not row.archive_declined:
            found.append(Obstacle.FOR_ARCHIVE)
        if not kind.confirmed:
            found.append(Obstacle.UNCONFIRMED)
        if row.case_file_id in held:
            found.append(Obstacle.HELD)
        if row.case_file_id in unfinished:
            found.append(Obstacle.OPEN_LETTERS)
        made[row.case_file_id] = tuple(each for each in found if each is not ignoring)
    return made


# Drafting is a room beside this one: its table is known by name alone, as in `traces`.
_DRAFT = table("draft", column("in_reply_to_id"), column("state"))


def _unfinished(session: Session, case_file_ids: Sequence[int]) -> set[int]:
    """Those with a letter that is not filed, is on control or is being answered, or one linked with an open letter."""
    if not case_file_ids:
        return set()
    other = aliased(Document)
    linked = exists().where(
        or_(
            and_(DocumentLink.document_id == Document.document_id, DocumentLink.other_id == other.document_id),
            and_(DocumentLink.other_id == Document.document_id, DocumentLink.document_id == other.document_id),
        ),
        other.state.in_(OPEN_STATES),
    )
    answered = exists().where(
        _DRAFT.c.in_reply_to_id == Document.document_id, _DRAFT.c.state.not_in(("signed", "withdrawn"))
    )
    over = (DocumentState.FILED, DocumentState.DESTROYED)
    found = (
        select(CaseFileEntry.case_file_id)
        .join(Document, Document.document_id == CaseFileEntry.document_id)
        .where(
            CaseFileEntry.case_file_id.in_(case_file_ids),
            or_(Document.state.not_in(over), Document.on_control, linked, answered),
        )
        .distinct()
    )
    return set(session.scalars(found))


def measured(session: Session, case_file_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Letters and sheets of each case file."""
    found = (
        select(CaseFileEntry.case_file_id, func.count(), func.sum(CaseFileEntry.sheets))
        .where(CaseFileEntry.case_file_id.in_(case_file_ids))
        .group_by(CaseFileEntry.case_file_id)
    )
    counted = {case_file: (letters, int(sheets or 0)) for case_file, letters, sheets in session.execute(found)}
    return {each: counted.get(each, (0, 0)) for each in case_file_ids}
