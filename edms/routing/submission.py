"""Consideration: a document is laid before an official for her resolution (D414 art. 33).

Refuses a second submission to the same person while the first waits, and anything on a document in its case file.
Taken back within ten seconds nobody was told; given back ("not mine") it says why and goes to who submitted it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import visible
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, record
from edms.registry.card import clean
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.routing import people
from edms.routing.clocks import begin_legal_term, today_of
from edms.routing.conflicts import require_none
from edms.routing.matter import hold, require_open, subject
from edms.routing.models import Resolution, ResolutionState, Submission, SubmissionState
from edms.routing.turns import go_on
from edms.routing.undo import close_again, open_to, require_untold, told_at

LONGEST_NOTE = 2000
UNANSWERED = (DocumentState.REGISTERED, DocumentState.SUBMITTED, DocumentState.IN_EXECUTION)


def submit(
    session: Session,
    actor: Actor,
    document: Document,
    *,
    official: int,
    note: str | None = None,
    not_before: datetime | None = None,
) -> Submission:
    """Lay the document before `official` (an official_id). She is told at `not_before`, by default in ten seconds.

    Errors: Invalid for a stranger or one who left; RuleBroken when it lies before her already or is filed.
    """
    require(actor, Permission.DOCUMENT_SUBMIT, document)
    document = hold(session, document.document_id)
    require_open(document)
    note = text_of(note, "note")
    on = today_of(session, document)
    people.officials(session, document.organisation_id, [official], on, field="official")
    require_none(session, document, [official], field="official")
    if waiting_before(session, document, official) is not None:
        raise RuleBroken("routing.submitted_already", fields={"official": "routing.submitted_already"})
    begin_legal_term(session, document)
    newly_read = open_to(document, [official])
    submission = Submission(
        document_id=document.document_id,
        organisation_id=document.organisation_id,
        official_id=official,
        state=SubmissionState.WAITING,
        submitted_at=clock.now(),
        submitted_by_id=actor.official_id,
        note=note,
        not_before=told_at(not_before),
    )
    session.add(submission)
    go_on(session, actor, document)
    record(
        session,
        actor,
        Event.DOCUMENT_SUBMITTED,
        subject(document, "submission", submission.submission_id),
        organisation_id=document.organisation_id,
        detail={"official": official, "note": note, "newly_read": newly_read},
        facts={"number": document.number, "official": official},
        not_before=submission.not_before,
    )
    return submission


def take_back(session: Session, actor: Actor, submission: Submission) -> None:
    """Undo a submission before anybody was told. Errors: Forbidden to others than the hand, RuleBroken when too late."""
    _of_reader(session, actor, submission)
    if submission.submitted_by_id != actor.official_id:
        raise Forbidden("access.refused", permission=Permission.DOCUMENT_SUBMIT.value)
    document = hold(session, submission.document_id, submission)
    require_waiting(submission)
    require_untold(submission.not_before)
    _end(submission, actor, SubmissionState.WITHDRAWN, None)
    close_again(session, document, "submission", submission.submission_id)
    go_on(session, actor, document)
    record(
        session,
        actor,
        Event.SUBMISSION_WITHDRAWN,
        subject(document, "submission", submission.submission_id),
        organisation_id=document.organisation_id,
        detail={"official": submission.official_id},
    )


def give_back(session: Session, actor: Actor, submission: Submission, *, reason: str) -> None:
    """Say that a submission is not hers to resolve, and why. It returns to who submitted it.

    Errors: Forbidden to others than the person it lies before, Invalid without a reason, RuleBroken once resolved.
    """
    document = _of_reader(session, actor, submission)
    if submission.official_id not in actor.people:
        raise Forbidden("access.refused", permission=Permission.RESOLUTION_ISSUE.value)
    document = hold(session, submission.document_id, submission)
    require_waiting(submission)
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    _end(submission, actor, SubmissionState.GIVEN_BACK, reason)
    go_on(session, actor, document)
    record(
        session,
        actor,
        Event.SUBMISSION_GIVEN_BACK,
        subject(document, "submission", submission.submission_id),
        organisation_id=document.organisation_id,
        detail={"official": submission.official_id, "to": submission.submitted_by_id, "reason": reason},
    )


def waiting_before(session: Session, document: Document, official_id: int) -> Submission | None:
    """The submission of the document that waits before this official, if any."""
    return session.scalar(
        select(Submission).where(
            Submission.document_id == document.document_id,
            Submission.official_id == official_id,
            Submission.state == SubmissionState.WAITING,
        )
    )


def waiting_before_any(session: Session, document: Document, official_ids: Iterable[int]) -> Submission | None:
    """The first submission that waits before one of these officials: an actor and the one she stands in for."""
    people = list(official_ids)
    found = select(Submission).where(
        Submission.document_id == document.document_id,
        Submission.official_id.in_(people),
        Submission.state == SubmissionState.WAITING,
    )
    waits = {each.official_id: each for each in session.scalars(found)}
    return next((waits[official_id] for official_id in people if official_id in waits), None)


def returned_to(people: Collection[int]) -> ColumnElement[bool]:
    """The condition that one of these people must find another for what was given back to her.

    It holds until somebody lays the letter before an official anew, resolves it, or puts it into its case file.
    """
    again, resolved = aliased(Submission), aliased(Resolution)
    return and_(
        Submission.submitted_by_id.in_(people),
        Submission.state == SubmissionState.GIVEN_BACK,
        Document.state.in_(UNANSWERED),
        ~exists().where(
            again.document_id == Submission.document_id,
            again.submission_id > Submission.submission_id,
            again.submitted_at >= Submission.ended_at,
            again.state != SubmissionState.WITHDRAWN,
        ),
        ~exists().where(
            resolved.document_id == Submission.document_id,
            resolved.issued_at >= Submission.ended_at,
            resolved.state != ResolutionState.CANCELLED,
        ),
    )


def returned(session: Session, document: Document, people: Collection[int]) -> list[Submission]:
    """What was given back to one of these people of this document and waits for another official."""
    found = (
        select(Submission)
        .join(Document, Document.document_id == Submission.document_id)
        .where(Submission.document_id == document.document_id, returned_to(people))
    )
    return list(session.scalars(found.order_by(Submission.submission_id)))


def require_waiting(submission: Submission) -> None:
    """Refuse a submission that was answered or taken back. Errors: RuleBroken."""
    if submission.state is not SubmissionState.WAITING:
        raise RuleBroken("routing.submission_ended", state=submission.state.value)


def text_of(text: str | None, field: str) -> str | None:
    """A text as it is kept. Errors: Invalid at `field` when it is too long."""
    cleaned = clean(text)
    if cleaned is not None and len(cleaned) > LONGEST_NOTE:
        raise Invalid(fields={field: "routing.text_too_long"}, longest=LONGEST_NOTE)
    return cleaned


def _end(submission: Submission, actor: Actor, state: SubmissionState, reason: str | None) -> None:
    submission.state = state
    submission.ended_at, submission.ended_by_id, submission.end_reason = clock.now(), actor.official_id, reason


def _of_reader(session: Session, actor: Actor, submission: Submission) -> Document:
    found = select(Document).where(Document.document_id == submission.document_id, visible(actor, Document.readers))
    document = session.scalar(found)
    if document is None:
        raise NotFound
    return document
