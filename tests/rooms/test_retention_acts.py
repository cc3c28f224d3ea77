"""Dates on closed cases, holds over them, acts of destruction: who may, what waits, what is never shortened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.filing import case_files, lines, plan
from edms.filing.models import CaseFile
from edms.registry.documents import link
from edms.registry.models import Document
from edms.registry.words import DocumentState, LinkKind
from edms.retention import acts, approving, confirming, dating, erasing, holds, proposing
from edms.retention.act_models import ActState, LineState
from edms.retention.due import Obstacle, due, undated
from edms.retention.models import CaseKeeping, KeepingState
from edms.retention.schedule import retention_class
from tests import disposals
from tests.cast import Office
from tests.disposals import DUE, GROUND, LAST_DAY, approved, closed_case, commission, confirmed, proposed
from tests.letters import letter


@pytest.fixture(autouse=True)
def _due():
    with clock.at(DUE):
        yield


def keeping(session: Session, case: CaseFile) -> CaseKeeping:
    return session.get_one(CaseKeeping, case.case_file_id)


def waits(session: Session, office: Office, year: int = DUE.year) -> dict[int, tuple[Obstacle, ...]]:
    return {line.keeping.case_file_id: line.obstacles for line in due(session, office.archivist.actor(), year=year)}


def test_a_closed_case_has_its_date_and_setting_it_again_changes_nothing(session: Session, office: Office) -> None:
    case = closed_case(session, office)
    row = keeping(session, case)
    assert (row.until, row.permanent, row.state) == (date(2025, 12, 31), False, KeepingState.KEPT)
    version = row.version
    dating.set_due(session, case.case_file_id)
    assert keeping(session, case).version == version
    shown = dating.kept(session, case)
    assert shown.keep is not None and shown.keep.until == row.until
    assert "retention.law.po" in [message for message, _ in shown.why]


def test_a_lost_job_and_a_corrected_class_are_caught_up_and_nothing_is_shortened(
    session: Session, office: Office
) -> None:
    case = closed_case(session, office, kind="accounting")
    assert keeping(session, case).until is None  # its audit is not closed
    session.delete(keeping(session, case))
    session.flush()
    assert dating.catch_up(session) == 1
    case.case_index.retention_class = "dispatch_lists"
    session.flush()
    assert dating.catch_up(session) == 1 and dating.catch_up(session) == 0
    assert keeping(session, case).retention_class == "dispatch_lists"
    case.case_index.retention_class = "correspondence"
    session.flush()
    dating.catch_up(session)
    assert keeping(session, case).until == date(2025, 12, 31)
    case.case_index.retention_class = "for_reference"  # one year: shorter than what stands
    session.flush()
    dating.catch_up(session)
    assert keeping(session, case).until == date(2025, 12, 31)


def test_another_trigger_is_entered_with_its_proof_by_the_archivist(session: Session, office: Office) -> None:
    case = closed_case(session, office, kind="accounting")
    archivist = office.archivist.actor()
    with pytest.raises(Invalid) as wrong:
        dating.enter_trigger(session, archivist, case, on=date(2030, 1, 1), proof=" ")
    assert set(wrong.value.fields) == {"on", "proof"}
    for other in (office.registrar, office.foreigner, office.stranger):
        with pytest.raises(Forbidden):
            dating.enter_trigger(session, other.actor(), case, on=date(2015, 3, 1), proof="აქტი")
    dating.enter_trigger(session, archivist, case, on=date(2015, 3, 1), proof="აუდიტის აქტი №4")
    assert keeping(session, case).until == date(2025, 12, 31)
    dating.enter_trigger(session, archivist, case, on=date(2014, 3, 1), proof="აუდიტის აქტი №3")
    assert keeping(session, case).until == date(2025, 12, 31)
    by_closing = closed_case(session, office, index="12-06")
    with pytest.raises(RuleBroken, match="trigger_by_closing"):
        dating.enter_trigger(session, archivist, by_closing, on=date(2015, 3, 1), proof="აქტი")


def test_a_class_is_confirmed_or_lengthened_and_its_cases_follow(session: Session, office: Office) -> None:
    case = closed_case(session, office, kind="surveys")
    archivist, here = office.archivist.actor(), office.organisation
    dating.enter_trigger(session, archivist, case, on=date(2019, 3, 1), proof="ოქმი")
    assert waits(session, office)[case.case_file_id] == (Obstacle.UNCONFIRMED,)
    with pytest.raises(Forbidden):
        confirming.confirm(session, office.registrar.actor(), here, "surveys", ground="ნუსხა")
    with pytest.raises(RuleBroken, match="never_shorter"):
        confirming.confirm(session, archivist, here, "surveys", ground="ნუსხა", years=3)
    confirmed(session, office, "surveys")
    assert waits(session, office)[case.case_file_id] == ()
    line = confirming.confirm(session, archivist, here, "surveys", ground="ნუსხა", years=8)
    assert dating.reset_class(session, line.schedule_line_id) == 1
    assert keeping(session, case).until == date(2027, 12, 31)
    line = confirming.confirm(session, archivist, here, "surveys", ground="საკრებულო", for_ever=True)
    dating.reset_class(session, line.schedule_line_id)
    assert keeping(session, case).permanent and case.case_file_id not in waits(session, office, 2150)
    with pytest.raises(RuleBroken, match="permanent"):
        confirming.confirm(session, archivist, here, "surveys", ground="ნუსხა", years=8)
    assert retention_class("surveys").years == 5


def test_what_is_due_names_why_it_waits_and_no_stranger_sees_it(session: Session, office: Office) -> None:
    confirmed(session, office)
    with clock.at(LAST_DAY):
        case, other = closed_case(session, office), closed_case(session, office, index="12-06")
        assert waits(session, office) == {
            case.case_file_id: (Obstacle.NOT_YET,), other.case_file_id: (Obstacle.NOT_YET,)
        }  # fmt: skip
    unknown = closed_case(session, office, index="12-07", kind="no_such")
    inside = session.scalars(select(Document).where(Document.case_file_id == other.case_file_id)).first()
    appeal = letter(session, office)
    link(session, office.registrar.actor(), appeal, inside, LinkKind.CONCERNS)
    assert waits(session, office) == {case.case_file_id: (), other.case_file_id: (Obstacle.OPEN_LETTERS,)}
    assert [row.case_file_id for row in undated(session, office.archivist.actor())] == [unknown.case_file_id]
    for other_person in (office.stranger, office.registrar, office.administrator):
        with pytest.raises(Forbidden):
            due(session, other_person.actor(), year=DUE.year)
    assert waits(session, office, 2024) == {}


def test_a_hold_stands_above_the_date_and_is_lifted_by_another(session: Session, office: Office) -> None:
    confirmed(session, office)
    case = closed_case(session, office)
    inside = session.scalars(select(Document).where(Document.case_file_id == case.case_file_id)).first()
    archivist, mayor = office.archivist.actor(), office.mayor
    with pytest.raises(Invalid) as wrong:
        holds.place(session, archivist, case, reason="", ground="", until=date(2020, 1, 1))
    assert set(wrong.value.fields) == {"reason", "ground", "until"}
    for other in (office.registrar, office.stranger, office.foreigner, office.auditor):
        with pytest.raises(Forbidden):
            holds.place(session, other.actor(), case, reason="დავა", ground="სასამართლო")
    for thing in (case, case.case_index, inside):
        hold = holds.place(session, archivist, thing, reason="დავა", ground="სასამართლოს წერილი №5")
        assert waits(session, office)[case.case_file_id] == (Obstacle.HELD,)
        assert hold in holds.on_document(session, inside) and holds.over_case_file(session, case) == [hold]
        with pytest.raises(RuleBroken, match="held"):
            proposed(session, office, case)
        with pytest.raises(RuleBroken, match="by_another"):
            holds.lift(
                session, replace(office.mayor.actor(stepped_up=True), acting_for=hold.placed_by_id), hold, reason="კი"
            )
        with pytest.raises(Forbidden):
            holds.lift(session, mayor.actor(), hold, reason="დასრულდა")  # the password was not asked
        holds.lift(session, mayor.actor(stepped_up=True), hold, reason="დავა დასრულდა")
        with pytest.raises(RuleBroken, match="lifted"):
            holds.lift(session, mayor.actor(stepped_up=True), hold, reason="კიდევ")
        assert waits(session, office)[case.case_file_id] == ()
    assert len(holds.holds(session, archivist, lifted=True)) == 3 and holds.holds(session, archivist) == []
    with pytest.raises(NotFound):
        holds.hold_of(session, office.foreigner.actor(), hold.hold_id)
    hidden = holds.place(session, archivist, inside, reason="დავა", ground="სასამართლო")
    inside.readers = []
    session.flush()
    assert holds.holds(session, archivist) == []
    with pytest.raises(NotFound):
        holds.hold_of(session, archivist, hidden.hold_id)


def test_a_hold_with_a_last_day_ends_after_it(session: Session, office: Office) -> None:
    case = closed_case(session, office)
    last = DUE.date() + timedelta(days=3)
    hold = holds.place(session, office.archivist.actor(), case, reason="აუდიტი", ground="წერილი", until=last)
    with clock.at(DUE + timedelta(days=3)):
        assert holds.end_past(session) == 0
    with clock.at(DUE + timedelta(days=4)):
        assert holds.end_past(session) == 1
    assert hold.lifted_at is not None and hold.lifted_by_id is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE case_keeping SET state = 'destroyed'",
        "UPDATE document SET state = 'destroyed' WHERE case_file_id IS NOT NULL",
        "DELETE FROM hold",
    ],
)
def test_the_database_itself_refuses_to_destroy_what_is_held(session: Session, office: Office, change: str) -> None:
    case = closed_case(session, office)
    hold = holds.place(session, office.lawyer.actor(), case.case_index, reason="დავა", ground="სასამართლო")
    with pytest.raises(DBAPIError, match="hold"), session.begin_nested():
        session.execute(text(change))
    holds.lift(session, office.mayor.actor(stepped_up=True), hold, reason="დასრულდა")
    with pytest.raises(DBAPIError, match="lifted once"), session.begin_nested():
        session.execute(text("UPDATE hold SET lifted_at = NULL"))


def test_an_act_needs_two_of_the_commission_who_did_not_propose_it(session: Session, office: Office) -> None:
    confirmed(session, office)
    case = closed_case(session, office)
    act = proposed(session, office, case)
    assert keeping(session, case).state is KeepingState.IN_ACT
    with pytest.raises(RuleBroken, match="in_act"):
        proposed(session, office, case)
    lawyer, controller = (person.actor(stepped_up=True) for person in commission(session, office))
    for nobody in (office.archivist, office.mayor, office.registrar, office.foreigner, office.auditor):
        with pytest.raises(Forbidden):
            approving.approve(session, nobody.actor(stepped_up=True), act, cases=1)
    with pytest.raises(Forbidden):
        approving.approve(session, office.lawyer.actor(), act, cases=1)
    with pytest.raises(Conflict):
        approving.approve(session, lawyer, act, cases=2)
    approving.approve(session, lawyer, act, cases=1)
    with pytest.raises(RuleBroken, match="approved_already"):
        approving.approve(session, lawyer, act, cases=1)
    stands_in = replace(controller, acting_for=office.lawyer.official_id)
    with pytest.raises(RuleBroken, match="approved_already"):
        approving.approve(session, stands_in, act, cases=1)
    assert act.state is ActState.PROPOSED
    approving.approve(session, controller, act, cases=1)
    assert act.state is ActState.APPROVED
    assert act.erase_from == DUE.date() + timedelta(days=31)
    document = session.get_one(Document, act.document_id)
    assert document.kind.value == "internal" and "1" in document.summary
    with pytest.raises(NotFound):
        acts.act_of(session, office.foreigner.actor(), act.disposal_act_id)
    with pytest.raises(Forbidden):
        acts.act_of(session, office.registrar.actor(), act.disposal_act_id)
    with pytest.raises(Forbidden):
        acts.acts(session, office.stranger.actor())


def test_the_one_who_proposed_does_not_approve_even_as_a_member(session: Session, office: Office) -> None:
    confirmed(session, office)
    case = closed_case(session, office)
    commission(session, office)
    act = proposed(session, office, case)
    act.proposed_by_id = office.lawyer.official_id
    session.flush()
    with pytest.raises(RuleBroken, match="approve_own"):
        approving.approve(session, office.lawyer.actor(stepped_up=True), act, cases=1)


def test_a_case_is_taken_out_and_kept_longer_and_an_empty_act_is_withdrawn(session: Session, office: Office) -> None:
    confirmed(session, office)
    case, other = closed_case(session, office), closed_case(session, office, index="12-06")
    act = approved(session, office, case, other)
    lawyer = office.lawyer.actor()
    with pytest.raises(Invalid):
        approving.take_out(session, lawyer, act, case.case_file_id, reason="ისტორიული", until=date(2020, 1, 1))
    approving.take_out(session, lawyer, act, case.case_file_id, reason="ისტორიული", until=date(2040, 12, 31))
    row = keeping(session, case)
    assert (row.state, row.until, row.longer_reason) == (KeepingState.KEPT, date(2040, 12, 31), "ისტორიული")
    with pytest.raises(NotFound):
        approving.take_out(session, lawyer, act, case.case_file_id, reason="კიდევ")
    with pytest.raises(Forbidden):
        approving.take_out(session, office.registrar.actor(), act, other.case_file_id, reason="არა")
    approving.take_out(session, lawyer, act, other.case_file_id, reason="შემოწმდება")
    assert act.state is ActState.WITHDRAWN and keeping(session, other).state is KeepingState.KEPT
    assert waits(session, office) == {other.case_file_id: ()}
    with pytest.raises(RuleBroken, match="withdrawn"):
        approving.withdraw(session, lawyer, act, reason="კიდევ")


def test_a_class_of_the_verification_commission_needs_the_authoritys_agreement(
    session: Session, office: Office
) -> None:
    confirmed(session, office, "applications")
    case = closed_case(session, office, kind="applications")
    with pytest.raises(Invalid) as wrong:
        proposed(session, office, case)
    assert wrong.value.fields == {"authority": "retention.authority_missing"}
    archivist = office.archivist.actor(stepped_up=True)
    act = proposing.propose(
        session, archivist, office.organisation, [case.case_file_id], ground=GROUND, authority="არქივი №7"
    )
    assert act.authority == "არქივი №7"


def test_the_cooling_off_is_never_below_a_week(session: Session, office: Office) -> None:
    archivist = office.archivist.actor()
    with pytest.raises(Invalid):
        acts.set_cooling(session, archivist, office.organisation, 6)
    with pytest.raises(Forbidden):
        acts.set_cooling(session, office.registrar.actor(), office.organisation, 10)
    acts.set_cooling(session, archivist, office.organisation, 7)
    confirmed(session, office)
    act = approved(session, office, closed_case(session, office))
    assert act.erase_from == DUE.date() + timedelta(days=8)
    with clock.at(DUE + timedelta(days=7)):
        assert erasing.begin_due(session) == 0
    with clock.at(DUE + timedelta(days=8)):
        assert erasing.begin_due(session) == 1


def test_a_hold_placed_in_the_cooling_off_stops_the_case_at_the_last_look(session: Session, office: Office) -> None:
    confirmed(session, office)
    case = closed_case(session, office)
    act = disposals.begun(session, office, case)
    holds.place(session, office.mayor.actor(), case, reason="დავა", ground="სასამართლო")
    assert erasing.decide_next(session, act.disposal_act_id)
    assert not erasing.decide_next(session, act.disposal_act_id)
    [line] = acts.lines(session, act)
    assert (line.state, line.reason) == (LineState.STOPPED, "retention.obstacle.held")
    assert keeping(session, case).state is KeepingState.KEPT
    inside = session.scalars(select(Document).where(Document.case_file_id == case.case_file_id)).all()
    assert {document.state for document in inside} == {DocumentState.FILED}
    assert erasing.end(session, act.disposal_act_id) and act.state is ActState.DONE


def test_an_open_case_has_no_date_yet(session: Session, office: Office) -> None:
    line = lines.IndexLine("12-09", {"ka": "გზები 12-09"}, "correspondence")
    plan.enter(session, office.archivist.actor(), office.organisation, line, year=DUE.year)
    entry = case_files.file_document(session, office.registrar.actor(), letter(session, office, case_index="12-09"))
    dating.set_due(session, entry.case_file_id)
    with pytest.raises(NotFound):
        dating.keeping_of(session, office.archivist.actor(), entry.case_file_id)
