"""What stands beside a letter: opinions, acquaintance, comments, following, conflicts, and where its paper is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.registry.words import DocumentState, Grade
from edms.routing import acquaintance, declaring, execution, resolution, submission
from edms.routing.models import AssignmentState, Order, SubmissionState
from edms.routing.naming import Executor
from edms.routing.opinions import asking
from edms.routing.opinions.models import OpinionState
from edms.routing.originals import handing
from edms.routing.talk import comments
from tests.cast import Office, Person
from tests.desks import desk_of
from tests.letters import letter, resolved, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)
DAY = date(2025, 5, 9)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def told(session: Session, person: Person) -> list[str]:
    for event_id in session.scalars(select(EventLine.event_id).order_by(EventLine.event_id)).all():
        notices.tell_of(session, event_id)
    found = select(Notice.message).where(Notice.official_id == person.official_id).order_by(Notice.notice_id)
    return list(session.scalars(found))


def test_opinions_are_asked_in_turn_and_stay_with_the_letters_readers(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    resolved(session, office, document, office.executor)
    made = asking.ask(
        session, office.executor.actor(), document, question="შეიძლება?", due_on=DAY, order=Order.SEQUENTIAL,
        official_ids=[office.lawyer.official_id, office.stranger.official_id],
    )  # fmt: skip
    first, second = made.opinions
    assert (first.state, second.state) == (OpinionState.ASKED, OpinionState.PENDING)
    assert [o for o, _ in asking.asked_of(session, office.lawyer.actor())] == [first]
    with pytest.raises(NotFound):
        asking.opinion_of(session, office.stranger.actor(), second.opinion_id)  # not her turn: not her letter yet
    with pytest.raises(Forbidden):
        asking.give(session, office.executor.actor(), first, text="x")
    asking.give(session, office.lawyer.actor(), first, text="შეიძლება")
    assert second.state is OpinionState.ASKED
    assert told(session, office.executor)[-1] == "notices.opinion_given"
    assert told(session, office.stranger) == ["notices.opinion_asked"]
    with pytest.raises(RuleBroken):
        asking.give(session, office.lawyer.actor(), first, text="ისევ")
    with pytest.raises(Forbidden):
        asking.withdraw(session, office.lawyer.actor(), made, reason="x")
    asking.withdraw(session, office.executor.actor(), made, reason="აღარ სჭირდება")
    assert (first.text, second.state) == ("შეიძლება", OpinionState.WITHDRAWN)


@pytest.mark.parametrize("who", ["second_executor", "stranger", "registrar", "foreigner", "archivist"])
def test_only_who_has_the_letter_or_leads_asks(session: Session, office: Office, who: str) -> None:
    document = letter(session, office)
    resolved(session, office, document, office.executor)
    with pytest.raises(Forbidden):
        asking.ask(
            session, office.actor(who), document, question="x", official_ids=[office.lawyer.official_id], due_on=DAY
        )


def test_a_unit_is_acquainted_with_an_order_and_reminded(session: Session, office: Office) -> None:
    order = letter(session, office, office.orders, case_index="01-01")
    made = acquaintance.ask(
        session, office.registrar.actor(), order, text="გასაცნობად", unit_ids=[office.infrastructure.unit_id],
        official_ids=[office.lawyer.official_id], due_on=DAY,
    )  # fmt: skip
    people = {office.unit_head, office.executor, office.second_executor, office.lawyer}
    assert {a.official_id for a in made.assignments} == {p.official_id for p in people}
    assert order.state is DocumentState.REGISTERED  # to be read is not to be executed
    mine = next(a for a in made.assignments if a.official_id == office.lawyer.official_id)
    execution.acquaint(session, office.lawyer.actor(), mine)
    assert (mine.state, mine.ended_at) == (AssignmentState.DONE, NOON)
    assert acquaintance.remind(session, office.registrar.actor(), order) == 3
    with pytest.raises(RuleBroken):
        acquaintance.remind(session, office.registrar.actor(), order)
    assert "notices.assignment_reminded" in told(session, office.executor)
    assert "notices.assignment_reminded" not in told(session, office.lawyer)
    with pytest.raises(Invalid):  # all of them wait already
        acquaintance.ask(session, office.registrar.actor(), order, text="x", unit_ids=[office.infrastructure.unit_id])
    for who in ("executor", "stranger", "foreigner"):
        with pytest.raises(Forbidden):
            acquaintance.ask(session, office.actor(who), order, text="x", official_ids=[office.lawyer.official_id])


def test_a_mention_gives_sight_only_from_who_may_share(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    resolved(session, office, document, office.executor, office.lawyer)
    with pytest.raises(Invalid) as wrong:
        comments.write(session, office.lawyer.actor(), document, text="ნახეთ", mentioned=[office.stranger.official_id])
    assert wrong.value.fields == {"people": "routing.cannot_see_letter"}
    made = comments.write(
        session, office.executor.actor(), document, text="ნახეთ", mentioned=[office.stranger.official_id]
    )
    assert f"official:{office.stranger.official_id}" in document.readers
    kinds = session.scalars(select(EventLine.kind).where(EventLine.document_id == document.document_id)).all()
    assert Event.SIGHT_GIVEN in kinds
    assert told(session, office.stranger) == ["notices.comment_written"]
    assert comments.of_letter(session, office.stranger.actor(), document) == [(made, [office.stranger.official_id])]
    with pytest.raises(Forbidden):
        comments.of_letter(session, office.second_executor.actor(), document)
    with pytest.raises(Forbidden):
        comments.write(session, office.second_executor.actor(), document, text="x")
    with pytest.raises(NotFound):
        comments.comment_of(session, office.foreigner.actor(), made.comment_id)
    with pytest.raises(Forbidden):
        comments.withdraw(session, office.lawyer.actor(), made)
    comments.withdraw(session, office.executor.actor(), made)
    assert made.withdrawn_at == NOON


def test_who_follows_is_told_and_nobody_follows_what_she_may_not_read(session: Session, office: Office) -> None:
    document = letter(session, office)
    comments.follow(session, office.controller.actor(), document, on=True)
    with pytest.raises(Forbidden):
        comments.follow(session, office.stranger.actor(), document, on=True)
    with clock.at(NOON + timedelta(minutes=1)):
        submitted(session, office, document, office.deputy)
        assert told(session, office.controller) == ["notices.followed"]
        comments.follow(session, office.controller.actor(), document, on=False)
        resolution.issue(
            session, office.mayor.actor(), document, text="x", executors=[Executor(office.executor.official_id)]
        )
        assert told(session, office.controller) == ["notices.followed"]


def test_a_conflict_takes_the_letter_to_the_superior_for_good(session: Session, office: Office) -> None:
    office.unit_head.official.superior_id = office.deputy.official_id
    document = letter(session, office)
    lying = submitted(session, office, document, office.unit_head)
    due = document.due_on
    declaring.declare(session, office.unit_head.actor(), document, reason="ნათესავია")
    assert (lying.state, lying.end_reason) == (SubmissionState.GIVEN_BACK, "ნათესავია")
    assert [s.document_id for s, _ in desk_of(session, office.deputy.actor()).to_resolve] == [document.document_id]
    assert document.due_on == due
    assert told(session, office.deputy)[-1] == "notices.conflict_declared"
    with pytest.raises(Invalid) as wrong:
        submission.submit(session, office.registrar.actor(), document, official=office.unit_head.official_id)
    assert wrong.value.fields == {"official": "routing.has_conflict"}
    with pytest.raises(Invalid):
        resolution.issue(
            session, office.mayor.actor(), document, text="x", executors=[Executor(office.unit_head.official_id)]
        )
    with pytest.raises(RuleBroken):
        declaring.declare(session, office.registrar.actor(), document, reason="x")  # nothing of it lies with her
    with pytest.raises(Forbidden):
        declaring.declare(session, office.stranger.actor(), document, reason="x")


def test_work_with_a_conflict_returns_to_its_author(session: Session, office: Office) -> None:
    document = letter(session, office)
    made = resolved(session, office, document, office.executor)
    declaring.declare(session, office.executor.actor(), document, reason="მეზობელია")
    assert made.assignments[0].state is AssignmentState.GIVEN_BACK
    assert [w.assignment for w in desk_of(session, office.mayor.actor()).to_reassign] == [made.assignments[0]]


def test_the_paper_is_the_holders_until_it_is_received(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    with pytest.raises(Forbidden):
        handing.hand(session, office.executor.actor(), document, to=office.executor.official_id)
    resolved(session, office, document, office.unit_head)
    keeper = office.mayor
    assert handing.where(session, document) is None
    with pytest.raises(Forbidden):
        handing.place(session, keeper.actor(), document, place="კარადა")
    document.grade = Grade.OPEN
    document.readers = [*document.readers, f"org:{office.organisation.organisation_id}:open"]
    row = handing.place(session, office.registrar.actor(), document, place="კარადა 2")
    handing.hand(session, office.registrar.actor(), document, to=office.unit_head.official_id)
    assert row.holder_id == office.registrar.official_id
    assert [d for _, d in handing.held_by(session, office.unit_head.actor(), handed=True)] == [document]
    with pytest.raises(RuleBroken):
        handing.receive(session, office.deputy.actor(), document)
    handing.receive(session, office.unit_head.actor(), document, place="მაგიდა")
    assert (row.holder_id, row.place, row.receiver_id) == (office.unit_head.official_id, "მაგიდა", None)
    assert [d for _, d in handing.held_by(session, office.unit_head.actor())] == [document]
    assert handing.held_by(session, office.stranger.actor()) == []
    handing.hand(session, office.unit_head.actor(), document, to=office.stranger.official_id)
    with pytest.raises(Invalid):
        handing.refuse(session, office.stranger.actor(), document, reason=" ")
    handing.refuse(session, office.stranger.actor(), document, reason="არ მომიტანეს")
    assert (row.holder_id, row.receiver_id) == (office.unit_head.official_id, None)
    assert told(session, office.unit_head)[-1] in ("notices.paper_refused", "notices.paper_handed")
