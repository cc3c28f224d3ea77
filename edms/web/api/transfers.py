"""Transfers to the archive: what is due, inventories with their packages, the archive's answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar
from urllib.parse import unquote

from flask import request
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.archive import coming, packages, transfers
from edms.archive.models import LineState, Transfer, TransferLine, TransferState
from edms.registry import contents
from edms.registry.models import Content
from edms.retention.models import CaseKeeping
from edms.web.api.layer import Match, change, create, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Line, Page, Paged, Reason, Shown, Thing
from edms.web.desk import pictures
from edms.web.kit import language, t
from edms.web.kit.house import house


class DueShown(Shown):
    """A case file that the archive may take now."""

    case_file_id: int
    index: str
    title: str
    year: int
    volume: int
    sheets: int
    transfer_from: date | None


class TransferShown(Thing):
    """An inventory of case files, and where it stands. `text` says who acts next."""

    PLACE: ClassVar[str] = "/transfers/{transfer_id}"
    transfer_id: int
    number: str
    archive: str
    state: TransferState
    text: str
    drawn_up_at: datetime
    handed_over_at: datetime | None
    laid_out_at: datetime | None
    receipt_number: str | None
    receipt_on: date | None
    ended_at: datetime | None
    reason: str | None
    scan_sha256: str | None


class TransferLineShown(Shown):
    """A case file in a transfer. `name`, `size` and `sha256` are those of its package, once that is made."""

    transfer_line_id: int
    case_file_id: int
    position: int
    index: str
    volume: int
    letters: int
    state: LineState
    trouble: str | None
    name: str | None
    size: int | None
    sha256: str | None


class Drawn(Asked):
    """Which case files, and to which archive."""

    archive: Annotated[Line, Field(max_length=300)]
    case_file_ids: Annotated[list[Id], Field(min_length=1, max_length=transfers.MOST)]


class Refused(Reason):
    """Why not. `for_good`: it will never take them, so that those not kept for ever may be appraised for destruction."""

    for_good: bool = False


class Received(Asked):
    """The archive's receipt."""

    receipt: Annotated[Line, Field(max_length=100)]
    day: IsoDay


@read("/transfers/due")
def due(session: Session, who: Actor, query: Paged) -> Page[DueShown]:
    """Closed case files whose day for the archive has come, the oldest first."""
    after = place(query, int, str, int, int)
    rows = coming.due(session, who, on=clock.today(who.time_zone), after=after, limit=query.limit + 1)
    return page(rows, query, _due, _where)


@read("/transfers")
def index(session: Session, who: Actor, query: Paged) -> Page[TransferShown]:
    """The transfers of one's organisation, the newest first."""
    before = place(query, int)
    rows = transfers.transfers(session, who, before=before[0] if before else None, limit=query.limit + 1)
    return page(rows, query, lambda row: _shown(session, row), lambda row: (row.transfer_id,))


@create("/transfers")
def draw_up(session: Session, who: Actor, body: Drawn) -> TransferShown:
    """Draw up an inventory; machines make the packages (archivists)."""
    made = transfers.draw_up(session, who, body.case_file_ids, archive=body.archive)
    return _shown(session, made)


@read("/transfers/{transfer_id}")
def show(session: Session, who: Actor, transfer_id: int) -> TransferShown:
    """One transfer."""
    return _shown(session, transfers.transfer_of(session, who, transfer_id))


@read("/transfers/{transfer_id}/case-files")
def case_files(session: Session, who: Actor, transfer_id: int) -> Page[TransferLineShown]:
    """Its case files in their order, with their packages."""
    found = transfers.transfer_of(session, who, transfer_id)
    return Page(items=[_line(line) for line in transfers.lines_of(session, found)])


@read("/transfers/{transfer_id}/case-files/{transfer_line_id}/package", media="application/octet-stream", fails=(409,))
def package(session: Session, who: Actor, transfer_id: int, transfer_line_id: int) -> Response:
    """The package of a case file, a ZIP, for those who may read every letter in it; 409 for others."""
    found = transfers.transfer_of(session, who, transfer_id)
    return pictures.download(house().store, packages.package_of(session, who, found, transfer_line_id))


@change("/transfers/{transfer_id}/hand-over")
def hand_over(session: Session, who: Actor, transfer_id: int, match: Match) -> TransferShown:
    """Say that the archive has the packages (archivists)."""
    found = _matched(session, who, transfer_id, match)
    transfers.hand_over(session, who, found)
    return _shown(session, found)


