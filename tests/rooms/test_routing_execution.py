"""Execution: delegation, reports, rework, giving back, more time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Forbidden, Invalid, RuleBroken
from edms.events import Event, EventLine
from edms.registry.documents import join
from edms.registry.lifecycle import step
from edms.registry.words import DocumentState, LinkKind
from edms.routing import changing, execution, extension, resolution
from edms.routing.models import Assignment, AssignmentState, ExtensionState, Purpose, ResolutionState
from edms.routing.naming import Executor
from tests.cast import Office
from tests.letters import letter, own_letter, resolved

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


@pytest.fixture
def work(session: Session, office: Office) -> Assignment:
    """The unit head's work on a letter, due 20 May."""
    return resolved(session, office, letter(session, office), office.unit_head, due_on=date(2025, 5, 20)).assignments[0]


def down(session: Session, office: Office, work: Assignment, **more: object) -> Assignment:
    made = resolution.delegate(
        session, office.unit_head.actor(), work, text="look", executors=[Executor(office.executor.official_id)], **more
    )  # type: ignore[arg-type]
    return made.assignments[0]


def test_work_goes_down_within_its_term_and_comes_up_by_reports(
    session: Session, office: Office, work: Assignment
) -> None:
    with pytest.raises(Invalid) as wrong:
        down(session, office, work, due_on=date(2025, 5, 21))
    assert wrong.value.fields == {"due_on": "routing.due_beyond_term"}
    below = down(session, office, work)
    document = work.resolution and letter_of(session, work)
    assert document.responsible_id == office.executor.official_id
    with pytest.raises(RuleBroken):
        execution.report(session, office.unit_head.actor(), work, text="done")  # her staff is still at it
    said = execution.report(session, office.executor.actor(), below, text="road inspected")
    with pytest.raises(Forbidden):
        execution.accept(session, office.executor.actor(), said)
    execution.accept(session, office.unit_head.actor(), said)
    assert document.responsible_id == office.unit_head.official_id
    up = execution.report(session, office.unit_head.actor(), work, text="done")
    with pytest.raises(Forbidden):
        execution.accept(session, office.unit_head.actor(), up)
    execution.accept(session, office.mayor.actor(), up)
    assert document.state is DocumentState.EXECUTED
    with pytest.raises(RuleBroken):
        execution.accept(session, office.mayor.actor(), up)


def letter_of(session: Session, work: Assignment):
    from edms.registry.models import Document

    return session.get_one(Document, work.document_id)


def test_work_is_not_delegated_upwards_or_by_others(session: Session, office: Office, work: Assignment) -> None:
    with pytest.raises(Invalid) as wrong:
        resolution.delegate(
            session, office.unit_head.actor(), work, text="x", executors=[Executor(office.mayor.official_id)]
        )
    assert wrong.value.fields == {"executors": "routing.executor_above"}
    for other in (office.stranger, office.mayor, office.foreigner):
        with pytest.raises(Forbidden):
            resolution.delegate(
                session, other.actor(), work, text="x", executors=[Executor(office.executor.official_id)]
            )


def test_a_report_returns_for_rework_with_its_remark(session: Session, office: Office, work: Assignment) -> None:
    with pytest.raises(Invalid):
        execution.report(session, office.unit_head.actor(), work, text="  ")
    said = execution.report(session, office.unit_head.actor(), work, text="done")
    with pytest.raises(Invalid):
        execution.return_for_rework(session, office.mayor.actor(), said, remark="")
    execution.return_for_rework(session, office.mayor.actor(), said, remark="add photographs")
    assert (work.state, said.remark) == (AssignmentState.RETURNED, "add photographs")
    execution.accept(
        session, office.mayor.actor(), execution.report(session, office.unit_head.actor(), work, text="added")
    )
    assert work.state is AssignmentState.DONE


@pytest.mark.parametrize("who", ["stranger", "executor", "mayor", "registrar", "foreigner"])
def test_only_the_person_named_reports(session: Session, office: Office, work: Assignment, who: str) -> None:
    with pytest.raises(Forbidden):
        execution.report(session, office.actor(who), work, text="done")


