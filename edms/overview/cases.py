"""A case file on the screen: its letters in order, and until when it is kept, with the reason and the article."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
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

# Periods that run from the year in which the volume was closed: a letter is answered before it is filed.
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

    The period runs from the closing of the volume. Other triggers (an end of validity, a dismissal) are entered when
    they come; until then the case waits for them and says so.
    """
    country = session.get_one(Organisation, case_file.organisation_id).country
    name = case_file.case_index.retention_class
    try:
        line = retention_class(name, country)
        keep = keep_until(line, case_file.closed_on if line.trigger in WITH_CLOSING else None)
    except Invalid as unknown:
        return Kept(None, ((unknown.message, dict(unknown.values)),))
    return Kept(keep, tuple((message, dict(values)) for message, values in explain(line, keep)))
