"""The prints that lie in a case beside its letter: what other registers and other bodies answered on paper or as a file."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.errors import NotFound
from edms.registry.models import Content
from edms.services.models import Case, CaseBody, CaseQuery, CaseStep


def print_of(session: Session, case: Case, content_id: int) -> Content:
    """One of them; the caller may read the letter of the case. Errors: NotFound for any other content."""
    asked = select(CaseQuery.content_id).where(CaseQuery.case_id == case.case_id)
    told = (
        select(CaseBody.content_id)
        .join(CaseStep, CaseStep.case_step_id == CaseBody.case_step_id)
        .where(CaseStep.case_id == case.case_id)
    )
    found = select(Content).where(
        Content.content_id == content_id, Content.content_id.in_(asked) | Content.content_id.in_(told)
    )
    content = session.scalar(found)
    if content is None:
        raise NotFound
    return content
