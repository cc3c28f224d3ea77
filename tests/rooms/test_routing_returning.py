"""What comes back: "not mine" on the desk of whom it came from, its term running; changed and cancelled resolutions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import NotFound
from edms.events import EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.overview.course import Step, course_of
from edms.overview.history import history
from edms.routing import changing, execution, finding, reminding, resolution, submission
from edms.routing.models import ReportState
from edms.routing.naming import Executor
from tests.cast import Office, Person
from tests.desks import desk_of
from tests.letters import letter, resolved, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def told(session: Session, person: Person) -> list[str]:
    for event_id in session.scalars(select(EventLine.event_id).order_by(EventLine.event_id)).all():
        notices.tell_of(session, event_id)
    found = select(Notice.message).where(Notice.official_id == person.official_id).order_by(Notice.notice_id)
    return list(session.scalars(found))


def everything(steps: list[Step]) -> list[Step]:
    return [each for step in steps for each in (step, *everything(step.steps))]


def test_a_submission_given_back_lies_on_the_desk_of_whoever_submitted_it_and_its_term_runs_on(
    session: Session, office: Office
) -> None:
    document = letter(session, office)
    lying = submission.submit(
        session, office.head_secretary.actor(), document, official=office.deputy.official_id, not_before=NOON
    )
    due = document.due_on
    assert due is not None
    submission.give_back(session, office.deputy.actor(), lying, reason="ინფრასტრუქტურას ეხება")
    desk = desk_of(session, office.head_secretary.actor())
    assert [s for s, _ in desk.to_redirect] == [lying]
    assert document.due_on == due
    for other in (office.mayor, office.stranger, office.foreigner, office.lawyer):
        assert desk_of(session, other.actor()).to_redirect == []
    with clock.at(datetime(2025, 7, 1, 8, tzinfo=UTC)):
        assert desk_of(session, office.head_secretary.actor()).late == 1
    submission.submit(session, office.head_secretary.actor(), document, official=office.unit_head.official_id)
    assert desk_of(session, office.head_secretary.actor()).to_redirect == []


def test_a_registrar_sees_what_came_back_once(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submitted(session, office, document, office.deputy)
    submission.give_back(session, office.deputy.actor(), lying, reason="არ არის ჩემი")
    desk = desk_of(session, office.registrar.actor())
    assert ([s for s, _ in desk.to_redirect], desk.to_submit) == ([lying], [])
    resolution.issue(
        session, office.mayor.actor(), document, text="x", executors=[Executor(office.unit_head.official_id)]
    )
    assert desk_of(session, office.registrar.actor()).to_redirect == []


def test_work_given_back_reminds_its_author_of_the_term(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head, due_on=date(2025, 5, 20))
    work = made.assignments[0]
    execution.give_back(session, office.unit_head.actor(), work, reason="სხვისია")
    assert work.due_on == date(2025, 5, 20)
    with clock.at(datetime(2025, 5, 20, 8, tzinfo=UTC)):
        said = reminding.remind(session, office.organisation)
    assert [(r.official_id, r.message) for r in said] == [(office.mayor.official_id, "notices.given_back_near")]


def test_a_superior_changes_a_resolution_and_everybody_concerned_is_told(session: Session, office: Office) -> None:
    office.unit_head.official.superior_id = office.mayor.official_id
    document = letter(session, office)
    lying = submitted(session, office, document, office.unit_head)
    named = [Executor(office.executor.official_id), Executor(office.second_executor.official_id)]
    made = resolution.issue(
        session, office.unit_head.actor(), lying, text="შეაკეთეთ ხიდი", executors=named, not_before=NOON
    )
    said = execution.report(session, office.second_executor.actor(), made.assignments[1], text="ხიდი ვნახე")
    told(session, office.unit_head)
    with clock.at(NOON + timedelta(hours=1)):
        changing.change(session, office.mayor.actor(), made, reason="ჯერ გზა", text="შეაკეთეთ გზა")
        assert told(session, office.unit_head)[-1] == "notices.own_resolution_changed"
        assert told(session, office.executor)[-1] == "notices.resolution_changed"
        assert told(session, office.second_executor)[-1] == "notices.resolution_changed"  # she has reported
    with clock.at(NOON + timedelta(hours=2)):
        entry = history(session, office.registrar.actor(), document)[0]
        assert entry.changed == {"text": ("შეაკეთეთ ხიდი", "შეაკეთეთ გზა")}
        assert entry.said == "ჯერ გზა"
        changing.cancel(session, office.mayor.actor(), made, reason="აღარ გვჭირდება")
    assert told(session, office.unit_head)[-1] == "notices.own_resolution_cancelled"
    assert said.state is ReportState.WAITING
    steps = everything(course_of(session, document, date(2025, 5, 2), office.mayor.actor()))
    kept = [s for s in steps if s.what == "overview.report.waiting"]
    assert [s.text for s in kept] == ["ხიდი ვნახე"]


def test_for_ten_seconds_an_act_is_known_to_its_own_hand_only(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submission.submit(session, office.registrar.actor(), document, official=office.mayor.official_id)
    work = resolution.issue(
        session, office.mayor.actor(), document, text="x", executors=[Executor(office.unit_head.official_id)]
    ).assignments[0]
    assert finding.submission_of(session, office.registrar.actor(), lying.submission_id) is lying
    assert finding.assignment_of(session, office.mayor.actor(), work.assignment_id) is work
    asked = (
        lambda: finding.submission_of(session, office.mayor.actor(), lying.submission_id),
        lambda: finding.resolution_of(session, office.unit_head.actor(), work.resolution_id),
        lambda: finding.assignment_of(session, office.unit_head.actor(), work.assignment_id),
    )
    for ask in asked:
        with pytest.raises(NotFound):
            ask()
    with clock.at(NOON + timedelta(seconds=10)):
        assert all(ask() in (lying, work.resolution, work) for ask in asked)
