"""The line of a letter (one query shape for desk, register, case file): who, state as a sentence, what is left of its term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import terms
from edms.drafting.by_hand.signing import by_hand
from edms.overview.there import ALL, There
from edms.registry import former
from edms.registry.downtime import sheets
from edms.registry.models import Document
from edms.registry.words import OPEN_STATES, DocumentState
from edms.routing.clocks import stands
from edms.routing.control_counts import is_answered
from edms.routing.models import Assignment, Control, Submission, SubmissionState
from edms.staff.calendars import calendar_of
from edms.staff.models import Official, Organisation
from edms.staff.officials import by_id

NEAR_DAYS = 3

Message = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class LetterLine:
    """One letter as every list shows it. `kind` is calm, near, late, stopped, open or empty.

    `term` is what is left of the legal term in its own days, or since when and why it stands; `inner` of the internal one, in calendar days, where the
    list is about a person's work. `was` are the numbers that the letter had in other registers, `numbered_on` the day
    on which it was numbered by hand during a downtime.
    """

    document: Document
    responsible: Official | None
    state: Message
    term: Message | None
    kind: str
    inner: Message | None = None
    inner_on: date | None = None
    was: str = ""
    numbered_on: date | None = None
    by_hand: bool = False  # of ours, signed with a pen


def lines_of(session: Session, documents: Sequence[Document], today: date, there: There = ALL) -> list[LetterLine]:
    """The lines of documents that the caller may see, in their order; six queries in all. What is not `there` of any of
    them is not looked for."""
    if not documents:
        return []
    waiting = _waiting(session, documents)
    holder = {d.document_id: d.responsible_id or waiting.get(d.document_id) or d.addressee_id for d in documents}
    people = by_id(session, holder.values())
    calendars = {o: calendar_of(session.get_one(Organisation, o)) for o in {d.organisation_id for d in documents}}
    penned = by_hand(session, [d.document_id for d in documents if not d.kind.comes_in])
    own = [d.document_id for d in documents]
    before = former.of(session, own) if there.former else {}
    written = sheets.by_hand(session, own) if there.hand_written else {}
    return [
        replace(
            _line(d, people.get(holder[d.document_id] or 0), calendars[d.organisation_id], today),
            was=", ".join(number.text for number in before.get(d.document_id, ())),
            numbered_on=written.get(d.document_id),
            by_hand=d.document_id in penned,
        )
        for d in documents
    ]


def with_inner(line: LetterLine, due_on: date | None, today: date) -> LetterLine:
    """The line of a person's work: the nearer of the two terms gives its kind."""
    if due_on is None:
        return line
    days = (due_on - today).days
    left = terms.Remaining(abs(days), terms.Kind.CALENDAR, late=days < 0)
    kind = "late" if days < 0 or line.kind == "late" else "near" if days <= NEAR_DAYS else line.kind
    return replace(line, inner=terms.say(left), inner_on=due_on, kind=kind)


def of_work(line: LetterLine, work: Assignment, today: date) -> LetterLine:
    """The line of a person's work under a resolution; while its term stands the letter's line says since when and why."""
    return with_inner(line, None if work.stands_since is not None else work.due_on, today)


def on_control(line: LetterLine, control: Control, today: date) -> LetterLine:
    """The line of a controlled letter: its term is that of control. One that was answered is late no more, it waits for
    the word that ends control; one whose legal term stands is not late either."""
    if is_answered(control, line.document):
        return replace(line, term=None, kind="calm")
    if line.kind == "stopped":
        return line
    watched = with_inner(line, control.due_on, today)
    return replace(watched, term=watched.inner, inner=None, inner_on=None)


def said_standing(standing: terms.Interval) -> Message:
    """Since when and why the legal term stands."""
    return f"terms.standing.{standing.cause}", {"since": standing.since}


def _waiting(session: Session, documents: Sequence[Document]) -> dict[int, int]:
    """Before whom those lie that await a resolution."""
    ids = [d.document_id for d in documents if d.state is DocumentState.SUBMITTED]
    if not ids:
        return {}
    found = (
        select(Submission.document_id, Submission.official_id)
        .where(Submission.document_id.in_(ids), Submission.state == SubmissionState.WAITING)
        .order_by(Submission.submission_id)
    )
    return dict(session.execute(found).all())


def _line(document: Document, holder: Official | None, calendar: terms.Calendar, today: date) -> LetterLine:
    term, kind = None, "open"
    if document.state not in OPEN_STATES:
        kind = "calm"
    elif (standing := stands(document)) is not None:
        term, kind = said_standing(standing), "stopped"
    elif document.term is not None and "steps" in document.term:
        left = terms.remaining(terms.Due.from_json(document.term, calendar), today)
        term = terms.say(left)
        kind = "late" if left.late else "near" if left.days <= NEAR_DAYS else "open"
    elif document.due_on is not None and document.due_on < today:
        kind = "late"
    return LetterLine(document, holder, (f"registry.document_state.{document.state.value}", {}), term, kind)
