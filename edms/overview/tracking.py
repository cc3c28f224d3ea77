"""What a citizen is told of her letter: where it is, until when, what she must do. Units, not people; no personal data.

From the letter's real course: forwarded to a unit, stopped, extended, overdue, answered in the interim, answered, come
back, taken note of, filed. The same fits into one text message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.drafting.by_hand.signing import by_hand
from edms.overview.case_course import Course, course_of
from edms.overview.written import OUT, WRITTEN, Reply, replies, sent_on, to_her
from edms.registry.models import Dispatch, Document
from edms.registry.words import Channel, DispatchState, DocumentState
from edms.routing.clocks import legal_due, stands
from edms.routing.models import Resolution, ResolutionState, Submission, SubmissionState
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation, Unit

Message = tuple[str, dict[str, object]]
Steps = tuple[tuple[str, date | None, bool], ...]

NOTHING: Message = ("overview.track.nothing_to_do", {})
COMPLAINTS = frozenset({"GE"})  # where an answer may be complained of within one term, whatever its ground (GAC 180)
CLOSED = (DocumentState.FILED, DocumentState.DESTROYED)
OVER = (DocumentState.EXECUTED, *CLOSED)


@dataclass(frozen=True)
class Tracked:
    """The three sentences as message ids with values, and the steps of the course: (message id, day or None, done?).

    `sms` says the same in at most 70 characters, one message in any script; `present` is the place in `steps` of the
    one that is open now, None when the course is over.
    """

    where: Message
    until: Message | None
    you: Message
    steps: Steps
    due_on: date | None
    sms: Message
    present: int | None
    by_hand: bool = False  # the answer was signed with a pen
    course: Course | None = None  # of the case that the letter began


@dataclass(frozen=True)
class _Seen:
    """What the sentences are made from."""

    document: Document
    replies: list[Reply]  # written ones to her, oldest first, each with its last sending
    sent_on: tuple[Document, str] | None  # the last that went to another body instead, and that body's name
    submitted_on: date | None
    resolved_on: date | None
    to_file: bool
    today: date
    office: Organisation
    due: terms.Due | None
    at: dict[str, object]
    counter: str
    course: Course | None


def tracked(session: Session, document: Document, language: str) -> Tracked:
    """The present state of a letter from its real course."""
    seen = _look(session, document, language)
    name, values, you, waits = _present(seen)
    until, claim = _until(seen) if waits else (None, None)
    steps = _steps(seen)
    present = next((place for place, (_, _, done) in enumerate(steps) if not done), None)
    sms = _short(document, name, values, until)
    due_on = document.due_on if waits else None
    penned = by_hand(session, [reply.document_id for reply, _ in seen.replies[-1:]])
    return Tracked(
        (f"overview.track.{name}", values),
        until,
        claim or you,
        steps,
        due_on,
        sms,
        present,
        bool(penned),
        seen.course,
    )


def _look(session: Session, document: Document, language: str) -> _Seen:
    organisation = session.get_one(Organisation, document.organisation_id)
    unit = session.get(Unit, document.unit_id) if document.unit_id else None
    here = organisation.name(language)
    zone = organisation.time_zone
    submitted = session.scalar(
        select(Submission.submitted_at)
        .where(Submission.document_id == document.document_id, Submission.state != SubmissionState.WITHDRAWN)
        .order_by(Submission.submission_id)
        .limit(1)
    )
    written = replies(session, document)
    first = session.scalars(
        select(Resolution)
        .where(
            Resolution.document_id == document.document_id,
            Resolution.parent_assignment_id.is_(None),
            Resolution.state != ResolutionState.CANCELLED,
        )
        .order_by(Resolution.resolution_id)
    ).all()
    return _Seen(
        document=document,
        replies=[pair for pair in written if to_her(document, pair[0])],
        sent_on=sent_on(session, [pair for pair in written if not to_her(document, pair[0])]),
        submitted_on=clock.day_of(submitted, zone) if submitted else None,
        resolved_on=clock.day_of(first[0].issued_at, zone) if first else None,
        to_file=bool(first) and all(r.to_file for r in first),
        today=clock.today(zone),
        office=organisation,
        due=legal_due(session, document),
        at={"organisation": here, "unit": unit.name(language) if unit else here, "number": document.number},
        counter=_counter(organisation, language) or here,
        course=course_of(session, document),
    )


def _counter(office: Organisation, language: str) -> str:
    """Where and when the counter is open; its address where that is not said."""
    texts = (said.get(tongue) for said in (office.counter, office.address) for tongue in (language, office.language))
    return next((str(text) for text in texts if text), "")


def _present(seen: _Seen) -> tuple[str, dict[str, object], Message, bool]:
    """The name of the sentence "where", its values, what the citizen must do, and whether an answer is still due."""
    document = seen.document
    if not document.kind.comes_in:
        return ("own" if document.state in WRITTEN else "own_waits", _of(document), NOTHING, False)
    final = [(reply, sending) for reply, sending in seen.replies if reply.final is not False]
    if final:
        return _answered(seen, *final[-1])
    if seen.course is not None and seen.course.over and document.state is not DocumentState.DESTROYED:
        return _decided(seen, seen.course)
    interim = [reply for reply, sending in seen.replies if sending is not None and sending.state in OUT]
    if interim and document.state not in OVER:
        return "interim", {**seen.at, **_of(interim[-1])}, ("overview.track.read_answer", {}), True
    if seen.sent_on is not None and document.state in OVER and document.state is not DocumentState.DESTROYED:
        reply, body = seen.sent_on
        name = "sent_on.body" if body else "sent_on.other"
        return name, {**_of(reply), "body": body}, ("overview.track.ask_there", {}) if body else NOTHING, False
    match document.state:
        case DocumentState.REGISTERED:
            return "registered", seen.at, NOTHING, True
        case DocumentState.SUBMITTED:
            return "with_leader", seen.at, NOTHING, True
        case DocumentState.IN_EXECUTION:
            return "in_execution", seen.at, NOTHING, True
        case DocumentState.FILED:
            return "filed", seen.at, ("overview.track.ask_counter", {}), False
        case DocumentState.DESTROYED:
            return "destroyed", seen.at, NOTHING, False
        case _:
            return "noted" if seen.to_file else "done", seen.at, ("overview.track.ask_counter", {}), False


def _decided(seen: _Seen, course: Course) -> tuple[str, dict[str, object], Message, bool]:
    """Of a letter whose case was decided, though no answer of ours stands beside it: the term is kept or over with it."""
    if course.withdrawn:
        return "withdrawn", seen.at, NOTHING, False
    said = {**seen.at, "date": course.decided_on}
    if course.by_silence:
        you: Message = NOTHING if course.outcome else ("overview.track.ask_for_paper", {})
        return "counts_as_approved", said, you, False
    return "decided", said, _may_complain("read_decision", course.complain_until) if course.handed else NOTHING, False


def _may_complain(read: str, until: date | None) -> Message:
    """What she may do with an answer or a decision; `until` is the last day for a complaint, while it is known."""
    return (f"overview.track.{read}", {}) if until is None else (f"overview.track.{read}.until", {"date": until})


def _complain_until(seen: _Seen, served_on: date | None) -> date | None:
    """The last day for a complaint against an answer; None where no law of the table says, or it is over."""
    if served_on is None or seen.office.country not in COMPLAINTS:
        return None
    term = terms.default_term(seen.office.country, "complaint_filing")
    until = terms.due(term, calendar_of(seen.office), served_on).on
    return until if until is not None and until >= seen.today else None


def _answered(seen: _Seen, reply: Document, sending: Dispatch | None) -> tuple[str, dict[str, object], Message, bool]:
    come: Message = ("overview.track.come_to_counter", {"counter": seen.counter})
    if sending is not None and sending.state is DispatchState.RETURNED:
        return "came_back", seen.at, come, False
    if sending is not None and (sending.state, sending.channel) == (DispatchState.WAITING, Channel.COUNTER):
        return "to_collect", _of(reply), come, False
    if sending is None or sending.state not in OUT:
        return "answer_signed", seen.at, NOTHING, True
    read = _may_complain("read_answer", _complain_until(seen, sending.served_on))
    if sending.channel is Channel.POST and sending.proof:
        return "answered.post_number", {**_of(reply), "proof": sending.proof}, read, False
    return f"answered.{sending.channel.value}", _of(reply), read, False


def _of(reply: Document) -> dict[str, object]:
    return {"number": reply.number, "date": reply.registered_on}


def _until(seen: _Seen) -> tuple[Message | None, Message | None]:
    """The second sentence, and what the citizen may do where the term is over, or must where it stands for her."""
    document, due = seen.document, seen.due
    standing = stands(document)
    if standing is not None and due is not None:
        said: Message = (f"overview.track.stopped.{standing.cause}", {"date": standing.since, "n": due.left or 0})
        missing: Message = ("overview.track.bring_missing", {})
        return said, missing if standing.cause is terms.Cause.DEFICIENCY else None
    on = document.due_on
    if on is None:
        return None, None
    if on < seen.today:
        refused = due is not None and due.term.silence is terms.Silence.REFUSED
        claim: Message = ("overview.track.may_complain" if refused else "overview.track.ask_why", {})
        return ("overview.track.term_over", {"date": on}), claim
    extended = document.term is not None and document.term.get("extensions")
    return ("overview.track.until_extended" if extended else "overview.track.until", {"date": on}), None


def _short(document: Document, name: str, values: dict[str, object], until: Message | None) -> Message:
    """The sentences as one text message: where it is, and until when, or since when it is late or its term stands."""
    where = f"overview.sms.{name.partition('.')[0]}"
    if until is None or "date" not in until[1]:
        return where, {"number": document.number, "date": values.get("date", "")}
    on = {"number": document.number, "date": until[1]["date"]}
    if until[0].startswith("overview.track.stopped."):
        return "overview.sms.stopped", on
    return ("overview.sms.late" if until[0] == "overview.track.term_over" else f"{where}_until"), on


def _steps(seen: _Seen) -> Steps:
    """The steps so far with their days, and those to come."""
    document = seen.document
    if not document.kind.comes_in:
        return (("overview.step.registered", document.registered_on, True),)
    steps: list[tuple[str, date | None, bool]] = [("overview.step.registered", document.registered_on, True)]
    out = [(r, s) for r, s in seen.replies if s is not None and s.state in OUT]
    final = next((r for r, _ in out if r.final is not False), None)
    course = seen.course if final is None else None
    over = final is not None or document.state in OVER or (course is not None and course.over)
    if seen.submitted_on or not over:
        steps.append(("overview.step.with_leader", seen.submitted_on, seen.resolved_on is not None or over))
    if seen.to_file:
        steps.append(("overview.step.noted", seen.resolved_on, True))
    elif seen.resolved_on or not over:
        steps.append(("overview.step.in_execution", seen.resolved_on, over))
    steps += [("overview.step.interim", r.registered_on, True) for r, _ in out if r.final is False]
    if final is not None:
        steps.append(("overview.step.answered", final.registered_on, True))
    elif course is not None and course.decided_on is not None:
        steps.append(("overview.step.decided", course.decided_on, True))
    elif over and seen.sent_on is not None:
        steps.append(("overview.step.sent_on", seen.sent_on[0].registered_on, True))
    elif not over:
        steps.append(("overview.step.answered", None, False))
    if document.state in CLOSED:
        steps.append(("overview.step.filed", None, True))
    if document.state is DocumentState.DESTROYED:
        steps.append(("overview.step.destroyed", None, True))
    return tuple(steps)
