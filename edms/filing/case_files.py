"""Case files: opened on first use, letters in the order in which they were filed, closed at the year's end.

A volume holds at most 250 sheets (D414 art. 50); the next one opens by itself. Refuses a letter whose answer is still
awaited, one under control, one in a case file already, and anything in a closed case.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.db.locking import lock
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.filing.models import CaseFile, CaseFileEntry, CaseFileState, CaseIndex
from edms.registry import lifecycle
from edms.registry.models import Document
from edms.registry.words import DocumentState, RegisterKind
from edms.staff.models import Organisation

SHEETS_PER_VOLUME = 250


def file_document(
    session: Session, actor: Actor, document: Document, *, case_index: str | None = None, year: int | None = None
) -> CaseFileEntry:
    """Put a letter into its case: the index given, else the one on its card, of `year` (by default the present one).

    Errors: Invalid for an index that the year's list does not have; RuleBroken when the answer is awaited, the letter
    is under control or filed, or the case is closed.
    """
    require(actor, Permission.DOCUMENT_FILE, document)
    lock(session, document)
    _require_finished(document)
    organisation = session.get_one(Organisation, document.organisation_id)
    today = clock.today(organisation.time_zone)
    index = case_index or document.case_index
    if not index:
        raise Invalid(fields={"case_index": "filing.index_missing"})
    volume = _volume(session, actor, document, index, year or today.year, today)
    lifecycle.step(document, DocumentState.FILED)
    entry = CaseFileEntry(
        case_file_id=volume.case_file_id,
        document_id=document.document_id,
        position=_next_position(session, volume),
        sheets=document.sheets + document.annex_sheets,
        filed_at=clock.now(),
        filed_by_id=actor.official_id,
    )
    session.add(entry)
    volume.sheets += entry.sheets
    document.case_index, document.case_file_id = index, volume.case_file_id
    session.flush()  # the place in the file is taken before the history says so
    record(
        session,
        actor,
        Event.DOCUMENT_FILED,
        Subject("document", document.document_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"index": index, "volume": volume.volume, "position": entry.position},
        facts={"number": document.number, "index": index, "volume": volume.volume, "position": entry.position},
    )
    return entry


def close(session: Session, actor: Actor, case_file: CaseFile) -> None:
    """Close one volume: it takes no more letters, and its retention begins. Errors: RuleBroken when it is closed."""
    require(actor, Permission.CASE_FILE_CLOSE, case_file)
    lock(session, case_file)
    if case_file.state is CaseFileState.CLOSED:
        raise RuleBroken("filing.case_closed", index=case_file.case_index.index)
    zone = session.get_one(Organisation, case_file.organisation_id).time_zone
    case_file.state, case_file.closed_on = CaseFileState.CLOSED, clock.today(zone)
    letters = session.scalar(
        select(func.count()).select_from(CaseFileEntry).where(CaseFileEntry.case_file_id == case_file.case_file_id)
    )
    facts = {
        "index": case_file.case_index.index,
        "year": case_file.case_index.year,
        "volume": case_file.volume,
        "letters": letters,
        "sheets": case_file.sheets,
        "closed_on": case_file.closed_on.isoformat(),
    }
    record(
        session,
        actor,
        Event.CASE_FILE_CLOSED,
        Subject("case_file", case_file.case_file_id),
        organisation_id=case_file.organisation_id,
        detail=facts,
        facts=facts,
    )


def close_year(session: Session, actor: Actor, organisation: Organisation, *, year: int) -> list[CaseFile]:
    """Close what is open of a past year, except cases that carry over. Errors: RuleBroken while the year runs."""
    require(actor, Permission.CASE_FILE_CLOSE, organisation)
    if year >= clock.today(organisation.time_zone).year:
        raise RuleBroken("filing.year_runs", year=year)
    found = session.scalars(
        select(CaseFile)
        .join(CaseIndex)
        .where(
            CaseFile.organisation_id == organisation.organisation_id,
            CaseFile.state == CaseFileState.OPEN,
            CaseIndex.year == year,
            CaseIndex.carry_over.is_(False),
        )
        .order_by(CaseIndex.index, CaseFile.volume)
    ).all()
    for case_file in found:
        close(session, actor, case_file)
    return list(found)


def case_file_of(session: Session, actor: Actor, case_file_id: int) -> CaseFile:
    """One case file of the actor's organisation. Errors: NotFound."""
    found = select(CaseFile).where(
        own_organisation(actor, CaseFile.organisation_id), CaseFile.case_file_id == case_file_id
    )
    case_file = session.scalar(found)
    if case_file is None:
        raise NotFound
    require(actor, Permission.FILE_PLAN_READ, case_file)
    return case_file


