"""Which documents and drafts are followed by something upstairs: `FOLLOW_UPS` posts certain jobs for these alone."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms.events.models import Followed
from edms.jobs import Kind

DOCUMENT, DRAFT = "document", "draft"
ONLY_OF: Mapping[Kind, str] = {Kind.FOLLOW_CASE: DOCUMENT, Kind.FOLLOW_DRAFT: DRAFT}
"""The jobs that are posted only for what is followed, each with what its subject is."""


def follow(session: Session, subject_kind: str, subject_id: int) -> None:
    """Have such jobs posted for it from now on. Done again it changes nothing."""
    row = insert(Followed).values(subject_kind=subject_kind, subject_id=subject_id)
    session.execute(row.on_conflict_do_nothing())


def pass_on(session: Session, draft_id: int, document_id: int) -> None:
    """The draft has become this document: whoever followed the one follows the other."""
    of_draft = Followed.subject_kind == DRAFT, Followed.subject_id == draft_id
    found = select(literal(DOCUMENT), literal(document_id)).where(select(Followed.subject_id).where(*of_draft).exists())
    row = insert(Followed).from_select(["subject_kind", "subject_id"], found)
    session.execute(row.on_conflict_do_nothing())
