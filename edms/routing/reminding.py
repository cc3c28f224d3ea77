"""Reminders (D414 art. 42, 44): who must be reminded today of work and of control, each day at most once.

Work: five days before its last day, on that day, on the first day late and every ten days after; of work that was
given back its author. Control: by its cadence, and when late like work; while the legal term stands nothing is late, and
every ten days somebody looks whether what it waits for has come: who watches it and who has it, or without control who
has it alone. Opinions, whose terms are short: the working
day before, the day itself, and when late like work, then also to the one who asked. A day on which the machine stood still is made
up for on the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.events import Event, Subject, record
from edms.registry.models import Document
from edms.routing.clocks import stands
from edms.routing.models import Assignment, AssignmentState, Control, Resolution
from edms.routing.opinions.models import Consultation, Opinion, OpinionState
from edms.routing.turns import AT_WORK
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation
from edms.terms import Calendar, reminders

DAYS_BEFORE = 5
LATE_EVERY = 10
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Reminder:
    """A line for one person: which work or control, and its day; where the legal term stands, since when."""

    official_id: int
    document_id: int
    message: str
    due_on: date
    key: str


def remind(session: Session, organisation: Organisation) -> list[Reminder]:
    """The reminders of the organisation's civil day, marked as given. Asked again on the same day: none."""
    today = clock.today(organisation.time_zone)
    calendar = calendar_of(organisation)
    made = [
        *_of_work(session, organisation, today, calendar),
        *_of_control(session, organisation, today, calendar),
        *_of_opinions(session, organisation, today, calendar),
    ]
    for document_id in sorted({reminder.document_id for reminder in made}):
        people = sorted({r.official_id for r in made if r.document_id == document_id})
        record(
            session,
            Actor.system(organisation.organisation_id),
            Event.REMINDER_SENT,
            Subject("document", document_id, document_id=document_id),
            organisation_id=organisation.organisation_id,
            detail={"officials": people},
        )
    return made


