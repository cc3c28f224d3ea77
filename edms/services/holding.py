"""The lock that puts the acts on one case in a row, and the history line of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from edms.access.actor import Actor
from edms.errors import Conflict
from edms.events import Event, Subject, record
from edms.registry.models import Document
from edms.routing import matter
from edms.services import texts
from edms.services.definition import Route
from edms.services.models import Case


def hold(session: Session, case: Case) -> tuple[Document, Route]:
    """Lock the case by its letter, and read it and its steps afresh; its letter and its route."""
    document = matter.hold(session, case.document_id)
    afresh = select(Case).where(Case.case_id == case.case_id).options(selectinload(Case.steps))
    session.scalars(afresh, execution_options={"populate_existing": True}).one()
    return document, texts.route_of(session, case)


def note(
    session: Session, actor: Actor, event: Event, case: Case, document: Document, detail: Mapping[str, Any],
    *, facts: Mapping[str, Any] | None = None, subject: Subject | None = None,
) -> None:  # fmt: skip
    """Write that something happened in the case."""
    record(
        session,
        actor,
        event,
        subject or Subject("case", case.case_id, document_id=document.document_id),
        organisation_id=case.organisation_id,
        detail=detail,
        facts={"number": document.number, "route": case.route.route_key, **facts} if facts is not None else None,
    )


def require_version(row: Any, version: int) -> None:
    """Refuse what is based on a state that has passed. Errors: Conflict."""
    if row.version != version:
        raise Conflict("error.stale")
