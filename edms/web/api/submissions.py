"""Submissions: a letter is laid before an official; she gives it back, or whoever laid it takes it back."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry.documents import document_of
from edms.routing import finding, submission
from edms.routing.models import SubmissionState
from edms.web.api.layer import Match, change, create, read
from edms.web.api.shapes import Asked, Id, Reason, Text, Thing, shown


class SubmissionShown(Thing):
    """A letter before an official. She is told at `not_before`: until then it can be taken back."""

    PLACE: ClassVar[str] = "/submissions/{submission_id}"
    submission_id: int
    document_id: int
    official_id: int
    state: SubmissionState
    submitted_at: datetime
    submitted_by_id: int | None
    note: str | None
    not_before: datetime | None
    ended_at: datetime | None
    ended_by_id: int | None
    end_reason: str | None


class Submitting(Asked):
    """Before whom."""

    official_id: Id
    note: Text | None = None


@create("/documents/{document_id}/submissions")
def submit(session: Session, who: Actor, document_id: int, body: Submitting) -> SubmissionShown:
    """Lay the letter before an official for her resolution."""
    document = document_of(session, who, document_id, lock=True)
    made = submission.submit(session, who, document, official=body.official_id, note=body.note)
    return shown(session, SubmissionShown, made)


@read("/submissions/{submission_id}")
def show(session: Session, who: Actor, submission_id: int) -> SubmissionShown:
    """One submission."""
    return SubmissionShown.of(finding.submission_of(session, who, submission_id))


@change("/submissions/{submission_id}/give-back")
def give_back(session: Session, who: Actor, submission_id: int, body: Reason, match: Match) -> SubmissionShown:
    """Say that it is not one's own to resolve, and why."""
    row = finding.submission_of(session, who, submission_id)
    document_of(session, who, row.document_id, lock=True)  # steps on one letter are put in a row by its own lock
    match.check(session, row)
    submission.give_back(session, who, row, reason=body.reason)
    return shown(session, SubmissionShown, row)


@change("/submissions/{submission_id}/take-back")
def take_back(session: Session, who: Actor, submission_id: int, match: Match) -> SubmissionShown:
    """Undo it within ten seconds, before anybody was told."""
    row = finding.submission_of(session, who, submission_id)
    document_of(session, who, row.document_id, lock=True)
    match.check(session, row)
    submission.take_back(session, who, row)
    return shown(session, SubmissionShown, row)
