"""Handing case files over to the archive: an inventory is drawn up, its packages made, handed over, and the archive's
receipt entered. Only then is a case file TRANSFERRED; a refusal, or calling it off, gives it back to those kept here.

A case file is in one transfer or act of destruction at a time: its row in `CaseKeeping` is locked and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.archive import coming
from edms.archive.models import LineState, Transfer, TransferLine, TransferState
from edms.db.locking import lock
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.filing.models import CaseFile, CaseFileEntry
from edms.jobs import Kind, defer
from edms.registry.card import clean
from edms.registry.models import Content
from edms.retention.models import CaseKeeping, KeepingState
from edms.staff.models import Organisation

MOST = 500
"""Case files in one inventory."""


def draw_up(session: Session, actor: Actor, case_file_ids: Collection[int], *, archive: str) -> Transfer:
    """Draw up an inventory of these case files for an archive; machines make their packages.

    Errors: Invalid without an archive or case files; RuleBroken for one that is not due, or is in another transfer or act.
    """
    require(actor, Permission.ARCHIVE_TRANSFER)
    if not (archive := clean(archive) or ""):
        raise Invalid(fields={"archive": "archive.whose_missing"})
    if not case_file_ids or len(case_file_ids) > MOST:
        raise Invalid(fields={"marked": "archive.none_marked" if not case_file_ids else "archive.too_many_marked"})
    office = session.get_one(Organisation, actor.organisation_id, with_for_update={"key_share": True})
    chosen = _taken(session, actor, case_file_ids, clock.today(office.time_zone))
    year = clock.today(office.time_zone).year
    transfer = Transfer(
        organisation_id=office.organisation_id, year=year, ordinal=_next(session, office, year), archive=archive,
        state=TransferState.PACKING, drawn_up_at=clock.now(), drawn_up_by_id=actor.official_id,
    )  # fmt: skip
    session.add(transfer)
    session.flush()  # its lines carry its id
    letters = _letters(session, [keeping.case_file_id for keeping in chosen])
    for position, keeping in enumerate(chosen, start=1):
        keeping.state = KeepingState.IN_TRANSFER
        session.add(
            TransferLine(
                transfer_id=transfer.transfer_id, case_file_id=keeping.case_file_id, position=position,
                state=LineState.WAITING, letters=letters.get(keeping.case_file_id, 0),
            )
        )  # fmt: skip
    session.flush()  # the jobs carry their ids
    session.refresh(transfer, ["lines"])
    for line in transfer.lines:
        _pack(session, transfer, line)
    _record(session, actor, Event.TRANSFER_DRAWN_UP, transfer)
    return transfer


def hand_over(session: Session, actor: Actor, transfer: Transfer) -> None:
    """Say that the archive has the packages; the settings' folder gets them by a job. Errors: RuleBroken."""
    _begin(session, actor, transfer, TransferState.READY)
    transfer.state, transfer.handed_over_at = TransferState.HANDED_OVER, clock.now()
    _record(session, actor, Event.TRANSFER_HANDED_OVER, transfer)


def keep_scan(session: Session, actor: Actor, transfer: Transfer, scan: Content) -> None:
    """Keep the scan of the archive's answer beside it, while it looks or after it has accepted; once.

    Errors: RuleBroken before it was handed over, and where there is one.
    """
    _begin(session, actor, transfer, TransferState.HANDED_OVER, TransferState.ACCEPTED)
    if transfer.receipt_content_id is not None:
        raise RuleBroken("archive.scan_is_there", number=transfer.number)
    transfer.receipt_content_id = scan.content_id
    _record(session, actor, Event.TRANSFER_ANSWER_SCANNED, transfer, scan=scan.sha256.hex())


