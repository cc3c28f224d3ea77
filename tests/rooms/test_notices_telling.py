"""Who is told of what, once each, and never of what she may not read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.events import FOLLOW_UPS, Event, EventLine
from edms.jobs import Kind
from edms.notices import notices
from edms.notices.concerned import TABLE
from edms.notices.models import Notice
from edms.registry.words import Grade
from edms.routing import changing, execution, extension, resolution, submission
from edms.routing.naming import Executor
from edms.staff.models import Substitution
from edms.words.catalogue import load
from tests.cast import Office, Person
from tests.letters import letter, note, resolved, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def tell_all(session: Session) -> None:
    """What the machine does with every event so far."""
    for event_id in session.scalars(select(EventLine.event_id).order_by(EventLine.event_id)).all():
        notices.tell_of(session, event_id)


def told(session: Session, person: Person) -> list[str]:
    found = select(Notice.message).where(Notice.official_id == person.official_id).order_by(Notice.notice_id)
    return list(session.scalars(found))


def test_every_event_that_posts_the_telling_has_its_people_and_every_message_its_words() -> None:
    posting = {event for event, jobs in FOLLOW_UPS.items() if any(kind is Kind.NOTIFY for kind, _ in jobs)}
    assert set(TABLE) == posting
    reminders = {"work_near", "work_late", "staff_late", "control_near", "control_late"}
    changes = {"resolution_changed", "acquaint_asked", "work_released", "work_given_back", "legal_term_extended"}
    changes |= {
        "own_resolution_changed",
        "own_resolution_cancelled",
        "resolution_entered",
        "given_back_near",
        "followed",
    }
    changes |= {"handed_to_you", "handed_from_you", "handed_on", "draft_handed_to_you", "draft_handed_on"}
    own_words = {event for event in posting if event.value.endswith("handed-over")}  # to each what it is to her
    named = {event.value.replace(":", "_").replace("-", "_") for event in posting - own_words}
    assert {f"notices.{name}" for name in reminders | changes | named} <= set(load())


def test_the_official_before_whom_it_lies_is_told_once(session: Session, office: Office) -> None:
    document = letter(session, office, addressee_id=office.mayor.official_id)
    submitted(session, office, document, office.deputy)
    tell_all(session)
    tell_all(session)
    assert told(session, office.deputy) == ["notices.document_submitted"]
    assert told(session, office.mayor) == []  # it lies before the deputy
    assert told(session, office.registrar) == []  # her own hand
    (line,) = notices.unseen(session, office.deputy.actor())
    assert words.say("en", line.message, **line.values) == f"Letter {document.number} awaits your resolution."


def test_what_was_undone_in_its_ten_seconds_is_told_to_nobody(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submission.submit(session, office.registrar.actor(), document, official=office.deputy.official_id)
    submission.take_back(session, office.registrar.actor(), lying)
    lying = submitted(session, office, document, office.mayor)
    made = resolution.issue(
        session, office.mayor.actor(), lying, text="x", executors=[Executor(office.unit_head.official_id)]
    )
    resolution.take_back(session, office.mayor.actor(), made)
    tell_all(session)
    assert told(session, office.deputy) == []
    assert told(session, office.unit_head) == []


def test_executors_and_those_to_take_note_hear_their_own_words_and_a_later_turn_waits(
    session: Session, office: Office
) -> None:
    lying = submitted(session, office, letter(session, office), office.mayor)
    resolution.issue(
        session,
        office.mayor.actor(),
        lying,
        text="x",
        executors=[Executor(office.unit_head.official_id), Executor(office.lawyer.official_id), note(office.stranger)],
        order=resolution.Order.SEQUENTIAL,
    )
    tell_all(session)
    assert told(session, office.unit_head) == ["notices.resolution_issued"]
    assert told(session, office.stranger) == ["notices.acquaint_asked"]
    assert told(session, office.lawyer) == []


def test_reports_and_requests_go_to_the_author_and_answers_to_the_executor(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head, due_on=date(2025, 5, 20))
    work, head, mayor = made.assignments[0], office.unit_head.actor(), office.mayor.actor()
    asked = extension.ask(session, head, work, wanted=date(2025, 5, 28), reason="survey")
    extension.grant(session, mayor, asked)
    said = execution.report(session, head, work, text="done")
    execution.return_for_rework(session, mayor, said, remark="more")
    execution.accept(session, mayor, execution.report(session, head, work, text="done"))
    tell_all(session)
    assert (
        told(session, office.mayor)
        == [
            "notices.document_submitted",
            "notices.extension_asked",
            "notices.assignment_reported",
            "notices.assignment_reported",
        ][1:]
    )
    assert told(session, office.unit_head)[-3:] == [
        "notices.extension_granted",
        "notices.assignment_returned",
        "notices.assignment_accepted",
    ]


def test_a_change_is_told_to_who_lost_and_who_won(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head, office.stranger)
    changing.change(
        session,
        office.mayor.actor(),
        made,
        reason="roads",
        executors=[Executor(office.unit_head.official_id), Executor(office.lawyer.official_id)],
    )
    last = session.scalars(
        select(EventLine.event_id).where(EventLine.kind == Event.RESOLUTION_ISSUED).order_by(EventLine.event_id)
    ).all()[-1]
    notices.tell_of(session, last)
    assert told(session, office.stranger) == ["notices.resolution_cancelled"]
    assert told(session, office.lawyer) == ["notices.resolution_changed"]


def test_nobody_is_told_of_a_letter_she_may_not_read(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    submitted(session, office, document, office.deputy)
    document.readers = [token for token in document.readers if token != f"official:{office.deputy.official_id}"]
    session.flush()
    tell_all(session)
    assert told(session, office.deputy) == []


def test_notices_are_ones_own_and_of_whom_one_stands_in_for(session: Session, office: Office) -> None:
    submitted(session, office, letter(session, office), office.mayor)
    tell_all(session)
    session.add(
        Substitution(
            absent_id=office.mayor.official_id,
            substitute_id=office.deputy.official_id,
            from_on=date(2025, 5, 1),
            until_on=date(2025, 5, 9),
            reason="leave",
            entered_by_id=office.administrator.official_id,
        )
    )
    session.flush()
    for stranger in (office.deputy, office.stranger, office.foreigner, office.administrator):
        assert notices.latest(session, stranger.actor()) == []
        notices.see(session, stranger.actor(), until=NOON)
    acting = office.deputy.actor(acting_for=office.mayor)
    assert len(notices.unseen(session, acting)) == 1
    notices.see(session, acting, until=NOON - timedelta(seconds=1))
    assert len(notices.unseen(session, office.mayor.actor())) == 1
    notices.see(session, acting, until=NOON)
    assert notices.unseen(session, office.mayor.actor()) == []
    (line,) = notices.latest(session, office.mayor.actor())
    assert notices.latest(session, office.mayor.actor(), before=(line.at, line.notice_id)) == []


def test_the_day_s_reminders_are_written_once_with_number_and_day(session: Session, office: Office) -> None:
    document = letter(session, office)
    resolved(session, office, document, office.unit_head, due_on=date(2025, 5, 20))
    with clock.at(datetime(2025, 5, 21, 8, tzinfo=UTC)):
        assert notices.tell_reminders(session, office.organisation) == 2
        assert notices.tell_reminders(session, office.organisation) == 0
    (late,) = notices.unseen(session, office.unit_head.actor())
    assert late.values == {"number": document.number, "due_on": "20.05.2025"}