def test_a_report_names_only_a_reply_to_this_letter(session: Session, office: Office, work: Assignment) -> None:
    reply = own_letter(session, office)
    with pytest.raises(Invalid) as wrong:
        execution.report(session, office.unit_head.actor(), work, text="x", reply_document_id=reply.document_id)
    assert wrong.value.fields == {"reply": "routing.reply_unknown"}
    join(session, reply, work.document_id, LinkKind.REPLY_TO)
    step(reply, DocumentState.SIGNED)
    session.flush()
    said = execution.report(session, office.unit_head.actor(), work, text="x", reply_document_id=reply.document_id)
    assert said.reply_document_id == reply.document_id


def test_work_given_back_waits_for_the_author_to_name_another(
    session: Session, office: Office, work: Assignment
) -> None:
    execution.give_back(session, office.unit_head.actor(), work, reason="not our road")
    document = letter_of(session, work)
    assert (work.state, document.state) == (AssignmentState.GIVEN_BACK, DocumentState.IN_EXECUTION)
    assert document.responsible_id is None
    changing.change(
        session,
        office.mayor.actor(),
        work.resolution,
        reason="not their road",
        executors=[Executor(office.lawyer.official_id)],
    )
    assert (work.state, work.end_reason) == (AssignmentState.CANCELLED, "not our road")
    assert document.responsible_id == office.lawyer.official_id


def test_acceptance_may_release_the_co_executors(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head, office.lawyer)
    said = execution.report(session, office.unit_head.actor(), made.assignments[0], text="done")
    execution.accept(session, office.mayor.actor(), said, release=True)
    assert [a.state for a in made.assignments] == [AssignmentState.DONE, AssignmentState.CANCELLED]
    assert made.state is ResolutionState.DONE
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.RESOLUTION_CANCELLED)).one()
    assert line.detail["told"] == [office.lawyer.official_id]


def test_cancelling_takes_the_delegated_work_too(session: Session, office: Office, work: Assignment) -> None:
    below = down(session, office, work)
    changing.cancel(session, office.mayor.actor(), work.resolution, reason="withdrawn by the applicant")
    assert (work.state, below.state) == (AssignmentState.CANCELLED, AssignmentState.CANCELLED)


def test_who_takes_note_cannot_report_and_who_executes_cannot_take_note(
    session: Session, office: Office, work: Assignment
) -> None:
    with pytest.raises(RuleBroken):
        execution.acquaint(session, office.unit_head.actor(), work)
    made = resolution.delegate(
        session,
        office.unit_head.actor(),
        work,
        text="",
        executors=[Executor(office.executor.official_id, Purpose.ACQUAINT)],
    )
    with pytest.raises(RuleBroken):
        execution.report(session, office.executor.actor(), made.assignments[0], text="done")
    with pytest.raises(Forbidden):
        execution.acquaint(session, office.stranger.actor(), made.assignments[0])


def test_more_time_is_given_by_the_author_only(session: Session, office: Office, work: Assignment) -> None:
    asked = extension.ask(session, office.unit_head.actor(), work, wanted=date(2025, 5, 28), reason="survey")
    assert not asked.late
    with pytest.raises(RuleBroken):
        extension.ask(session, office.unit_head.actor(), work, wanted=date(2025, 5, 29), reason="again")
    for other in (office.unit_head, office.deputy, office.controller, office.foreigner):
        with pytest.raises(Forbidden):
            extension.grant(session, other.actor(), asked)
    extension.grant(session, office.mayor.actor(), asked)
    assert (asked.state, work.due_on) == (ExtensionState.GRANTED, date(2025, 5, 28))
    assert work.resolution.due_on == date(2025, 5, 28)
    with pytest.raises(RuleBroken):
        extension.refuse(session, office.mayor.actor(), asked, remark="no")


def test_more_time_asked_late_is_marked_and_never_passes_the_legal_term(
    session: Session, office: Office, work: Assignment
) -> None:
    for day, why in (
        (date(2025, 5, 20), "routing.extension_not_longer"),
        (date(2025, 6, 3), "routing.due_beyond_term"),
    ):
        with pytest.raises(Invalid) as wrong:
            extension.ask(session, office.unit_head.actor(), work, wanted=day, reason="x")
        assert wrong.value.fields == {"wanted": why}
    with clock.at(datetime(2025, 5, 18, 8, tzinfo=UTC)):
        asked = extension.ask(session, office.unit_head.actor(), work, wanted=date(2025, 5, 28), reason="late")
        assert asked.late
        with pytest.raises(Invalid):
            extension.refuse(session, office.mayor.actor(), asked, remark="")
        extension.refuse(session, office.mayor.actor(), asked, remark="no")
    assert work.due_on == date(2025, 5, 20)
