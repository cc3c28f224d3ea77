"""Whom an event concerns, and in which words each is told: one literal table, read at the moment of telling.

What was undone before its ten seconds were over concerns nobody; what changed since is told as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.drafting.models import Draft
from edms.events import Event, EventLine
from edms.notices import disposals, joined
from edms.registry.models import Dispatch, Document
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Control,
    Purpose,
    Resolution,
    ResolutionState,
    Submission,
    SubmissionState,
)
from edms.routing.talk.models import Follow
from edms.staff.questions.asking import administrators

AT_WORK = (AssignmentState.OPEN, AssignmentState.RETURNED)
Told = Iterator[tuple[int | None, str]]

FOLLOWED = frozenset(
    {
        Event.ASSIGNMENT_ACCEPTED, Event.ASSIGNMENT_HANDED_OVER, Event.ASSIGNMENT_REPORTED, Event.ASSIGNMENT_RETURNED,
        Event.CLOSING_PROPOSED, Event.COMMENT_WRITTEN, Event.CONFLICT_DECLARED, Event.CONTROL_REMOVED,
        Event.DISPATCH_RETURNED, Event.DOCUMENT_SIGNED, Event.DOCUMENT_SUBMITTED, Event.EXTENSION_GRANTED,
        Event.OPINION_GIVEN, Event.PAPER_RECEIVED, Event.RESOLUTION_CANCELLED, Event.RESOLUTION_ISSUED,
        Event.SUBMISSION_GIVEN_BACK, Event.SUBMISSION_HANDED_OVER,
    }
)  # fmt: skip
"""The changes of a letter of which those who follow it are told."""


def concerned(session: Session, line: EventLine) -> list[tuple[int, str]]:
    """The people whom the event concerns, each once, with the message id for her; never the one whose hand it was."""
    people: dict[int, str] = {}
    whom = TABLE.get(line.kind)
    for person, message in whom(session, line) if whom is not None else ():
        if person is not None and person != line.official_id:
            people.setdefault(person, message)
    for person in _following(session, line) if line.kind in FOLLOWED else ():
        if person != line.official_id:
            people.setdefault(person, "notices.followed")
    return list(people.items())


def _following(session: Session, line: EventLine) -> list[int]:
    """Those who follow it; of what was undone, nobody."""
    if line.kind is Event.DOCUMENT_SUBMITTED and not list(_before_whom(session, line)):
        return []
    if line.kind is Event.RESOLUTION_ISSUED:
        made = session.get(Resolution, line.subject_id)
        if made is None or made.state is ResolutionState.CANCELLED:
            return []
    if line.kind is Event.RESOLUTION_CANCELLED and line.detail.get("taken_back"):
        return []
    found = select(Follow.official_id).where(Follow.document_id == line.document_id, Follow.since <= line.at)
    return list(session.scalars(found.order_by(Follow.official_id)))


def _addressee(session: Session, line: EventLine) -> Told:
    """The addressee, unless it lies before somebody already: then it is the submission that is told of."""
    document = session.get(Document, line.document_id)
    lies = select(Submission.submission_id).where(Submission.document_id == line.document_id).limit(1)
    if document is not None and session.scalar(lies) is None:
        yield document.addressee_id, "notices.document_registered"


def _before_whom(session: Session, line: EventLine) -> Told:
    submission = session.get(Submission, line.subject_id)
    if submission is not None and submission.state is SubmissionState.WAITING:
        yield submission.official_id, "notices.document_submitted"


def _executors(session: Session, line: EventLine) -> Told:
    resolution = session.get(Resolution, line.subject_id)
    if resolution is None or resolution.state is ResolutionState.CANCELLED:
        return
    if line.detail.get("changed"):
        if line.acting_for_id != resolution.author_id:
            yield resolution.author_id, "notices.own_resolution_changed"
        for dropped in line.detail.get("dropped", ()):
            yield dropped, "notices.resolution_cancelled"
    if line.detail.get("handwritten") and not line.detail.get("changed"):
        yield resolution.author_id, "notices.resolution_entered"
    changed = bool(line.detail.get("changed"))
    issued = "notices.resolution_changed" if changed else "notices.resolution_issued"
    standing = (*AT_WORK, AssignmentState.REPORTED) if changed else AT_WORK
    for assignment in resolution.assignments:
        if assignment.state in standing:
            yield assignment.official_id, issued if assignment.purpose is Purpose.EXECUTE else "notices.acquaint_asked"


def _told(session: Session, line: EventLine) -> Told:
    """Those who had the work, named by the act itself; a released co-executor is told so."""
    message = "notices.work_released" if line.detail.get("released") else "notices.resolution_cancelled"
    resolution = session.get(Resolution, line.subject_id)
    if resolution is not None and line.detail.get("reason") and line.acting_for_id != resolution.author_id:
        yield resolution.author_id, "notices.own_resolution_cancelled"
    for person in line.detail.get("told", ()):
        yield person, message


def _executor(session: Session, line: EventLine) -> Told:
    yield _named(line, "official"), _message(line)


def _turn(session: Session, line: EventLine) -> Told:
    assignment = session.get(Assignment, line.subject_id)
    if assignment is not None and assignment.state in (AssignmentState.OPEN, AssignmentState.RETURNED):
        yield assignment.official_id, "notices.assignment_opened"


def _author(session: Session, line: EventLine) -> Told:
    assignment = session.get(Assignment, line.subject_id)
    if assignment is not None:
        yield assignment.resolution.judge_id, _message(line)


def _extended(session: Session, line: EventLine) -> Told:
    """The executor; of a longer legal term, whoever has the letter."""
    if line.subject_kind == "assignment":
        yield _named(line, "official"), _message(line)
    elif (document := session.get(Document, line.document_id)) is not None:
        yield document.responsible_id, "notices.legal_term_extended"


def _returned_to(session: Session, line: EventLine) -> Told:
    """Who submitted it, or the author of the resolution: she must find somebody else."""
    work = line.subject_kind == "assignment"
    yield _named(line, "to"), "notices.work_given_back" if work else "notices.submission_given_back"


def _holders(session: Session, line: EventLine) -> Told:
    """Who has the letter and who watches its term; where that stands or goes on, everybody at work on it."""
    document = session.get(Document, line.document_id)
    control = session.scalar(select(Control).where(Control.document_id == line.document_id))
    if document is not None:
        yield document.responsible_id, _message(line)
    if control is not None and (control.removed_at is None or line.kind is Event.CONTROL_REMOVED):
        yield control.put_by_id, _message(line)
    if line.kind in (Event.TERM_RESUMED, Event.TERM_SUSPENDED):
        works = (Assignment.document_id == line.document_id, Assignment.purpose == Purpose.EXECUTE)
        for person in session.scalars(select(Assignment.official_id).where(*works, Assignment.state.in_(AT_WORK))):
            yield person, _message(line)


def _sender(session: Session, line: EventLine) -> Told:
    sending = session.get(Dispatch, line.subject_id)
    if sending is not None:
        yield sending.asked_by_id, _message(line)
        for author in session.scalars(select(Draft.author_id).where(Draft.document_id == sending.document_id)):
            yield author, _message(line)


def _listed(session: Session, line: EventLine) -> Told:
    """Those whom the act names itself."""
    for person in line.detail.get("to", ()):
        yield person, _message(line)


def _writer(session: Session, line: EventLine) -> Told:
    draft = session.get(Draft, line.subject_id)
    if draft is not None:
        yield draft.author_id, _message(line)


def _signed(session: Session, line: EventLine) -> Told:
    """Its author, and those who signed beside."""
    for draft in session.scalars(select(Draft).where(Draft.document_id == line.document_id)):
        yield draft.author_id, _message(line)
        for signatory in draft.signatories[:-1]:
            yield signatory.official_id, _message(line)


def _unsigned(session: Session, line: EventLine) -> Told:
    yield from _listed(session, line)
    yield _named(line, "signer_id"), _message(line)


def _handed(session: Session, line: EventLine) -> Told:
    """Who has it now, who had it, and on whose word it goes."""
    yield _named(line, "to"), "notices.handed_to_you"
    yield _named(line, "official"), "notices.handed_from_you"
    yield _named(line, "author"), "notices.handed_on"


def _handed_draft(session: Session, line: EventLine) -> Told:
    yield _named(line, "receiver"), "notices.draft_handed_to_you"
    for person in line.detail.get("to", ()):
        yield person, "notices.draft_handed_on"


def _delegated(session: Session, line: EventLine) -> Told:
    yield _named(line, "receiver"), "notices.signature_left_to_you"
    yield from _listed(session, line)


def _receiver(session: Session, line: EventLine) -> Told:
    yield _named(line, "to"), _message(line)


def _giver(session: Session, line: EventLine) -> Told:
    yield _named(line, "from"), _message(line)


def _administrators(session: Session, line: EventLine) -> Told:
    """Those who answer questions about the service."""
    for person in administrators(session, line.organisation_id):
        yield person, _message(line)


def _named(line: EventLine, key: str) -> int | None:
    value = line.detail.get(key)
    return value if isinstance(value, int) else None


def _message(line: EventLine) -> str:
    return f"notices.{line.kind.value.replace(':', '_').replace('-', '_')}"


_OF_CASES = (Event.CASE_LAPSED, Event.CASE_LIMIT_NEAR, Event.CASE_OPENED_YEARLY, Event.CASE_REMINDED, Event.CASE_STEP_HANDED, Event.CASE_STEP_OPENED, Event.CASE_STEP_RETURNED)  # fmt: skip
TABLE: Mapping[Event, Callable[[Session, EventLine], Told]] = {
    Event.ARRIVAL_JOINED: joined.later_paper,
    Event.ASSIGNMENT_ACCEPTED: _executor,
    Event.ASSIGNMENT_HANDED_OVER: _handed,
    Event.ASSIGNMENT_OPENED: _turn,
    Event.ASSIGNMENT_REMINDED: _listed,
    Event.ASSIGNMENT_REPORTED: _author,
    Event.ASSIGNMENT_RETURNED: _executor,
    **dict.fromkeys(_OF_CASES, _listed),
    Event.CLOSING_PROPOSED: _holders,
    Event.COMMENT_WRITTEN: _listed,
    Event.CONFLICT_DECLARED: _receiver,
    Event.CONTROL_HANDED_OVER: _handed,
    Event.CONTROL_REMOVED: _holders,
    **disposals.TABLE,
    Event.DISPATCH_FAILED: _sender,
    Event.DISPATCH_REGISTERED_THERE: _sender,
    Event.DISPATCH_RETURNED: _sender,
    Event.DOCUMENT_REGISTERED: _addressee,
    Event.DOCUMENT_SIGNED: _signed,
    Event.DOCUMENT_SUBMITTED: _before_whom,
    Event.DRAFT_HANDED_OVER: _handed_draft,
    **dict.fromkeys((Event.DRAFT_MARK_RAISED, Event.DRAFT_NOT_PRINTED), _listed),
    Event.DRAFT_REFUSED: _listed,
    Event.DRAFT_SENT_TO_SIGN: _listed,
    Event.DRAFT_SENT_TO_VISAS: _listed,
    Event.DRAFT_TAKEN_BACK: _listed,
    Event.DRAFT_WITHDRAWN: _listed,
    Event.ENVELOPE_HANDED_OVER: _handed,
    Event.EXTENSION_ASKED: _author,
    Event.EXTENSION_GRANTED: _extended,
    Event.EXTENSION_REFUSED: _extended,
    Event.HAND_PRINTED: _listed,
    Event.HAND_UNSIGNED: _listed,
    Event.JOURNAL_FAILED: _listed,
    Event.JOURNAL_READY: _listed,
    Event.MAILING_MADE: _listed,
    Event.OPINION_ASKED: _listed,
    Event.OPINION_GIVEN: _receiver,
    Event.OPINION_WITHDRAWN: _listed,
    Event.PAPER_HANDED: _receiver,
    Event.PAPER_RECEIVED: _giver,
    Event.PAPER_REFUSED: _executor,
    Event.QUESTION_ANSWERED: _receiver,
    Event.QUESTION_ASKED: _administrators,
    Event.RESOLUTION_CANCELLED: _told,
    Event.RESOLUTION_HANDED_OVER: _handed,
    Event.RESOLUTION_ISSUED: _executors,
    Event.SIGNATURE_ASKED: _listed,
    Event.SIGNATURE_DELEGATED: _delegated,
    Event.SIGNATURE_EXPIRED: _listed,
    Event.SIGNING_CALLED_OFF: _listed,
    Event.SIGNATURE_FAILED: _unsigned,
    Event.SIGNATURE_HANDED_OVER: _handed_draft,
    Event.SIGNATURE_MADE: _listed,
    Event.SUBMISSION_GIVEN_BACK: _returned_to,
    Event.SUBMISSION_HANDED_OVER: _handed,
    Event.TABLE_FAILED: _listed,
    Event.TABLE_READY: _listed,
    Event.TERM_RESUMED: _holders,
    Event.TERM_SUSPENDED: _holders,
    Event.TRANSFER_PACKED: _listed,
    Event.TRANSFER_STUCK: _listed,
    Event.VISA_AGREED: _writer,
    Event.VISA_HANDED_OVER: _handed_draft,
    Event.VISA_REMARKED: _listed,
}