def accept(
    session: Session, actor: Actor, transfer: Transfer, *, receipt: str, day: date | None, scan: Content | None = None
) -> None:
    """Enter the archive's receipt: from now on the case files are the archive's, and retention may leave stubs here.

    Errors: Invalid without number or day, or a day to come or before it was handed over; RuleBroken unless handed over.
    """
    _begin(session, actor, transfer, TransferState.HANDED_OVER)
    receipt, zone = clean(receipt) or "", actor.time_zone
    wrong = {} if receipt else {"receipt": "archive.receipt_missing"}
    if day is None:
        wrong["day"] = "field.missing"
    elif day > clock.today(zone):
        wrong["day"] = "registry.date_in_future"
    elif transfer.handed_over_at is not None and day < clock.day_of(transfer.handed_over_at, zone):
        wrong["day"] = "archive.receipt_before"
    if wrong:
        raise Invalid(fields=wrong)
    transfer.receipt_number, transfer.receipt_on = receipt, day
    if scan is not None:
        transfer.receipt_content_id = scan.content_id
    _end(session, actor, transfer, TransferState.ACCEPTED, KeepingState.TRANSFERRED)
    _record(session, actor, Event.TRANSFER_ACCEPTED, transfer, receipt=receipt, on=day)


def refuse(session: Session, actor: Actor, transfer: Transfer, *, reason: str, for_good: bool = False) -> None:
    """The archive did not take it: its case files are kept here again. `for_good`: it will never take them, so that
    those which are not kept for ever may be appraised for destruction once their period is over.

    Errors: Invalid without a reason, RuleBroken.
    """
    _begin(session, actor, transfer, TransferState.HANDED_OVER)
    transfer.reason = _reason(reason)
    for row in _end(session, actor, transfer, TransferState.REFUSED, KeepingState.KEPT):
        row.archive_declined = row.archive_declined or (for_good and not row.permanent)
    _record(session, actor, Event.TRANSFER_REFUSED, transfer, reason=transfer.reason, for_good=for_good)


def call_off(session: Session, actor: Actor, transfer: Transfer, *, reason: str) -> None:
    """Give it up before it was handed over. Errors: Invalid without a reason, RuleBroken."""
    _begin(session, actor, transfer, TransferState.PACKING, TransferState.READY)
    transfer.reason = _reason(reason)
    _end(session, actor, transfer, TransferState.CALLED_OFF, KeepingState.KEPT)
    _record(session, actor, Event.TRANSFER_CALLED_OFF, transfer, reason=transfer.reason)


def pack_again(session: Session, actor: Actor, transfer: Transfer) -> int:
    """Have the packages made that could not be; how many. Errors: RuleBroken unless it is being packed."""
    _begin(session, actor, transfer, TransferState.PACKING)
    failed = [line for line in transfer.lines if line.state is LineState.FAILED]
    for line in failed:
        line.state, line.trouble, line.trouble_values = LineState.WAITING, None, {}
        _pack(session, transfer, line)
    return len(failed)


def transfer_of(session: Session, actor: Actor, transfer_id: int) -> Transfer:
    """One transfer of the actor's organisation. Errors: NotFound, Forbidden."""
    found = select(Transfer).where(
        Transfer.transfer_id == transfer_id, own_organisation(actor, Transfer.organisation_id)
    )
    transfer = session.scalar(found)
    if transfer is None:
        raise NotFound
    require(actor, Permission.ARCHIVE_READ, transfer)
    return transfer


def transfers(session: Session, actor: Actor, *, before: int | None = None, limit: int = 50) -> list[Transfer]:
    """The transfers of the actor's organisation, the newest first; `before` is the last line's id. Errors: Forbidden."""
    require(actor, Permission.ARCHIVE_READ)
    found = select(Transfer).where(own_organisation(actor, Transfer.organisation_id))
    if before is not None:
        found = found.where(Transfer.transfer_id < before)
    return list(session.scalars(found.order_by(Transfer.transfer_id.desc()).limit(limit)))


def some_end(session: Session, transfer: Transfer) -> bool:
    """Is one of its case files not kept for ever?"""
    found = (
        select(CaseKeeping.case_file_id)
        .join(TransferLine, TransferLine.case_file_id == CaseKeeping.case_file_id)
        .where(TransferLine.transfer_id == transfer.transfer_id, CaseKeeping.permanent.is_(False))
    )
    return session.scalar(found.limit(1)) is not None


def lines_of(session: Session, transfer: Transfer) -> Sequence[TransferLine]:
    """Its case files in their order, with their indexes and packages."""
    found = select(TransferLine).where(TransferLine.transfer_id == transfer.transfer_id)
    found = found.options(
        joinedload(TransferLine.case_file).joinedload(CaseFile.case_index), joinedload(TransferLine.content)
    )
    return session.scalars(found.order_by(TransferLine.position)).all()