@change("/transfers/{transfer_id}/accept")
def accept(session: Session, who: Actor, transfer_id: int, body: Received, match: Match) -> TransferShown:
    """Enter the archive's receipt: the case files are the archive's (archivists)."""
    found = _matched(session, who, transfer_id, match)
    transfers.accept(session, who, found, receipt=body.receipt, day=body.day)
    return _shown(session, found)


@read("/transfers/{transfer_id}/receipt-scan", media="application/octet-stream")
def receipt_scan(session: Session, who: Actor, transfer_id: int) -> Response:
    """The scan of the archive's answer."""
    found = transfers.transfer_of(session, who, transfer_id)
    return pictures.download(house().store, packages.receipt_of(session, who, found))


@change(
    "/transfers/{transfer_id}/receipt-scan", "PUT", takes_bytes=True,
    headers={"X-File-Name": "The name, percent-encoded UTF-8."},
)  # fmt: skip
def keep_scan(who: Actor, transfer_id: int, match: Match) -> TransferShown:
    """Keep the scan of the archive's answer, once, while it looks or after it has accepted (archivists). The body is the
    file itself."""
    with house().transaction() as session:
        found = _matched(session, who, transfer_id, match)  # before a byte is stored, not after
        require(who, Permission.ARCHIVE_TRANSFER, found)
    request.max_content_length = limit = house().settings.upload_limit_bytes
    stored = house().store.put(request.stream, limit=limit)
    name = unquote(request.headers.get("X-File-Name", "")) or "-"
    with house().transaction() as session:
        found = _matched(session, who, transfer_id, match)
        scan = contents.enter(session, who, organisation_id=found.organisation_id, stored=stored, name=name)
        transfers.keep_scan(session, who, found, scan)
        return _shown(session, found)


@change("/transfers/{transfer_id}/refuse")
def refuse(session: Session, who: Actor, transfer_id: int, body: Refused, match: Match) -> TransferShown:
    """The archive did not take it: the case files are kept here again (archivists)."""
    found = _matched(session, who, transfer_id, match)
    transfers.refuse(session, who, found, reason=body.reason, for_good=body.for_good)
    return _shown(session, found)


@change("/transfers/{transfer_id}/call-off")
def call_off(session: Session, who: Actor, transfer_id: int, body: Reason, match: Match) -> TransferShown:
    """Give it up before it was handed over (archivists)."""
    found = _matched(session, who, transfer_id, match)
    transfers.call_off(session, who, found, reason=body.reason)
    return _shown(session, found)


@change("/transfers/{transfer_id}/pack-again")
def pack_again(session: Session, who: Actor, transfer_id: int, match: Match) -> TransferShown:
    """Have the packages made that could not be (archivists)."""
    found = _matched(session, who, transfer_id, match)
    transfers.pack_again(session, who, found)
    return _shown(session, found)


def _matched(session: Session, who: Actor, transfer_id: int, match: Match) -> Transfer:
    found = transfers.transfer_of(session, who, transfer_id)
    match.check(session, found)
    return found


def _shown(session: Session, transfer: Transfer) -> TransferShown:
    session.flush()
    session.refresh(transfer)
    scan = session.get(Content, transfer.receipt_content_id) if transfer.receipt_content_id is not None else None
    return TransferShown.of(transfer, text=_text(transfer), scan_sha256=scan.sha256.hex() if scan is not None else None)


def _text(transfer: Transfer) -> str:
    return t(f"archive.next.{transfer.state.value}")


def _due(row: CaseKeeping) -> DueShown:
    case_file, index = row.case_file, row.case_file.case_index
    return DueShown(
        case_file_id=row.case_file_id, index=index.index, title=index.title(language()), year=index.year,
        volume=case_file.volume, sheets=case_file.sheets, transfer_from=row.transfer_from,
    )  # fmt: skip


def _where(row: CaseKeeping) -> tuple[int, str, int, int]:
    index = row.case_file.case_index
    return index.year, index.index, row.case_file.volume, row.case_file_id


def _line(line: TransferLine) -> TransferLineShown:
    return TransferLineShown(
        transfer_line_id=line.transfer_line_id, case_file_id=line.case_file_id, position=line.position,
        index=line.case_file.case_index.index, volume=line.case_file.volume, letters=line.letters, state=line.state,
        trouble=t(line.trouble, **line.trouble_values) if line.trouble else None,
        name=line.name, size=line.size, sha256=line.sha256.hex() if line.sha256 is not None else None,
    )  # fmt: skip
