"""A case file on the screen: its letters in order, and until when it is kept, with the reason and the article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import own_organisation, visible
from edms.errors import Invalid
from edms.filing.models import CaseFile, CaseFileEntry
from edms.overview.line import LetterLine, lines_of
from edms.registry.models import Document
from edms.retention import KeepUntil, Trigger, explain, keep_until, retention_class
from edms.staff.models import Organisation

Message = tuple[str, dict[str, object]]

# Periods that run from the year in which the case was finished: a letter is answered before it is filed.
WITH_CLOSING = (Trigger.CASE_CLOSED, Trigger.YEAR_END, Trigger.ANSWERED)


@dataclass(frozen=True)
class Kept:
    """How long a case is kept; `why` says it in messages, the article last. None: its class is not in the list."""

    keep: KeepUntil | None
    why: tuple[Message, ...]


def case_file_page(
    session: Session, actor: Actor, case_file: CaseFile, *, after: int = 0, limit: int = 50
) -> list[tuple[CaseFileEntry, LetterLine]]:
    """The letters of a volume that the actor may see, in the order of filing; `after` is the last line's position."""
    found = (
        select(CaseFileEntry, Document)
        .join(Document, Document.document_id == CaseFileEntry.document_id)
        .where(
            CaseFileEntry.case_file_id == case_file.case_file_id,
            own_organisation(actor, Document.organisation_id),
            visible(actor, Document.readers),
            CaseFileEntry.position > after,
        )
        .order_by(CaseFileEntry.position)
        .limit(limit)
    )
    rows = list(session.execute(found))
    lines = lines_of(session, [document for _, document in rows], clock.today(actor.time_zone))
    return [(entry, line) for (entry, _), line in zip(rows, lines, strict=True)]


def kept(session: Session, case_file: CaseFile) -> Kept:
    """Until when the case is kept under its class in the country's list.

    The period runs from the year in which the closed volume was finished. Other triggers (an end of validity, a
    dismissal) are entered when they come; until then the case waits for them and says so.
    """
    office = session.get_one(Organisation, case_file.organisation_id)
    name = case_file.case_index.retention_class
    try:
        line = retention_class(name, office.country)
        keep = keep_until(line, _finished_on(session, case_file, office) if line.trigger in WITH_CLOSING else None)
    except Invalid as unknown:
        return Kept(None, ((unknown.message, dict(unknown.values)),))
    return Kept(keep, tuple((message, dict(values)) for message, values in explain(line, keep)))


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
