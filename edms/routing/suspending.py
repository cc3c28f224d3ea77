"""The legal term stands while the applicant cures a deficiency, or whatever else the term itself knows (GAC 83, 84).

The day on which it was asked for is still counted; the clock goes on with the day after the one on which it came. A
leader lets it stand; whoever takes in what was missing lets it go on, at once.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from edms import terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.card import clean
from edms.registry.models import Document
from edms.registry.words import OPEN_STATES
from edms.routing.clocks import begin_legal_term, count_again, extensions_of, intervals_of, legal_due, today_of
from edms.routing.matter import hold, require_open, subject
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation


def causes(session: Session, actor: Actor, document: Document) -> list[terms.Cause]:
    """For what the actor may let the letter's term stand today; none where it cannot."""
    if document.state not in OPEN_STATES or not permits(actor, Permission.LEGAL_TERM_SUSPEND, document):
        return []
    reached = legal_due(session, document)
    if reached is None or reached.on is None or reached.on <= today_of(session, document):
        return []
    return sorted(reached.term.suspended_by | reached.term.excludes)


def standing(actor: Actor, document: Document) -> terms.Interval | None:
    """Since when and why it stands, for whoever may let it go on."""
    if document.state not in OPEN_STATES or not permits(actor, Permission.LEGAL_TERM_RESUME, document):
        return None
    return _open(document)


def suspend(
    session: Session, actor: Actor, document: Document, *, cause: terms.Cause, since: date | None, reason: str
) -> None:
    """Let it stand since the day on which what is missing was asked for, today where none is given.

    Errors: RuleBroken when it knows no such cause, stands already or is over; Invalid (since, reason).
    """
    require(actor, Permission.LEGAL_TERM_SUSPEND, document)
    document = hold(session, document.document_id)
    require_open(document)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    if _open(document) is not None:
        raise RuleBroken("suspending.stands_already", number=document.number)
    reached = legal_due(session, document)
    if reached is None or reached.on is None:
        raise RuleBroken("suspending.no_term", number=document.number)
    if cause not in reached.term.suspended_by | reached.term.excludes:
        raise Invalid(fields={"cause": "field.not_a_choice"})
    today, earlier = today_of(session, document), intervals_of(document)
    since = since or today
    begins = max([reached.started_on, *(each.until for each in earlier if each.until is not None)])
    if not begins <= since <= today or since >= reached.on:
        raise Invalid("suspending.not_that_day", fields={"since": "suspending.not_that_day"}, first=begins, last=today)
    made = terms.Interval(cause, since)
    _kept(session, actor, document, [*earlier, made], Event.TERM_SUSPENDED, {"cause": cause.value, "reason": reason})


def resume(session: Session, actor: Actor, document: Document, *, until: date | None) -> None:
    """Let it go on: what was missing came on that day, today where none is given. It may have stood for several causes
    at once, for steps of the letter's case: all of them end.

    Errors: RuleBroken when it does not stand; Invalid (until).
    """
    require(actor, Permission.LEGAL_TERM_RESUME, document)
    document = hold(session, document.document_id)
    require_open(document)
    stands, today = _open(document), today_of(session, document)
    if stands is None:
        raise RuleBroken("suspending.runs", number=document.number)
    until = until or today
    if not stands.since <= until <= today:
        values = {"first": stands.since, "last": today}
        raise Invalid("suspending.not_that_day", fields={"until": "suspending.not_that_day"}, **values)
    ended = terms.Interval(stands.cause, stands.since, until)
    others = [
        each if each.until is not None else terms.Interval(each.cause, each.since, max(until, each.since))
        for each in intervals_of(document)
        if each != stands
    ]
    _kept(session, actor, document, [*others, ended], Event.TERM_RESUMED, {"cause": stands.cause.value})


def stand(session: Session, actor: Actor, document: Document, *, cause: terms.Cause, reason: str) -> None:
    """Let it stand from today for a step of the letter's case; the step asks who may. One cause stands once.

    A term that does not know the cause is not moved by it. On a letter without one the days are kept all the same: the
    terms of its case's steps may know the cause.
    """
    if any(each.until is None and each.cause is cause for each in intervals_of(document)):
        return
    begin_legal_term(session, document)
    made = terms.Interval(cause, today_of(session, document))
    detail = {"cause": cause.value, "reason": reason}
    _kept(session, actor, document, [*intervals_of(document), made], Event.TERM_SUSPENDED, detail)


def run_on(
    session: Session, actor: Actor, document: Document, *, cause: terms.Cause, until: date | None = None
) -> None:
    """Let it go on when that step has ended, on that day (today); nothing where it runs, as after a `resume` by hand."""
    on = until or today_of(session, document)
    before = intervals_of(document)
    stands = next((each for each in before if each.until is None and each.cause is cause), None)
    if stands is None:
        return
    ended = terms.Interval(cause, stands.since, max(on, stands.since))
    others = [each for each in before if each is not stands]
    _kept(session, actor, document, [*others, ended], Event.TERM_RESUMED, {"cause": cause.value})


def _open(document: Document) -> terms.Interval | None:
    return next((each for each in intervals_of(document) if each.until is None), None)


def _kept(
    session: Session, actor: Actor, document: Document, intervals: list[terms.Interval], event: Event,
    detail: dict[str, str],
) -> None:  # fmt: skip
    calendar = calendar_of(session.get_one(Organisation, document.organisation_id))
    last = intervals[-1]
    days = {"since": last.since.isoformat(), "until": last.until.isoformat() if last.until is not None else None}
    if legal_due(session, document) is None:
        document.term = {**(document.term or {}), "intervals": [each.to_json() for each in intervals]}
    else:
        count_again(session, document, calendar, extensions=extensions_of(document), intervals=intervals)
    due_on = document.due_on.isoformat() if document.due_on is not None else None
    record(
        session,
        actor,
        event,
        subject(document, "document", document.document_id),
        organisation_id=document.organisation_id,
        detail={**detail, **days, "due_on": due_on},
    )