def case_files(
    session: Session, actor: Actor, *, year: int, after: tuple[str, int] | None = None, limit: int = 100
) -> list[CaseFile]:
    """The case files of a year of the actor's organisation by index and volume; `after` is the last line's."""
    require(actor, Permission.FILE_PLAN_READ)
    found = (
        select(CaseFile)
        .join(CaseIndex)
        .options(joinedload(CaseFile.case_index))
        .where(own_organisation(actor, CaseFile.organisation_id), CaseIndex.year == year)
    )
    if after is not None:
        index, volume = after
        found = found.where((CaseIndex.index > index) | ((CaseIndex.index == index) & (CaseFile.volume > volume)))
    return list(session.scalars(found.order_by(CaseIndex.index, CaseFile.volume).limit(limit)))


def _require_finished(document: Document) -> None:
    if document.state is DocumentState.FILED:
        raise RuleBroken("filing.filed_already", number=document.number)
    if document.state in (DocumentState.SUBMITTED, DocumentState.IN_EXECUTION):
        raise RuleBroken("filing.answer_pending", number=document.number)
    if document.on_control:
        raise RuleBroken("filing.on_control", number=document.number)
    if document.kind is RegisterKind.OUTGOING and document.state is DocumentState.SIGNED:
        raise RuleBroken("filing.not_sent", number=document.number)


def _volume(session: Session, actor: Actor, document: Document, index: str, year: int, today: date) -> CaseFile:
    """The volume that takes the letter; opened when there is none, or the last one is full."""
    line = _line(session, document.organisation_id, index, year)
    volumes = list(
        session.scalars(
            select(CaseFile)
            .where(CaseFile.case_index_id == line.case_index_id)
            .order_by(CaseFile.volume.desc())
            .with_for_update(of=CaseFile)  # nobody closes it meanwhile
            .execution_options(populate_existing=True)
        )
    )
    last = volumes[0] if volumes else None
    if last is not None and last.state is CaseFileState.CLOSED:
        raise RuleBroken("filing.case_closed", index=index)
    sheets = document.sheets + document.annex_sheets
    if last is not None and (not last.sheets or last.sheets + sheets <= SHEETS_PER_VOLUME):
        return last
    return _open(session, actor, line, volume=last.volume + 1 if last is not None else 1, on=today)


def _line(session: Session, organisation_id: int, index: str, year: int) -> CaseIndex:
    """The line of the list, locked so that two letters do not open the same volume. A case that carries over keeps the
    line under which it was opened (D414 art. 48)."""
    found = (
        select(CaseIndex)
        .where(
            CaseIndex.organisation_id == organisation_id,
            CaseIndex.index == index,
            CaseIndex.year <= year,
            CaseIndex.withdrawn_at.is_(None),
        )
        .order_by(CaseIndex.year.desc())
        .with_for_update()
    )
    lines = session.scalars(found).all()
    present = next((line for line in lines if line.year == year), None)
    if present is None:
        raise Invalid("filing.index_unknown", fields={"case_index": "filing.index_unknown"}, index=index, year=year)
    if present.carry_over:
        for line in lines[1:]:
            still_open = select(CaseFile.case_file_id).where(
                CaseFile.case_index_id == line.case_index_id, CaseFile.state == CaseFileState.OPEN
            )
            if line.carry_over and session.scalar(still_open.limit(1)) is not None:
                return line
    return present


def _open(session: Session, actor: Actor, line: CaseIndex, *, volume: int, on: date) -> CaseFile:
    case_file = CaseFile(
        organisation_id=line.organisation_id,
        case_index_id=line.case_index_id,
        volume=volume,
        state=CaseFileState.OPEN,
        opened_on=on,
        sheets=0,
    )
    session.add(case_file)
    session.flush()  # the entry carries its id
    record(
        session,
        actor,
        Event.CASE_FILE_OPENED,
        Subject("case_file", case_file.case_file_id),
        organisation_id=line.organisation_id,
        detail={"index": line.index, "year": line.year, "volume": volume},
    )
    return case_file


def _next_position(session: Session, volume: CaseFile) -> int:
    last = session.scalar(
        select(func.max(CaseFileEntry.position)).where(CaseFileEntry.case_file_id == volume.case_file_id)
    )
    return (last or 0) + 1