def _taken(session: Session, actor: Actor, case_file_ids: Collection[int], on: date) -> list[CaseKeeping]:
    """The rows, locked in the order of the inventory. Errors: NotFound, RuleBroken."""
    own = select(CaseKeeping).where(
        CaseKeeping.case_file_id.in_(set(case_file_ids)), own_organisation(actor, CaseKeeping.organisation_id)
    )
    locked = own.order_by(CaseKeeping.case_file_id).with_for_update().execution_options(populate_existing=True)
    held = {keeping.case_file_id: keeping for keeping in session.scalars(locked)}
    if set(case_file_ids) - held.keys():
        raise NotFound
    chosen = list(session.scalars(coming.select_due(on).where(CaseKeeping.case_file_id.in_(held))))
    if left := held.keys() - {keeping.case_file_id for keeping in chosen}:
        index = session.get_one(CaseFile, min(left)).case_index.index
        raise RuleBroken("archive.not_due", index=index, fields={"marked": "archive.not_due"})
    return sorted(chosen, key=_place)


def _place(keeping: CaseKeeping) -> tuple[int, str, int]:
    case_file = keeping.case_file
    return case_file.case_index.year, case_file.case_index.index, case_file.volume


def _next(session: Session, office: Organisation, year: int) -> int:
    last = select(func.max(Transfer.ordinal)).where(
        Transfer.organisation_id == office.organisation_id, Transfer.year == year
    )
    return (session.scalar(last) or 0) + 1


def _letters(session: Session, case_file_ids: Sequence[int]) -> dict[int, int]:
    counted = select(CaseFileEntry.case_file_id, func.count()).where(CaseFileEntry.case_file_id.in_(case_file_ids))
    return {row[0]: row[1] for row in session.execute(counted.group_by(CaseFileEntry.case_file_id))}


def _pack(session: Session, transfer: Transfer, line: TransferLine) -> None:
    defer(session, Kind.MAKE_PACKAGE, line.transfer_line_id, organisation_id=transfer.organisation_id)


def _begin(session: Session, actor: Actor, transfer: Transfer, *states: TransferState) -> None:
    require(actor, Permission.ARCHIVE_TRANSFER, transfer)
    lock(session, transfer)
    if transfer.state not in states:
        raise RuleBroken(f"archive.is_{transfer.state.value}", number=transfer.number)


def _end(
    session: Session, actor: Actor, transfer: Transfer, state: TransferState, keeping: KeepingState
) -> list[CaseKeeping]:
    """End the transfer, and let its case files go where they belong now. Its packages are let go: what was in them is
    erased here by retention alone, and must not stay in a copy."""
    transfer.state, transfer.ended_at, transfer.ended_by_id = state, clock.now(), actor.official_id
    held = select(CaseKeeping).where(
        CaseKeeping.case_file_id.in_([line.case_file_id for line in transfer.lines]),
        CaseKeeping.state == KeepingState.IN_TRANSFER,
    )
    locked = held.order_by(CaseKeeping.case_file_id).with_for_update().execution_options(populate_existing=True)
    rows = list(session.scalars(locked))
    for row in rows:
        row.state = keeping
    gone = [line.content_id for line in transfer.lines if line.content_id is not None]
    for line in transfer.lines:
        line.content_id = None
    session.flush()  # before the rows that they point at go; the bytes go with the next sweeps of the store
    session.execute(delete(Content).where(Content.content_id.in_(gone)))
    return rows


def _reason(reason: str) -> str:
    if not (told := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    return told


def _record(session: Session, actor: Actor, event: Event, transfer: Transfer, **facts: object) -> None:
    """Into the history and the ledger, with what was in it by its hash where that is known."""
    lines = [
        {"case_file": line.case_file_id, "sha256": line.sha256.hex() if line.sha256 is not None else None}
        for line in transfer.lines
    ]
    told = {"number": transfer.number, "archive": transfer.archive, **facts}
    detail = {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}
    record(
        session, actor, event, Subject("transfer", transfer.transfer_id), organisation_id=transfer.organisation_id,
        detail=detail, facts={**told, "case_files": lines},
    )  # fmt: skip
