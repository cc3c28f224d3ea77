"""Holds: destruction is stopped for a letter, a case file or a case index, until it is lifted. They stand above dates.

A hold is placed under lock of what it is on, and erasing takes the same locks before it looks: whoever comes first is
the one who acts, and nothing held is destroyed. It is lifted by somebody else than the one who placed it, or ends
with its last day; it is never deleted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.db.locking import lock
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.filing.models import CaseFile, CaseFileEntry, CaseIndex
from edms.registry.card import clean
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.retention.models import CaseKeeping, Hold, KeepingState
from edms.staff.models import Organisation

LONGEST = 500
Held = Document | CaseFile | CaseIndex


def place(session: Session, actor: Actor, thing: Held, *, reason: str, ground: str, until: date | None = None) -> Hold:
    """Stop destruction of a thing. `ground` is the paper that asks for it, `until` the last day, if there is one.

    Errors: Invalid (fields); RuleBroken for what is destroyed or was handed over.
    """
    require(actor, Permission.HOLD_PLACE, thing)
    reason, ground = clean(reason) or "", clean(ground) or ""
    wrong = {}
    for name, text in (("reason", reason), ("ground", ground)):
        if not text:
            wrong[name] = f"retention.hold_{name}_missing"
        elif len(text) > LONGEST:
            wrong[name] = "field.too_long"
    if until is not None and until <= clock.today(actor.time_zone):
        wrong["until"] = "retention.day_is_past"
    if wrong:
        raise Invalid(fields=wrong)
    lock(session, thing)
    _require_there(session, thing)
    hold = Hold(
        organisation_id=thing.organisation_id,
        document_id=thing.document_id if isinstance(thing, Document) else None,
        case_file_id=thing.case_file_id if isinstance(thing, CaseFile) else None,
        case_index_id=thing.case_index_id if isinstance(thing, CaseIndex) else None,
        reason=reason,
        ground=ground,
        until=until,
        placed_at=clock.now(),
        placed_by_id=actor.official_id,
    )
    session.add(hold)
    session.flush()  # the history carries its id
    _record(session, actor, Event.HOLD_PLACED, hold)
    return hold


def lift(session: Session, actor: Actor, hold: Hold, *, reason: str) -> None:
    """Lift a hold, with the reason. Errors: RuleBroken for the one who placed it, and for a lifted one; Invalid."""
    require(actor, Permission.HOLD_LIFT, hold)
    lock(session, hold)
    if hold.lifted_at is not None:
        raise RuleBroken("retention.hold_lifted")
    if hold.placed_by_id is not None and hold.placed_by_id in actor.people:
        raise RuleBroken("retention.hold_by_another")
    if not (reason := clean(reason) or "") or len(reason) > LONGEST:
        raise Invalid(fields={"reason": "field.too_long" if reason else "registry.reason_missing"})
    _end(session, actor, hold, reason)


def end_past(session: Session) -> int:
    """End the holds whose last day is over in their organisation; how many."""
    found = (
        select(Hold, Organisation.time_zone)
        .join(Organisation, Organisation.organisation_id == Hold.organisation_id)
        .where(Hold.lifted_at.is_(None), Hold.until.is_not(None))
        .with_for_update(of=Hold, skip_locked=True)
    )
    past = [hold for hold, zone in session.execute(found) if hold.until and hold.until < clock.today(zone)]
    for hold in past:
        _end(session, Actor.system(hold.organisation_id), hold, None)
    return len(past)


def hold_of(session: Session, actor: Actor, hold_id: int) -> Hold:
    """One hold of the actor's organisation; on a letter only for those who may read it. Errors: NotFound."""
    hold = session.scalar(select(Hold).where(own_organisation(actor, Hold.organisation_id), Hold.hold_id == hold_id))
    if hold is None or (hold.document_id is not None and _letter(session, actor, hold.document_id) is None):
        raise NotFound
    require(actor, Permission.FILE_PLAN_READ, hold)
    return hold


def on_document(session: Session, document: Document) -> list[Hold]:
    """The holds that stand for a letter: its own, those of its case file and its case index."""
    return _standing(session, [document.document_id], _cases(document))


def over_case_file(session: Session, case_file: CaseFile) -> list[Hold]:
    """The holds that stand for a case file: its own, its index's, and those of letters in it."""
    inside = select(CaseFileEntry.document_id).where(CaseFileEntry.case_file_id == case_file.case_file_id)
    return _standing(session, inside, [case_file.case_file_id])


