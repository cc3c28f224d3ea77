"""A case file on the screen: its letters in order."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import own_organisation, visible
from edms.filing.models import CaseFile, CaseFileEntry
from edms.overview.line import LetterLine, lines_of
from edms.registry.models import Document


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
