"""The date on a closed case file: computed by its class and trigger when it is closed, kept, and never shortened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.filing.models import CaseFile, CaseFileEntry, CaseFileState, CaseIndex
from edms.registry.card import clean
from edms.retention.confirming import class_of
from edms.retention.keeping import KeepUntil, Message, explain, keep_until, longer
from edms.retention.models import CaseKeeping, KeepingState, ScheduleLine
from edms.retention.schedule import Trigger
from edms.staff.models import Organisation

# Periods that run from the year in which the case was finished: a letter is answered before it is filed.
WITH_CLOSING = (Trigger.CASE_CLOSED, Trigger.YEAR_END, Trigger.ANSWERED)
LONGEST = 500


@dataclass(frozen=True)
class Kept:
    """How long a case is kept; `why` says it in messages, the article last. None: its class is not in the list."""

    keep: KeepUntil | None
    why: tuple[Message, ...]


def kept(session: Session, case_file: CaseFile) -> Kept:
    """Until when the case is kept: as it was set when it was closed, else as its class would have it now."""
    office = session.get_one(Organisation, case_file.organisation_id)
    row = session.get(CaseKeeping, case_file.case_file_id)
    try:
        line = class_of(session, office, row.retention_class if row else case_file.case_index.retention_class)
        keep = KeepUntil.from_json(row.reason) if row is not None else _computed(session, case_file, office, None)
    except Invalid as unknown:
        return Kept(None, ((unknown.message, dict(unknown.values)),))
    return Kept(keep, tuple((message, dict(values)) for message, values in explain(line, keep)))


def set_due(session: Session, case_file_id: int) -> None:
    """Set the date of a case file that was closed. Doing it again changes nothing; a class that the list does not know
    leaves it without a date, which the due list says."""
    case_file = session.get(CaseFile, case_file_id, with_for_update={"of": CaseFile}, populate_existing=True)
    if case_file is None or case_file.state is not CaseFileState.CLOSED:
        return
    try:
        _write(session, Actor.system(case_file.organisation_id), case_file)
    except Invalid:
        return  # the class is in no list: entered by hand before there was one


def catch_up(session: Session, *, limit: int = 500) -> int:
    """Set the date of closed case files that have none, or whose index was given another class since; how many.

    A job may have been lost with its machine, and a wrong class is corrected in the year's list.
    """
    found = (
        select(CaseFile)
        .join(CaseIndex)
        .join(CaseKeeping, CaseKeeping.case_file_id == CaseFile.case_file_id, isouter=True)
        .where(
            CaseFile.state == CaseFileState.CLOSED,
            or_(
                CaseKeeping.case_file_id.is_(None),
                and_(CaseKeeping.state == KeepingState.KEPT, CaseKeeping.retention_class != CaseIndex.retention_class),
            ),
        )
        .order_by(CaseFile.case_file_id)
        .limit(limit)
        .with_for_update(of=CaseFile, skip_locked=True)
    )
    written = 0
    for case_file in session.scalars(found).all():
        try:
            _write(session, Actor.system(case_file.organisation_id), case_file)
            written += 1
        except Invalid:
            continue  # said in the due list
    return written


def reset_class(session: Session, schedule_line_id: int) -> int:
    """Compute anew the dates of the case files of a class that was lengthened; how many there are."""
    line = session.get_one(ScheduleLine, schedule_line_id)
    rows = session.scalars(
        select(CaseKeeping)
        .where(
            CaseKeeping.organisation_id == line.organisation_id,
            CaseKeeping.retention_class == line.name,
            CaseKeeping.state == KeepingState.KEPT,
        )
        .order_by(CaseKeeping.case_file_id)
        .with_for_update(of=CaseKeeping)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        _write(session, Actor.system(line.organisation_id), row.case_file, row)
    return len(rows)


def enter_trigger(session: Session, actor: Actor, case_file: CaseFile, *, on: date, proof: str) -> CaseKeeping:
    """Enter the day from which the period of a closed case is counted, with the paper that shows it.

    Errors: RuleBroken when its class counts from the closing, or it is under an act or gone; Invalid (fields).
    """
    require(actor, Permission.TRIGGER_ENTER, case_file)
    row = locked(session, case_file.case_file_id)
    office = session.get_one(Organisation, case_file.organisation_id)
    if class_of(session, office, row.retention_class).trigger in WITH_CLOSING:
        raise RuleBroken("retention.trigger_by_closing")
    _require_kept(row)
    proof = clean(proof) or ""
    wrong = {}
    if not proof:
        wrong["proof"] = "retention.proof_missing"
    elif len(proof) > LONGEST:
        wrong["proof"] = "field.too_long"
    if on > clock.today(office.time_zone):
        wrong["on"] = "registry.date_in_future"
    if wrong:
        raise Invalid(fields=wrong)
    row.triggered_on, row.trigger_proof = on, proof
    _write(session, actor, case_file, row)
    return row


def keep_longer(session: Session, actor: Actor, row: CaseKeeping, *, until: date, reason: str) -> None:
    """Keep a case longer than its class says; the caller asks who may. Errors: Invalid for an earlier day."""
    floor = max(filter(None, (row.until, clock.today(actor.time_zone))))
    if until <= floor:
        raise Invalid(fields={"until": "retention.longer_only"})
    values = {"until": until, "why": reason}
    now = replace(KeepUntil.from_json(row.reason), until=until, reason="retention.reason.longer", values=values)
    row.longer_reason = reason
    _set(session, actor, row, now)


def keeping_of(session: Session, actor: Actor, case_file_id: int) -> CaseKeeping:
    """How a case file of the actor's organisation is kept. Errors: NotFound, also while it is open."""
    found = select(CaseKeeping).where(
        own_organisation(actor, CaseKeeping.organisation_id), CaseKeeping.case_file_id == case_file_id
    )
    row = session.scalar(found)
    if row is None:
        raise NotFound
    require(actor, Permission.FILE_PLAN_READ, row)
    return row