def _of_work(session: Session, organisation: Organisation, today: date, calendar: Calendar) -> Iterator[Reminder]:
    found = session.execute(
        select(Assignment, func.coalesce(Resolution.taken_over_by_id, Resolution.author_id), Document.on_control)
        .join(Resolution, Resolution.resolution_id == Assignment.resolution_id)
        .join(Document, Document.document_id == Assignment.document_id)
        .where(
            Assignment.organisation_id == organisation.organisation_id,
            Assignment.state.in_((*AT_WORK, AssignmentState.GIVEN_BACK)),
            Assignment.due_on.is_not(None),  # as the index says it
            or_(
                Assignment.due_on <= today + timedelta(days=DAYS_BEFORE * 3),  # a holiday may lie between
                Assignment.stands_since.is_not(None),
            ),
            or_(Assignment.reminded_on.is_(None), Assignment.reminded_on < today),
        )
        .order_by(Assignment.assignment_id)
        .with_for_update(of=Assignment, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    reminded = []
    for work, author_id, watched in found:
        if work.due_on is None or work.opened_at is None:
            continue
        since = max(filter(None, (work.reminded_on, clock.day_of(work.opened_at, organisation.time_zone))))
        if work.stands_since is not None:
            looks = work.responsible and work.state in AT_WORK and not watched
            if looks and _every_ten_days(work.stands_since + timedelta(days=LATE_EVERY), since, today):
                reminded.append(work.assignment_id)
                key = f"remind:assignment:{work.assignment_id}:{today}:{work.official_id}"
                yield Reminder(work.official_id, work.document_id, "notices.work_stands", work.stands_since, key)
            continue
        early = calendar.previous_working(work.due_on - timedelta(days=DAYS_BEFORE))
        if not _falls((early, work.due_on), work.due_on, since, today):
            continue
        reminded.append(work.assignment_id)
        late = today > work.due_on
        key = f"remind:assignment:{work.assignment_id}:{today}"
        if work.state is AssignmentState.GIVEN_BACK:  # its term runs on: whoever named her must find another
            yield Reminder(author_id, work.document_id, "notices.given_back_near", work.due_on, f"{key}:{author_id}")
            continue
        message = "notices.work_late" if late else "notices.work_near"
        yield Reminder(work.official_id, work.document_id, message, work.due_on, f"{key}:{work.official_id}")
        if late and author_id != work.official_id:
            yield Reminder(author_id, work.document_id, "notices.staff_late", work.due_on, f"{key}:{author_id}")
    if reminded:
        # Not through the rows: a reminder is no change that an edit under way would have to be told of.
        session.execute(
            update(Assignment)
            .where(Assignment.assignment_id.in_(reminded))
            .values(reminded_on=today)
            .execution_options(synchronize_session=False)
        )


def _of_control(session: Session, organisation: Organisation, today: date, calendar: Calendar) -> Iterator[Reminder]:
    found = session.execute(
        select(Control, Document)
        .join(Document, Document.document_id == Control.document_id)
        .where(
            Control.organisation_id == organisation.organisation_id,
            Control.removed_at.is_(None),
            or_(Control.reminded_on.is_(None), Control.reminded_on < today),
        )
        .order_by(Control.control_id)
        .with_for_update(of=Control, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    reminded = []
    for control, document in found:
        since = max(filter(None, (control.reminded_on, clock.day_of(control.put_at, organisation.time_zone))))
        if (standing := stands(document)) is not None:
            falls = _every_ten_days(standing.since + timedelta(days=LATE_EVERY), since, today)
            message, day = f"notices.control_stands.{standing.cause}", standing.since
        else:
            falls = _falls(reminders(control.due_on, since, calendar), control.due_on, since, today)
            message, day = "notices.control_late" if today > control.due_on else "notices.control_near", control.due_on
        if not falls:
            continue
        reminded.append(control.control_id)
        for person in sorted({p for p in (control.put_by_id, document.responsible_id) if p is not None}):
            key = f"remind:control:{control.control_id}:{today}:{person}"
            yield Reminder(person, control.document_id, message, day, key)
    if reminded:
        session.execute(
            update(Control)
            .where(Control.control_id.in_(reminded))
            .values(reminded_on=today)
            .execution_options(synchronize_session=False)
        )


def _of_opinions(session: Session, organisation: Organisation, today: date, calendar: Calendar) -> Iterator[Reminder]:
    found = session.execute(
        select(Opinion, Consultation)
        .join(Consultation, Consultation.consultation_id == Opinion.consultation_id)
        .where(
            Opinion.organisation_id == organisation.organisation_id,
            Opinion.state == OpinionState.ASKED,
            Consultation.ended_at.is_(None),
            Consultation.due_on <= today + timedelta(days=DAYS_BEFORE * 3),
            or_(Opinion.reminded_on.is_(None), Opinion.reminded_on < today),
        )
        .order_by(Opinion.opinion_id)
        .with_for_update(of=Opinion, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    reminded = []
    for opinion, asked in found:
        if opinion.asked_at is None:
            continue
        since = max(filter(None, (opinion.reminded_on, clock.day_of(opinion.asked_at, organisation.time_zone))))
        if not _falls((calendar.previous_working(asked.due_on - DAY), asked.due_on), asked.due_on, since, today):
            continue
        reminded.append(opinion.opinion_id)
        late = today > asked.due_on
        key = f"remind:opinion:{opinion.opinion_id}:{today}"
        message = "notices.opinion_late" if late else "notices.opinion_near"
        yield Reminder(opinion.official_id, asked.document_id, message, asked.due_on, f"{key}:{opinion.official_id}")
        if late and asked.author_id != opinion.official_id:
            yield Reminder(
                asked.author_id, asked.document_id, "notices.opinion_missing", asked.due_on, f"{key}:{asked.author_id}"
            )
    if reminded:
        session.execute(
            update(Opinion)
            .where(Opinion.opinion_id.in_(reminded))
            .values(reminded_on=today)
            .execution_options(synchronize_session=False)
        )


def _falls(checks: Iterable[date], due_on: date, since: date, today: date) -> bool:
    """Does a check, or a day of lateness, lie after `since` and not after today?"""
    if any(since < day <= today for day in checks):
        return True
    return _every_ten_days(due_on + DAY, since, today)


def _every_ten_days(first: date, since: date, today: date) -> bool:
    """Does `first`, or every tenth day after it, lie after `since` and not after today?"""
    while first <= today:
        if since < first:
            return True
        first += timedelta(days=LATE_EVERY)
    return False
