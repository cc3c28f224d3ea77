"""Control of execution, reminders, and the longer legal term."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from edms import clock
from edms.db.engine import Sessions, transaction
from edms.errors import Forbidden, Invalid, RuleBroken
from edms.registry import dispatch
from edms.registry.documents import join
from edms.registry.lifecycle import step
from edms.registry.models import Document
from edms.registry.words import Channel, DocumentState, LinkKind
from edms.routing import answering, control, execution, prolonging, reminding
from edms.routing.models import Control, Resolution
from edms.terms import Kind
from tests import cast
from tests.cast import Office
from tests.letters import letter, own_letter, resolved, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, tzinfo=UTC)


def executed(session: Session, office: Office, document: Document) -> Resolution:
    made = resolved(session, office, document, office.unit_head)
    said = execution.report(session, office.unit_head.actor(), made.assignments[0], text="done")
    execution.accept(session, office.mayor.actor(), said)
    return made


def answered(session: Session, office: Office, document: Document) -> Document:
    reply = own_letter(session, office)
    join(session, reply, document.document_id, LinkKind.REPLY_TO)
    reply.final = True
    step(reply, DocumentState.SIGNED)
    session.flush()
    sending = dispatch.ask(
        session, office.registrar.actor(), reply, channel=Channel.COUNTER, correspondent=None, address=None
    )
    dispatch.sent(session, office.registrar.actor(), sending)
    session.flush()
    return reply


@pytest.mark.parametrize("who", ["executor", "stranger", "registrar", "archivist", "foreigner"])
def test_others_neither_put_under_control_nor_see_the_list(session: Session, office: Office, who: str) -> None:
    document = letter(session, office)
    with pytest.raises(Forbidden):
        control.put(session, office.actor(who), document, due_on=date(2025, 5, 20))
    with pytest.raises(Forbidden):
        control.list_controlled(session, office.actor(who))


def test_control_needs_a_day_and_takes_the_legal_one(session: Session, office: Office) -> None:
    document = letter(session, office)
    with pytest.raises(Invalid):
        control.put(session, office.controller.actor(), document)
    submitted(session, office, document, office.mayor)
    assert control.put(session, office.controller.actor(), document).due_on == date(2025, 6, 2)
    assert document.on_control


def test_off_control_only_after_execution_and_notification_on_a_leaders_word(session: Session, office: Office) -> None:
    document = letter(session, office)
    submitted(session, office, document, office.deputy)
    control.put(session, office.controller.actor(), document)

    def off(by: int, reason: str = "answered", **more: str) -> None:
        control.remove(session, office.controller.actor(), document, instructed_by=by, reason=reason, **more)

    with pytest.raises(RuleBroken) as early:
        off(office.mayor.official_id)
    assert early.value.message == "routing.control_not_executed"
    executed(session, office, document)
    with pytest.raises(RuleBroken) as early:
        off(office.mayor.official_id)
    assert early.value.message == "routing.control_not_executed"  # it still lies before the deputy


def test_off_control_wants_the_correspondent_told(session: Session, office: Office) -> None:
    document = letter(session, office)
    submitted(session, office, document, office.mayor)
    control.put(session, office.controller.actor(), document)
    from edms.routing.models import Submission
    from edms.routing.naming import Executor
    from edms.routing.resolution import issue

    lying = session.query(Submission).one()
    made = issue(session, office.mayor.actor(), lying, text="x", executors=[Executor(office.unit_head.official_id)])
    execution.accept(
        session,
        office.mayor.actor(),
        execution.report(session, office.unit_head.actor(), made.assignments[0], text="done"),
    )
    mayor, controller = office.mayor.official_id, office.controller.actor()
    with pytest.raises(RuleBroken) as untold:
        control.remove(session, controller, document, instructed_by=mayor, reason="done")
    assert untold.value.message == "routing.control_not_notified"
    with pytest.raises(Invalid):
        control.remove(session, controller, document, instructed_by=mayor, reason=" ", notified="by telephone")
    with pytest.raises(Invalid) as wrong:
        control.remove(
            session, controller, document, instructed_by=office.executor.official_id, reason="done", notified="x"
        )
    assert wrong.value.fields == {"instructed_by": "routing.not_a_leader"}
    answered(session, office, document)
    control.remove(session, controller, document, instructed_by=mayor, reason="done")
    assert not document.on_control
    assert control.list_controlled(session, controller) == []
    with pytest.raises(RuleBroken):
        control.remove(session, controller, document, instructed_by=mayor, reason="done")


def test_a_final_reply_proposes_closing_once_and_closes_nothing(session: Session, office: Office) -> None:
    document = letter(session, office)
    submitted(session, office, document, office.mayor)
    stands = control.put(session, office.controller.actor(), document)
    reply = answered(session, office, document)
    machine = clock.now()
    from edms.access.actor import Actor

    assert control.propose_closing(session, Actor.system(), document, reply)
    assert not control.propose_closing(session, Actor.system(), document, reply)
    assert (stands.closing_proposed_at, document.on_control) == (machine, True)
    assert [d for _, d in control.list_controlled(session, office.mayor.actor(), answered=True)] == [document]


def test_a_letter_that_changes_meanwhile_is_proposed_all_the_same(committed: Sessions) -> None:
    with transaction(committed) as session:
        office = cast.office(session)
        document = letter(session, office)
        submitted(session, office, document, office.mayor)
        control.put(session, office.controller.actor(), document)
        reply = answered(session, office, document)
    failed: list[Exception] = []

    def machine() -> None:
        try:
            with transaction(committed) as session:
                answering.propose_for_reply(session, reply.document_id)
        except Exception as error:
            failed.append(error)

    with transaction(committed) as session:
        document = session.get_one(Document, document.document_id)
        document.summary = "changed by a clerk"
        session.flush()  # she holds the row until the machine stands before it
        running = threading.Thread(target=machine)
        running.start()
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) and running.is_alive():
            time.sleep(0.01)
    running.join()
    assert failed == []
    with transaction(committed) as session:
        assert session.query(Control).one().closing_proposed_at is not None


def test_the_list_is_in_order_of_urgency_page_by_page_and_hides_what_one_may_not_read(
    session: Session, office: Office
) -> None:
    from edms.registry.words import Grade

    days = [date(2025, 5, 30), date(2025, 5, 12), date(2025, 5, 20)]
    for day in days:
        control.put(session, office.mayor.actor(), letter(session, office), due_on=day)
    secret = letter(session, office, grade=Grade.PERSONAL)
    control.put(session, office.mayor.actor(), secret, due_on=date(2025, 5, 6))
    viewer = office.controller.actor()
    first = control.list_controlled(session, viewer, limit=2)
    last = first[-1][0]
    rest = control.list_controlled(session, viewer, after=(last.due_on, last.control_id))
    assert [c.due_on for c, _ in first + rest] == sorted(days)
    assert [c.due_on for c, _ in control.list_controlled(session, viewer, overdue_on=date(2025, 5, 20))] == [
        date(2025, 5, 12)
    ]
    assert len(control.list_controlled(session, office.mayor.actor())) == 4


def test_reminders_come_five_days_before_on_the_day_and_when_late_each_day_once(
    session: Session, office: Office
) -> None:
    resolved(session, office, letter(session, office), office.unit_head, due_on=date(2025, 5, 20))
    told: dict[date, list[str]] = {}
    day = date(2025, 5, 2)
    while day <= date(2025, 6, 1):
        with clock.at(at(day)):
            made = reminding.remind(session, office.organisation)
            assert reminding.remind(session, office.organisation) == []
        if made:
            told[day] = sorted(r.message for r in made)
        day += timedelta(days=1)
    assert told == {
        date(2025, 5, 15): ["notices.work_near"],
        date(2025, 5, 20): ["notices.work_near"],
        date(2025, 5, 21): ["notices.staff_late", "notices.work_late"],
        date(2025, 5, 31): ["notices.staff_late", "notices.work_late"],
    }


def test_a_day_on_which_the_machine_stood_still_is_made_up_for(session: Session, office: Office) -> None:
    resolved(session, office, letter(session, office), office.unit_head, due_on=date(2025, 5, 20))
    with clock.at(at(date(2025, 5, 17))):
        assert [r.message for r in reminding.remind(session, office.organisation)] == ["notices.work_near"]


def test_control_is_checked_by_its_cadence(session: Session, office: Office) -> None:
    control.put(session, office.controller.actor(), letter(session, office), due_on=date(2025, 7, 25))
    days = []
    day = date(2025, 5, 2)
    while day <= date(2025, 7, 27):
        with clock.at(at(day)):
            if any(r.message.startswith("notices.control") for r in reminding.remind(session, office.organisation)):
                days.append(day)
        day += timedelta(days=1)
    # 1 June is a Sunday: checked on Friday; then every ten days, five before, the day itself, and late.
    assert days == [date(2025, 5, 30)] + [date(2025, 7, d) for d in (1, 11, 18, 21, 25, 26)]


def test_a_longer_legal_term_is_a_reasoned_decision_within_three_months(session: Session, office: Office) -> None:
    document = letter(session, office)
    submitted(session, office, document, office.mayor)
    with pytest.raises(Forbidden):
        prolonging.extend(session, office.executor.actor(), document, count=1, kind=Kind.MONTH, reason="x")
    prolonging.extend(session, office.mayor.actor(), document, count=1, kind=Kind.MONTH, reason="expertise")
    assert document.due_on == date(2025, 7, 2)
    prolonging.extend(session, office.mayor.actor(), document, count=1, kind=Kind.MONTH, reason="expertise")
    assert document.due_on == date(2025, 8, 4)  # 2 August is a Saturday
    with pytest.raises(RuleBroken):
        prolonging.extend(session, office.mayor.actor(), document, count=1, kind=Kind.MONTH, reason="more")
