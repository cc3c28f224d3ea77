"""Parked jobs as an administrator or auditor sees them: those of her organisations, and those of the house itself.

What a job is about stands in rooms above the queue; here its subject becomes a letter, whose number is told only to
those who may see that letter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from edms import jobs
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.access.predicates import reads
from edms.errors import NotFound
from edms.events import EventLine
from edms.jobs import Kind
from edms.jobs.parking import Parked
from edms.registry.models import Content, Dispatch, Document, DocumentContent
from edms.signing.models import SignatureRequest
from edms.staff.models import Organisation

MOST = 200

Whose = tuple[int | None, int | None]  # organisation_id, document_id


@dataclass(frozen=True)
class ParkedLine:
    """One parked job, and the letter it is about if this reader may see it. `may_retry`: she may send it on."""

    job: Parked
    organisation_id: int | None
    document: Document | None
    may_retry: bool


def parked_lines(session: Session, actor: Actor, *, limit: int = MOST) -> list[ParkedLine]:
    """The parked jobs that are the actor's to see, the newest first. Errors: Forbidden."""
    require(actor, Permission.HEALTH_READ)
    lines: list[ParkedLine] = []
    before = None
    while len(lines) < limit:  # the queue is of all organisations: hers may lie behind many others
        page = jobs.parked(session, limit=MOST, before=before)
        lines += _of_hers(session, actor, page)
        if len(page) < MOST:
            break
        before = page[-1].job_id
    return lines[:limit]


def retry(session: Session, actor: Actor, job_id: int) -> None:
    """Send one of them on. Errors: NotFound for what the actor does not see; Forbidden."""
    require(actor, Permission.HEALTH_READ)
    page = [job for job in jobs.parked(session, limit=1, before=job_id + 1) if job.job_id == job_id]
    line = next(iter(_of_hers(session, actor, page)), None)
    if line is None:
        raise NotFound("jobs.not_parked", job_id=job_id)
    require(actor, Permission.JOB_RETRY, _where(session, line.organisation_id))
    jobs.retry(session, job_id)


def _of_hers(session: Session, actor: Actor, found: Sequence[Parked]) -> list[ParkedLine]:
    whose = _subjects(session, found)
    return [line for job in found if (line := _line(session, actor, job, whose[job.job_id])) is not None]


def _line(session: Session, actor: Actor, job: Parked, whose: Whose) -> ParkedLine | None:
    organisation_id, document_id = whose
    where = _where(session, organisation_id)
    if not permits(actor, Permission.HEALTH_READ, where):
        return None
    document = session.get(Document, document_id) if document_id is not None else None
    if document is not None and not reads(actor, document):
        document = None
    return ParkedLine(job, organisation_id, document, permits(actor, Permission.JOB_RETRY, where))


def _where(session: Session, organisation_id: int | None) -> Organisation | None:
    """Whose job it is; a round of the house is everybody's who has the right in her own organisation."""
    return session.get(Organisation, organisation_id) if organisation_id is not None else None


def _subjects(session: Session, found: Sequence[Parked]) -> dict[int, Whose]:
    """Job id to organisation and document of its subject; a subject that is gone belongs to the house."""
    whose: dict[int, Whose] = {}
    for kinds, query in _QUERIES:
        ids = {job.subject_id for job in found if job.kind in kinds and job.subject_id is not None}
        rows: Mapping[int, Whose] = {row[0]: (row[1], row[2]) for row in session.execute(query(ids))} if ids else {}
        whose |= {
            job.job_id: rows[job.subject_id or 0] for job in found if job.kind in kinds and job.subject_id in rows
        }
    return {job.job_id: whose.get(job.job_id, (None, None)) for job in found}


def _documents(ids: set[int]) -> Select[int, int, int]:
    return select(Document.document_id, Document.organisation_id, Document.document_id).where(
        Document.document_id.in_(ids)
    )


def _contents(ids: set[int]) -> Select[int, int, int]:
    return (
        select(Content.content_id, Content.organisation_id, DocumentContent.document_id)
        .outerjoin(DocumentContent, DocumentContent.content_id == Content.content_id)
        .where(Content.content_id.in_(ids))
    )


def _events(ids: set[int]) -> Select[int, int | None, int | None]:
    return select(EventLine.event_id, EventLine.organisation_id, EventLine.document_id).where(
        EventLine.event_id.in_(ids)
    )


def _requests(ids: set[int]) -> Select[int, int, int | None]:
    return select(
        SignatureRequest.signature_request_id, SignatureRequest.organisation_id, SignatureRequest.document_id
    ).where(SignatureRequest.signature_request_id.in_(ids))


def _dispatches(ids: set[int]) -> Select[int, int, int]:
    return select(Dispatch.dispatch_id, Dispatch.organisation_id, Dispatch.document_id).where(
        Dispatch.dispatch_id.in_(ids)
    )


# Which kinds of job carry whose id (FOLLOW_UPS, and what signing defers).
_QUERIES = (
    ((Kind.INDEX, Kind.PROPOSE_CLOSING), _documents),
    ((Kind.LOOK_INSIDE, Kind.MAKE_COPY, Kind.FOLLOW_LABEL), _contents),
    ((Kind.NOTIFY,), _events),
    ((Kind.PREPARE_SIGNATURE, Kind.EMBED_SIGNATURE, Kind.RAISE_SIGNATURE), _requests),
    ((Kind.DISPATCH,), _dispatches),
)
