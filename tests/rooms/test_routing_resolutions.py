"""Consideration and resolutions: who may, what follows, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.registry.words import DocumentState, Grade
from edms.routing import changing, clocks, execution, finding, people, resolution, submission
from edms.routing.models import AssignmentState, Order, ResolutionState, SubmissionState
from edms.routing.naming import Executor
from edms.staff.models import Substitution
from edms.terms import explain
from tests.cast import Office
from tests.letters import letter, note, resolved, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)  # Friday 2 May 2025, 12:00 in Tbilisi


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def kinds(session: Session, document_id: int) -> list[Event]:
    found = select(EventLine.kind).where(EventLine.document_id == document_id).order_by(EventLine.event_id)
    return list(session.scalars(found))


def test_a_submitted_letter_lies_before_its_official_and_she_may_read_it(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    with pytest.raises(NotFound):
        finding.submission_of(session, office.deputy.actor(), 1)
    lying = submitted(session, office, document, office.deputy)
    assert document.state is DocumentState.SUBMITTED
    assert finding.submission_of(session, office.deputy.actor(), lying.submission_id) is lying
    assert Event.DOCUMENT_SUBMITTED in kinds(session, document.document_id)


def test_the_legal_term_counts_from_registration_and_can_say_why(session: Session, office: Office) -> None:
    document = letter(session, office)
    submitted(session, office, document, office.mayor)
    assert document.due_on == date(2025, 6, 2)
    due = clocks.legal_due(session, document)
    assert due is not None and ("terms.law.gac", {"article": "100", "title": ""}) in explain(due)


@pytest.mark.parametrize("who", ["executor", "controller", "archivist", "auditor", "stranger", "foreigner"])
def test_others_do_not_submit(session: Session, office: Office, who: str) -> None:
    document = letter(session, office)
    with pytest.raises(Forbidden):
        submission.submit(session, office.actor(who), document, official=office.mayor.official_id)


def test_a_letter_lies_once_before_the_same_person_and_never_before_a_stranger(
    session: Session, office: Office
) -> None:
    document = letter(session, office)
    submitted(session, office, document, office.mayor)
    with pytest.raises(RuleBroken):
        submitted(session, office, document, office.mayor)
    with pytest.raises(Invalid) as wrong:
        submitted(session, office, document, office.foreigner)
    assert wrong.value.fields == {"official": "routing.official_unknown"}


def test_the_first_named_is_responsible_and_all_may_read(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    made = resolved(session, office, document, office.unit_head, office.stranger)
    assert [(a.responsible, a.state) for a in made.assignments] == [
        (True, AssignmentState.OPEN),
        (False, AssignmentState.OPEN),
    ]
    assert document.state is DocumentState.IN_EXECUTION
    assert document.responsible_id == office.unit_head.official_id
    assert document.unit_id == office.infrastructure.unit_id
    for person in (office.unit_head, office.stranger):
        assert finding.resolution_of(session, person.actor(), made.resolution_id) is made
    for person in (office.executor, office.foreigner, office.administrator):
        with pytest.raises(NotFound):
            finding.resolution_of(session, person.actor(), made.resolution_id)


def test_without_a_day_the_default_term_counts_calendar_days(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head)
    assert made.due_on == date(2025, 5, 13)  # 10 calendar days end on 12 May, a holiday
    assert made.term is not None and made.assignments[0].due_on == made.due_on


def test_a_resolution_reaches_neither_back_nor_past_the_legal_term(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submitted(session, office, document, office.mayor)
    for day, why in (
        (date(2025, 5, 1), "routing.due_in_the_past"),
        (date(2025, 6, 3), "routing.due_beyond_term"),
    ):
        with pytest.raises(Invalid) as wrong:
            resolution.issue(
                session,
                office.mayor.actor(),
                lying,
                text="x",
                executors=[Executor(office.unit_head.official_id)],
                due_on=day,
            )
        assert wrong.value.fields == {"due_on": why}


def test_a_unit_head_tasks_her_own_staff_only(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submitted(session, office, document, office.unit_head)
    with pytest.raises(Invalid) as wrong:
        resolution.issue(
            session, office.unit_head.actor(), lying, text="x", executors=[Executor(office.stranger.official_id)]
        )
    assert wrong.value.fields == {"executors": "routing.not_your_staff"}
    made = resolution.issue(
        session, office.unit_head.actor(), lying, text="x", executors=[Executor(office.executor.official_id)]
    )
    assert made.author_id == office.unit_head.official_id  # roads is below infrastructure


def test_a_superior_skips_levels_and_a_stranger_resolves_nothing(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submitted(session, office, document, office.unit_head)
    with pytest.raises(Forbidden):
        resolution.issue(
            session, office.stranger.actor(), lying, text="x", executors=[Executor(office.stranger.official_id)]
        )
    made = resolution.issue(
        session, office.mayor.actor(), lying, text="x", executors=[Executor(office.executor.official_id)]
    )
    assert made.author_id == office.mayor.official_id
    assert lying.state is SubmissionState.RESOLVED


def test_nobody_twice_nobody_gone_and_not_nobody(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submitted(session, office, document, office.mayor)
    office.lawyer.official.left_on = date(2025, 5, 1)
    one = Executor(office.unit_head.official_id)
    for named, why in (
        ([], "routing.executors_missing"),
        ([one, one], "routing.executor_twice"),
        ([Executor(office.lawyer.official_id)], "routing.official_left"),
        ([Executor(office.foreigner.official_id)], "routing.official_unknown"),
    ):
        with pytest.raises(Invalid) as wrong:
            resolution.issue(session, office.mayor.actor(), lying, text="x", executors=named)
        assert wrong.value.fields == {"executors": why}


def test_an_answered_submission_is_not_answered_again(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head)
    lying = finding.submission_of(session, office.mayor.actor(), made.submission_id or 0)
    with pytest.raises(RuleBroken):
        resolution.issue(
            session, office.mayor.actor(), lying, text="x", executors=[Executor(office.unit_head.official_id)]
        )


def test_a_substitute_resolves_in_the_post_of_the_absent_under_her_own_name(session: Session, office: Office) -> None:
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
    document = letter(session, office)
    lying = submitted(session, office, document, office.mayor)
    acting = office.deputy.actor(acting_for=office.mayor)
    made = resolution.issue(session, acting, lying, text="x", executors=[Executor(office.unit_head.official_id)])
    assert (made.author_id, made.entered_by_id) == (office.mayor.official_id, office.deputy.official_id)
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.RESOLUTION_ISSUED)).one()
    assert (line.official_id, line.acting_for_id) == (office.deputy.official_id, office.mayor.official_id)
    away = people.absent(session, [office.mayor.official_id, office.lawyer.official_id], date(2025, 5, 2))
    assert {who: row.until_on for who, row in away.items()} == {office.mayor.official_id: date(2025, 5, 9)}


def test_to_file_closes_without_work_and_for_information_waits_for_nobody(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submitted(session, office, document, office.mayor)
    made = resolution.issue(session, office.mayor.actor(), lying, text="", executors=[], to_file=True)
    assert (made.state, document.state) == (ResolutionState.DONE, DocumentState.EXECUTED)
    other = letter(session, office)
    lying = submitted(session, office, other, office.mayor)
    made = resolution.issue(session, office.mayor.actor(), lying, text="", executors=[note(office.stranger)])
    assert (made.state, other.state, made.due_on) == (ResolutionState.OPEN, DocumentState.EXECUTED, None)
    execution.acquaint(session, office.stranger.actor(), made.assignments[0])
    assert made.state is ResolutionState.DONE
    assert made.assignments[0].ended_at == NOON


def test_taken_back_within_ten_seconds_it_has_not_been(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    before = list(document.readers)
    lying = submitted(session, office, document, office.mayor)
    made = resolution.issue(
        session, office.mayor.actor(), lying, text="x", executors=[Executor(office.unit_head.official_id)]
    )
    with pytest.raises(Forbidden):
        resolution.take_back(session, office.unit_head.actor(), made)
    with clock.at(NOON + timedelta(seconds=9)):
        resolution.take_back(session, office.mayor.actor(), made)
    assert (made.state, lying.state) == (ResolutionState.CANCELLED, SubmissionState.WAITING)
    assert (document.state, document.responsible_id) == (DocumentState.SUBMITTED, None)
    assert set(document.readers) - set(before) == {f"official:{office.mayor.official_id}"}


def test_after_ten_seconds_it_must_be_cancelled_and_everyone_is_told(session: Session, office: Office) -> None:
    document = letter(session, office)
    made = resolved(session, office, document, office.unit_head, not_before=NOON + timedelta(seconds=10))
    with clock.at(NOON + timedelta(seconds=10)), pytest.raises(RuleBroken):
        resolution.take_back(session, office.mayor.actor(), made)
    with pytest.raises(Forbidden):
        changing.cancel(session, office.unit_head.actor(), made, reason="x")
    changing.cancel(session, office.mayor.actor(), made, reason="by mistake")
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.RESOLUTION_CANCELLED)).one()
    assert line.detail["told"] == [office.unit_head.official_id]
    assert document.state is DocumentState.REGISTERED


def test_a_submission_can_be_taken_back_and_given_back(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    lying = submission.submit(session, office.registrar.actor(), document, official=office.deputy.official_id)
    submission.take_back(session, office.registrar.actor(), lying)
    assert (lying.state, document.state) == (SubmissionState.WITHDRAWN, DocumentState.REGISTERED)
    assert f"official:{office.deputy.official_id}" not in document.readers
    lying = submitted(session, office, document, office.deputy)
    with pytest.raises(Invalid):
        submission.give_back(session, office.deputy.actor(), lying, reason=" ")
    submission.give_back(session, office.deputy.actor(), lying, reason="not mine")
    assert (lying.state, lying.end_reason) == (SubmissionState.GIVEN_BACK, "not mine")
    assert document.state is DocumentState.REGISTERED


def test_a_changed_resolution_keeps_what_is_done_and_names_who_lost_and_won(session: Session, office: Office) -> None:
    document = letter(session, office)
    made = resolved(session, office, document, office.unit_head, office.stranger, due_on=date(2025, 5, 20))
    changing.change(
        session,
        office.mayor.actor(),
        made,
        reason="roads",
        due_on=date(2025, 5, 22),
        executors=[Executor(office.lawyer.official_id), Executor(office.unit_head.official_id)],
    )
    now = {a.official_id: (a.responsible, a.state) for a in made.assignments}
    assert now == {
        office.lawyer.official_id: (True, AssignmentState.OPEN),
        office.unit_head.official_id: (False, AssignmentState.OPEN),
        office.stranger.official_id: (False, AssignmentState.CANCELLED),
    }
    assert document.responsible_id == office.lawyer.official_id
    assert {a.due_on for a in made.assignments if a.state is AssignmentState.OPEN} == {date(2025, 5, 22)}
    line = session.scalars(
        select(EventLine).where(EventLine.kind == Event.RESOLUTION_ISSUED).order_by(EventLine.event_id.desc()).limit(1)
    ).one()
    assert line.detail["dropped"] == [office.stranger.official_id]


def test_in_a_sequence_the_next_turn_opens_when_the_one_before_is_accepted(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    made = resolved(session, office, document, office.unit_head, office.lawyer, order=Order.SEQUENTIAL)
    first, second = made.assignments
    assert second.state is AssignmentState.PENDING
    with pytest.raises(NotFound):
        finding.assignment_of(session, office.lawyer.actor(), second.assignment_id)
    with pytest.raises(RuleBroken):
        execution.report(session, office.lawyer.actor(), second, text="done")
    said = execution.report(session, office.unit_head.actor(), first, text="done")
    assert second.state is AssignmentState.PENDING
    execution.accept(session, office.mayor.actor(), said)
    assert second.state is AssignmentState.OPEN
    assert finding.assignment_of(session, office.lawyer.actor(), second.assignment_id) is second
    execution.accept(
        session, office.mayor.actor(), execution.report(session, office.lawyer.actor(), second, text="seen")
    )
    assert (made.state, document.state) == (ResolutionState.DONE, DocumentState.EXECUTED)
    assert kinds(session, document.document_id)[-2:] == [Event.DOCUMENT_EXECUTED, Event.ASSIGNMENT_ACCEPTED]
