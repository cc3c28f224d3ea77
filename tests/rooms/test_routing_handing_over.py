"""Handing over: everything that one holds goes on with another, everyone is told, and strangers see and move nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.drafting import drafts
from edms.drafting.drafts import DraftCard
from edms.drafting.models import DraftKind, DraftState
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.events import EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.overview.handing_over import open_work
from edms.overview.holding import Kind, holding, move
from edms.registry.intake import acts
from edms.registry.words import Grade
from edms.routing import control, execution, handing_over, resolution
from edms.routing.models import AssignmentState
from edms.routing.naming import Executor
from edms.staff.models import Substitution
from tests.cast import Office, Person
from tests.desks import desk_of
from tests.letters import letter, resolved, submitted
from tests.rooms.test_registry_intake import closed

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def give(
    session: Session, office: Office, kind: Kind, ident: int, giver: Person, to: Person, by: str = "mayor"
) -> None:
    actor = office.actor(by)
    change = handing_over.agreed(session, actor, giver.official, to=to.official_id, reason="შვებულება")
    move(session, actor, kind, ident, change)


def told(session: Session, person: Person) -> list[str]:
    for event_id in session.scalars(select(EventLine.event_id).order_by(EventLine.event_id)).all():
        notices.tell_of(session, event_id)
    found = select(Notice.message).where(Notice.official_id == person.official_id).order_by(Notice.notice_id)
    return list(session.scalars(found))


def test_work_goes_on_as_it_stood_with_what_was_delegated_under_it(session: Session, office: Office) -> None:
    document = letter(session, office, grade=Grade.PERSONAL)
    made = resolved(session, office, document, office.unit_head, due_on=date(2025, 5, 20))
    top = made.assignments[0]
    below = resolution.delegate(
        session, office.unit_head.actor(), top, text="ნახეთ", executors=[Executor(office.executor.official_id)],
        not_before=NOON,
    )  # fmt: skip
    said = execution.report(session, office.executor.actor(), below.assignments[0], text="ვნახე")
    give(session, office, Kind.ASSIGNMENT, top.assignment_id, office.unit_head, office.deputy)
    assert (top.official_id, top.due_on, top.state) == (
        office.deputy.official_id, date(2025, 5, 20), AssignmentState.OPEN
    )  # fmt: skip
    assert f"official:{office.deputy.official_id}" in document.readers
    desk = desk_of(session, office.deputy.actor())
    assert [w.assignment for w in desk.to_execute] == [top]
    assert [r for r, _ in desk.to_judge] == [said]
    assert desk_of(session, office.unit_head.actor()).to_judge == []
    execution.accept(session, office.deputy.actor(), said)
    assert told(session, office.deputy)[-1] == "notices.handed_to_you"
    assert "notices.handed_from_you" in told(session, office.unit_head)


def test_one_who_has_work_under_it_already_takes_the_lead(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head, office.lawyer)
    give(session, office, Kind.ASSIGNMENT, made.assignments[0].assignment_id, office.unit_head, office.lawyer)
    first, second = made.assignments
    assert (first.state, first.responsible) == (AssignmentState.CANCELLED, False)
    assert (second.state, second.responsible) == (AssignmentState.OPEN, True)


def test_a_word_is_judged_by_who_took_over(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head)
    give(session, office, Kind.RESOLUTION, made.resolution_id, office.mayor, office.deputy)
    assert made.author_id == office.mayor.official_id
    said = execution.report(session, office.unit_head.actor(), made.assignments[0], text="შესრულდა")
    assert [r for r, _ in desk_of(session, office.deputy.actor()).to_judge] == [said]
    execution.accept(session, office.deputy.actor(), said)


def test_all_that_she_holds_is_on_one_page_and_goes(session: Session, office: Office) -> None:
    waiting = letter(session, office)
    lying = submitted(session, office, waiting, office.unit_head)
    row = control.put(session, office.unit_head.actor(), waiting)
    card = DraftCard(subject="პასუხი", signer_id=office.mayor.official_id, addressee="ანა")
    own = drafts.begin(session, office.unit_head.actor(), kind=DraftKind.LETTER, card=card)
    held = holding(session, office.mayor.actor(), office.unit_head.official)
    assert {kind: [h.ident for h in rows] for kind, rows in held.items()} == {
        Kind.SUBMISSION: [lying.submission_id], Kind.DRAFT: [own.draft_id], Kind.CONTROL: [row.control_id]
    }  # fmt: skip
    for kind, rows in held.items():
        for each in rows:
            give(session, office, kind, each.ident, office.unit_head, office.deputy)
    assert holding(session, office.mayor.actor(), office.unit_head.official) == {}
    assert (lying.official_id, row.put_by_id, own.author_id) == (office.deputy.official_id,) * 3
    with pytest.raises(RuleBroken):
        give(session, office, Kind.SUBMISSION, lying.submission_id, office.unit_head, office.deputy)


def test_a_closed_envelope_is_the_others_to_open_and_stays_closed(session: Session, office: Office) -> None:
    document, executor, lawyer = closed(session, office), office.executor, office.lawyer
    (held,) = holding(session, office.mayor.actor(), executor.official)[Kind.ENVELOPE]
    assert held.ident == document.document_id
    assert open_work(session, office.administrator.actor(), executor.official).envelopes == 1
    with pytest.raises(Forbidden):
        give(session, office, Kind.ENVELOPE, held.ident, executor, lawyer, "registrar")
    give(session, office, Kind.ENVELOPE, held.ident, executor, lawyer)
    assert holding(session, office.mayor.actor(), executor.official) == {}
    assert document.closed and f"official:{lawyer.official_id}" in document.readers
    assert "notices.handed_to_you" in told(session, lawyer) and "notices.handed_from_you" in told(session, executor)
    with pytest.raises(Forbidden):
        acts.open_envelope(session, executor.actor(), document)
    acts.open_envelope(session, lawyer.actor(), document)
    with pytest.raises(RuleBroken):
        give(session, office, Kind.ENVELOPE, held.ident, lawyer, executor)


def test_a_signature_passes_to_one_who_signs_and_the_page_is_made_anew(session: Session, office: Office) -> None:
    card = DraftCard(subject="პასუხი", signer_id=office.mayor.official_id, addressee="ანა")
    draft = drafts.begin(session, office.executor.actor(), kind=DraftKind.LETTER, card=card)
    draft.state = DraftState.TO_SIGN
    session.flush()
    with pytest.raises(Invalid):
        give(session, office, Kind.SIGNATURE, draft.draft_id, office.mayor, office.lawyer)
    give(session, office, Kind.SIGNATURE, draft.draft_id, office.mayor, office.deputy)
    assert (draft.signer_id, draft.state) == (office.deputy.official_id, DraftState.WRITING)


@pytest.mark.parametrize("who", ["stranger", "lawyer", "registrar", "administrator", "foreigner", "archivist"])
def test_others_neither_see_nor_move_it(session: Session, office: Office, who: str) -> None:
    made = resolved(session, office, letter(session, office), office.executor)
    with pytest.raises(Forbidden):
        holding(session, office.actor(who), office.executor.official)
    with pytest.raises(Forbidden):
        give(session, office, Kind.ASSIGNMENT, made.assignments[0].assignment_id, office.executor, office.lawyer, who)
    assert made.assignments[0].official_id == office.executor.official_id


def test_a_leader_moves_no_letter_that_she_may_not_see(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office, grade=Grade.PERSONAL), office.executor)
    assert holding(session, office.unit_head.actor(), office.executor.official) == {}
    with pytest.raises(NotFound):
        give(
            session, office, Kind.ASSIGNMENT, made.assignments[0].assignment_id, office.executor,
            office.second_executor, "unit_head",
        )  # fmt: skip


def test_one_gives_her_own_only_to_who_stands_in_for_her(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.executor)
    work = made.assignments[0].assignment_id
    with pytest.raises(Invalid):
        give(session, office, Kind.ASSIGNMENT, work, office.executor, office.second_executor, "executor")
    session.add(
        Substitution(
            absent=office.executor.official, substitute=office.second_executor.official,
            from_on=date(2025, 5, 12), until_on=date(2025, 5, 20), reason="x", entered_by_id=office.mayor.official_id,
        )
    )  # fmt: skip
    session.flush()
    give(session, office, Kind.ASSIGNMENT, work, office.executor, office.second_executor, "executor")
    assert made.assignments[0].official_id == office.second_executor.official_id
    with clock.at(NOON + timedelta(hours=1)), pytest.raises(Forbidden):
        execution.report(session, office.executor.actor(), made.assignments[0], text="x")