def held_case_files(session: Session, case_file_ids: Collection[int]) -> set[int]:
    """Which of these case files a hold stands for."""
    if not case_file_ids:
        return set()
    own = select(Hold.case_file_id).where(Hold.lifted_at.is_(None), Hold.case_file_id.in_(case_file_ids))
    index = (
        select(CaseFile.case_file_id)
        .join(Hold, Hold.case_index_id == CaseFile.case_index_id)
        .where(Hold.lifted_at.is_(None), CaseFile.case_file_id.in_(case_file_ids))
    )
    inside = (
        select(CaseFileEntry.case_file_id)
        .join(Hold, Hold.document_id == CaseFileEntry.document_id)
        .where(Hold.lifted_at.is_(None), CaseFileEntry.case_file_id.in_(case_file_ids))
    )
    return set(session.scalars(own.union(index, inside)))


@dataclass(frozen=True)
class HeldThing:
    """A hold with what it is on: one of the three."""

    hold: Hold
    document: Document | None
    case_file: CaseFile | None
    case_index: CaseIndex | None


def holds(
    session: Session, actor: Actor, *, lifted: bool = False, before: int | None = None, limit: int = 50
) -> list[HeldThing]:
    """The organisation's holds, the newest first; lifted ones on request. Those on letters that the actor may not read
    are left out. `before` is the last one's id."""
    require(actor, Permission.KEEPING_READ)
    seen = or_(Hold.document_id.is_(None), visible(actor, Document.readers))
    found = (
        select(Hold, Document, CaseFile, CaseIndex)
        .join(Document, Document.document_id == Hold.document_id, isouter=True)
        .join(CaseFile, CaseFile.case_file_id == Hold.case_file_id, isouter=True)
        .join(CaseIndex, CaseIndex.case_index_id == Hold.case_index_id, isouter=True)
        .where(own_organisation(actor, Hold.organisation_id), seen)
        .order_by(Hold.hold_id.desc())
        .limit(limit)
    )
    if not lifted:
        found = found.where(Hold.lifted_at.is_(None))
    if before is not None:
        found = found.where(Hold.hold_id < before)
    return [HeldThing(*row) for row in session.execute(found)]


def _require_there(session: Session, thing: Held) -> None:
    if isinstance(thing, Document):
        if thing.state is DocumentState.DESTROYED:
            raise RuleBroken("retention.state_is.destroyed")
        case_file_id = thing.case_file_id
    else:
        case_file_id = thing.case_file_id if isinstance(thing, CaseFile) else None
    row = session.get(CaseKeeping, case_file_id, populate_existing=True) if case_file_id is not None else None
    if row is not None and row.state in (KeepingState.DESTROYED, KeepingState.TRANSFERRED):
        raise RuleBroken(f"retention.state_is.{row.state}")


def _standing(session: Session, documents: Collection[int] | Select[int], cases: list[int]) -> list[Hold]:
    indexes = select(CaseFile.case_index_id).where(CaseFile.case_file_id.in_(cases))
    found = select(Hold).where(
        Hold.lifted_at.is_(None),
        or_(Hold.document_id.in_(documents), Hold.case_file_id.in_(cases), Hold.case_index_id.in_(indexes)),
    )
    return list(session.scalars(found.order_by(Hold.hold_id)))


def _cases(document: Document) -> list[int]:
    return [document.case_file_id] if document.case_file_id is not None else []


def _letter(session: Session, actor: Actor, document_id: int) -> Document | None:
    return session.scalar(select(Document).where(Document.document_id == document_id, visible(actor, Document.readers)))


def _end(session: Session, actor: Actor, hold: Hold, reason: str | None) -> None:
    hold.lifted_at, hold.lifted_by_id, hold.lift_reason = clock.now(), actor.official_id, reason
    session.flush()
    _record(session, actor, Event.HOLD_LIFTED, hold)


def _record(session: Session, actor: Actor, event: Event, hold: Hold) -> None:
    facts = _facts(hold)
    record(
        session, actor, event, Subject("hold", hold.hold_id, document_id=hold.document_id),
        organisation_id=hold.organisation_id, detail=facts, facts=facts,
    )  # fmt: skip


def present(session: Session, hold_ids: Collection[int]) -> dict[int, dict[str, object]]:
    """The facts of holds as the rows have them now, for the ledger's comparison."""
    found = select(Hold).where(Hold.hold_id.in_(hold_ids)).execution_options(populate_existing=True)
    return {hold.hold_id: _facts(hold) for hold in session.scalars(found)}


def _facts(hold: Hold) -> dict[str, object]:
    return {
        "letter": hold.document_id,
        "case_file": hold.case_file_id,
        "case_index": hold.case_index_id,
        "reason": hold.reason,
        "ground": hold.ground,
        "until": hold.until.isoformat() if hold.until else None,
        "lifted": hold.lifted_at is not None,
        "lift_reason": hold.lift_reason,
    }