def locked(session: Session, case_file_id: int) -> CaseKeeping:
    """The row under lock, read afresh. Errors: RuleBroken while the case file has no date yet."""
    session.flush()
    row = session.get(CaseKeeping, case_file_id, with_for_update={"of": CaseKeeping}, populate_existing=True)
    if row is None:
        raise RuleBroken("retention.not_closed")
    return row


def _require_kept(row: CaseKeeping) -> None:
    if row.state is not KeepingState.KEPT:
        raise RuleBroken(f"retention.state_is.{row.state}")


def _write(session: Session, actor: Actor, case_file: CaseFile, row: CaseKeeping | None = None) -> None:
    """Compute the case's date and set what is longer: that, or what stood."""
    office = session.get_one(Organisation, case_file.organisation_id)
    row = row or session.get(CaseKeeping, case_file.case_file_id)
    before = KeepUntil.from_json(row.reason) if row is not None else None
    computed = _computed(session, case_file, office, row)
    if row is None:
        row = CaseKeeping(
            case_file_id=case_file.case_file_id,
            organisation_id=case_file.organisation_id,
            state=KeepingState.KEPT,
        )
        session.add(row)
    row.retention_class = case_file.case_index.retention_class
    _set(session, actor, row, longer(before, computed))


def _set(session: Session, actor: Actor, row: CaseKeeping, kept: KeepUntil) -> None:
    if row.reason == kept.to_json():
        return
    row.reason, row.set_at = kept.to_json(), clock.now()
    row.until, row.permanent, row.action, row.transfer_from = (
        kept.until,
        kept.permanent,
        kept.action,
        kept.transfer_from,
    )
    session.flush()
    facts = _facts(row)
    record(
        session, actor, Event.KEEPING_SET, Subject("case_keeping", row.case_file_id),
        organisation_id=row.organisation_id, detail=facts, facts=facts,
    )  # fmt: skip


def present(session: Session, case_file_ids: Collection[int]) -> dict[int, dict[str, object]]:
    """The facts of dates as the rows have them now, for the ledger's comparison."""
    found = select(CaseKeeping).where(CaseKeeping.case_file_id.in_(case_file_ids))
    return {row.case_file_id: _facts(row) for row in session.scalars(found.execution_options(populate_existing=True))}


def _facts(row: CaseKeeping) -> dict[str, object]:
    return {
        "class": row.retention_class,
        "until": row.until.isoformat() if row.until else None,
        "permanent": row.permanent,
        "reason": row.reason["reason"],
        "proof": row.trigger_proof,
        "why": row.longer_reason,
    }


def _computed(session: Session, case_file: CaseFile, office: Organisation, row: CaseKeeping | None) -> KeepUntil:
    line = class_of(session, office, case_file.case_index.retention_class)
    if line.trigger in WITH_CLOSING:
        return keep_until(line, _finished_on(session, case_file, office))
    return keep_until(line, row.triggered_on if row is not None else None)


def _finished_on(session: Session, case_file: CaseFile, office: Organisation) -> date | None:
    """The end of the case's year, or the day of a letter that was filed later; None while the volume is open.

    The year's cases are closed after its end, by whoever comes to it: that lengthens no period. A case that carries over
    is finished when it is closed.
    """
    closed_on, index = case_file.closed_on, case_file.case_index
    if closed_on is None or index.carry_over:
        return closed_on
    last = select(func.max(CaseFileEntry.filed_at)).where(CaseFileEntry.case_file_id == case_file.case_file_id)
    filed_at = session.scalar(last)
    year_end = date(index.year, 12, 31)
    return min(closed_on, max(year_end, clock.day_of(filed_at, office.time_zone) if filed_at else year_end))
