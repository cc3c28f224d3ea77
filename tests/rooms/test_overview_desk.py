"""The desk, the line, the course, the case file and the history: what each shows, and what it hides from strangers."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Forbidden, NotFound
from edms.events import Event, EventLine
from edms.filing import case_files, lines, plan
from edms.overview import desk_groups, reading, register
from edms.overview import lying as lies_with
from edms.overview.cases import case_file_page
from edms.overview.course import course_of
from edms.overview.desk import Desk
from edms.overview.history import history
from edms.overview.line import lines_of
from edms.overview.register import Wanted, register_page
from edms.registry import corrections
from edms.registry.words import Grade
from edms.retention import schedule
from edms.retention.dating import kept
from edms.routing import control, execution, extension, resolution, submission
from edms.routing.naming import Executor
from edms.words.catalogue import load
from tests.cast import Office
from tests.desks import desk_of
from tests.letters import letter, note, resolved, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)
TODAY = date(2025, 5, 2)
LATER = NOON + timedelta(seconds=10)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def everything(session: Session, actor) -> list[object]:
    desk = desk_of(session, actor)
    return [thing for group in vars(desk).values() if isinstance(group, list) for thing in group]


def test_a_letter_passes_from_desk_to_desk(session: Session, office: Office) -> None:
    document = letter(session, office)
    assert [line.document for line in desk_of(session, office.registrar.actor()).to_submit] == [document]
    lying = submitted(session, office, document, office.mayor)
    assert desk_of(session, office.registrar.actor()).to_submit == []
    assert [s for s, _ in desk_of(session, office.mayor.actor()).to_resolve] == [lying]
    named = [Executor(office.unit_head.official_id), note(office.stranger)]
    made = resolution.issue(session, office.mayor.actor(), lying, text="x", executors=named, not_before=NOON)
    assert desk_of(session, office.mayor.actor()).to_resolve == []
    head = desk_of(session, office.unit_head.actor())
    assert [w.assignment for w in head.to_execute] == [made.assignments[0]]
    assert [w.assignment for w in desk_of(session, office.stranger.actor()).to_acquaint] == [made.assignments[1]]
    said = execution.report(session, office.unit_head.actor(), made.assignments[0], text="done")
    assert [r for r, _ in desk_of(session, office.mayor.actor()).to_judge] == [said]
    execution.accept(session, office.mayor.actor(), said)
    assert everything(session, office.mayor.actor()) == []
    for stranger in (office.foreigner, office.lawyer, office.administrator):
        assert everything(session, stranger.actor()) == []


def test_what_can_still_be_taken_back_lies_on_no_other_desk(session: Session, office: Office) -> None:
    document = letter(session, office)
    lying = submission.submit(session, office.registrar.actor(), document, official=office.mayor.official_id)
    assert desk_of(session, office.mayor.actor()).to_resolve == []
    with clock.at(LATER):
        assert [s for s, _ in desk_of(session, office.mayor.actor()).to_resolve] == [lying]
        made = resolution.issue(
            session, office.mayor.actor(), lying, text="x", executors=[Executor(office.unit_head.official_id)]
        )
        assert desk_of(session, office.unit_head.actor()).to_execute == []
        mine = course_of(session, document, TODAY, office.mayor.actor())
        hers = course_of(session, document, TODAY, office.unit_head.actor())
        assert (mine[-1].resolution, hers[-1].resolution) == (made, None)
    with clock.at(LATER + timedelta(seconds=10)):
        assert len(desk_of(session, office.unit_head.actor()).to_execute) == 1


def test_the_author_sees_what_is_asked_of_her_and_what_came_back(session: Session, office: Office) -> None:
    made = resolved(session, office, letter(session, office), office.unit_head, office.lawyer, due_on=date(2025, 5, 20))
    asked = extension.ask(
        session, office.unit_head.actor(), made.assignments[0], wanted=date(2025, 5, 28), reason="survey"
    )
    execution.give_back(session, office.lawyer.actor(), made.assignments[1], reason="not law")
    desk = desk_of(session, office.mayor.actor())
    assert [e for e, _ in desk.to_extend] == [asked]
    assert [w.assignment for w in desk.to_reassign] == [made.assignments[1]]
    assert desk_of(session, office.deputy.actor()).to_extend == []


def test_the_latest_come_first_and_lateness_is_counted(session: Session, office: Office) -> None:
    for day in (date(2025, 5, 20), date(2025, 5, 8)):
        resolved(session, office, letter(session, office), office.unit_head, due_on=day)
    with clock.at(datetime(2025, 5, 9, 8, tzinfo=UTC)):
        desk = desk_of(session, office.unit_head.actor())
    assert [(w.line.inner_on, w.line.kind) for w in desk.to_execute] == [
        (date(2025, 5, 8), "late"),
        (date(2025, 5, 20), "open"),
    ]
    assert desk.to_execute[0].line.inner == ("terms.left.late.cd", {"n": 1})
    assert desk.late == 1


def test_control_on_the_desk_is_what_is_near_and_only_for_those_who_watch(session: Session, office: Office) -> None:
    near, far = letter(session, office), letter(session, office)
    control.put(session, office.mayor.actor(), near, due_on=date(2025, 5, 6))
    control.put(session, office.mayor.actor(), far, due_on=date(2025, 6, 6))
    assert [line.document for _, line in desk_of(session, office.controller.actor()).control] == [near]
    assert desk_of(session, office.executor.actor()).control == []


def test_a_line_says_before_whom_it_lies_and_what_is_left_in_its_own_days(session: Session, office: Office) -> None:
    document = letter(session, office, addressee_id=office.mayor.official_id)
    submitted(session, office, document, office.deputy)
    (line,) = lines_of(session, [document], TODAY)
    assert line.responsible is office.deputy.official
    assert (line.term, line.kind) == (("terms.left.cd", {"n": 31}), "open")
    (line,) = lines_of(session, [document], date(2025, 6, 3))
    assert (line.term, line.kind) == (("terms.left.late.cd", {"n": 1}), "late")


def test_a_register_turns_page_by_page_and_shows_nobody_more_than_is_hers(session: Session, office: Office) -> None:
    made = [letter(session, office) for _ in range(5)]
    secret = letter(session, office, grade=Grade.PERSONAL)
    registrar = office.auditor.actor()
    pages: list[int] = []
    before = None
    while page := register_page(session, registrar, office.incoming, Wanted(before=before), limit=2):
        pages += [line.document.document_id for line in page]
        before = (page[-1].document.year, page[-1].document.serial)
    assert pages == [d.document_id for d in reversed([*made, secret])]
    assert register_page(session, office.controller.actor(), office.incoming)[0].document is made[-1]
    for stranger in (office.stranger, office.foreigner, office.administrator):
        assert register_page(session, stranger.actor(), office.incoming) == []


@pytest.mark.parametrize("reach", [1, 3, 100])
def test_somebody_with_few_letters_in_a_register_sees_each_of_them_once(
    session: Session, office: Office, monkeypatch: pytest.MonkeyPatch, reach: int
) -> None:
    monkeypatch.setattr(register, "REACH", reach)
    made = [letter(session, office) for _ in range(9)]
    mine = made[::2]
    for document in mine:
        resolved(session, office, document, office.second_executor)
    pages: list[int] = []
    before = None
    while page := register_page(
        session, office.second_executor.actor(), office.incoming, Wanted(before=before), limit=2
    ):
        pages += [line.document.document_id for line in page]
        before = (page[-1].document.year, page[-1].document.serial)
    assert pages == [d.document_id for d in reversed(mine)]
    state = made[0].state
    shown = register_page(session, office.second_executor.actor(), office.incoming, Wanted(state=state), limit=9)
    assert [line.document for line in shown] == [d for d in reversed(mine) if d.state is state]


def test_the_course_is_a_tree_in_order_of_time_and_all_its_words_exist(session: Session, office: Office) -> None:
    document = letter(session, office)
    made = resolved(session, office, document, office.unit_head, due_on=date(2025, 5, 20))
    below = resolution.delegate(
        session,
        office.unit_head.actor(),
        made.assignments[0],
        text="look",
        executors=[Executor(office.executor.official_id)],
        not_before=NOON,
    )
    extension.ask(session, office.executor.actor(), below.assignments[0], wanted=date(2025, 5, 28), reason="survey")
    steps = course_of(session, document, TODAY)
    assert [s.what for s in steps] == ["overview.submitted.resolved", "overview.resolution.open"]
    (head,) = steps[1].steps
    (down,) = head.steps
    (work,) = down.steps
    assert (head.who, work.who) == (office.unit_head.official, office.executor.official)
    assert [s.what for s in work.steps] == ["overview.extension.asked"]
    said: set[str] = set()

    def collect(found) -> None:
        for step in found:
            said.add(step.what)
            collect(step.steps)

    collect(steps)
    assert said <= set(load())
    for role in ("lead", "with", "acquaint"):
        for state in type(work.assignment.state):
            assert f"overview.assignment.{role}.{state.value}" in load()


def test_reading_is_written_once_in_ten_minutes_and_only_what_one_may_read(session: Session, office: Office) -> None:
    document = letter(session, office)
    made = resolved(session, office, document, office.unit_head)

    def readings() -> int:
        found = select(EventLine).where(EventLine.kind == Event.DOCUMENT_READ)
        return len(session.scalars(found).all())

    reading.read(session, office.unit_head.actor(), document.document_id)
    reading.read(session, office.unit_head.actor(), document.document_id)
    assert readings() == 1
    assert made.assignments[0].read_at == NOON
    with clock.at(NOON + timedelta(minutes=11)):
        reading.read(session, office.unit_head.actor(), document.document_id)
    reading.read(session, office.mayor.actor(), document.document_id)
    assert readings() == 3
    for stranger in (office.stranger, office.foreigner, office.administrator):
        with pytest.raises(NotFound):
            reading.read(session, stranger.actor(), document.document_id)
        with pytest.raises(NotFound):
            reading.read(session, stranger.actor(), document.document_id + 1000)
        with pytest.raises(Forbidden):
            history(session, stranger.actor(), document)
    assert readings() == 3


def test_the_history_names_hands_newest_first(session: Session, office: Office) -> None:
    document = letter(session, office)
    submitted(session, office, document, office.mayor)
    told = history(session, office.registrar.actor(), document)
    assert [(entry.line.kind, entry.hand) for entry in told] == [
        (Event.DOCUMENT_SUBMITTED, "ნინო ბერიძე"),
        (Event.DOCUMENT_REGISTERED, "ნინო ბერიძე"),
    ]


def test_the_history_of_a_corrected_address_keeps_the_way_to_an_applicant_from_whoever_decides(
    session: Session, office: Office
) -> None:
    document = letter(session, office)
    submitted(session, office, document, office.mayor)
    clerk, address = office.registrar.actor(), "ana.kalandadze@example.org"
    for value in (address, "რუსთაველის ქუჩა 14"):
        corrections.correct(
            session, clerk, document, {"correspondent_address": value}, reason="შეცდომა", version=document.version
        )
        session.flush()
    seen = {
        name: [
            entry.changed["correspondent_address"]
            for entry in history(session, person.actor(), document)
            if entry.line.kind is Event.DOCUMENT_CORRECTED
        ]
        for name, person in (("registrar", office.registrar), ("mayor", office.mayor))
    }
    assert [address in pair for pair in seen["registrar"]] == [True, True]
    assert seen["mayor"][0] == (None, "რუსთაველის ქუჩა 14")
    assert all(address not in pair for pair in seen["mayor"])


def test_a_case_file_shows_its_letters_in_order_and_until_when_it_is_kept(session: Session, office: Office) -> None:
    name = next(c.name for c in schedule("GE") if c.trigger.value in ("year_end", "answered") and c.years)
    line = lines.IndexLine("12-05", {"ka": "გზების შეკეთების მიმოწერა"}, name)
    plan.enter(session, office.archivist.actor(), office.organisation, line, year=2025)
    made = [letter(session, office, case_index="12-05") for _ in range(3)]
    secret = letter(session, office, case_index="12-05", grade=Grade.PERSONAL)
    secret.readers = [*secret.readers, f"official:{office.registrar.official_id}"]
    session.flush()
    for document in (*made[::-1], secret):
        entry = case_files.file_document(session, office.registrar.actor(), document)
    folder = case_files.case_file_of(session, office.archivist.actor(), entry.case_file_id)
    page = case_file_page(session, office.archivist.actor(), folder, limit=2)
    rest = case_file_page(session, office.archivist.actor(), folder, after=page[-1][0].position)
    assert [shown.document for _, shown in (*page, *rest)] == made[::-1]
    for stranger in (office.stranger, office.foreigner, office.administrator):
        assert case_file_page(session, stranger.actor(), folder) == []
    waiting = kept(session, folder)
    assert waiting.keep is not None and waiting.keep.until is None
    with clock.at(datetime(2026, 1, 12, 8, tzinfo=UTC)):
        case_files.close(session, office.archivist.actor(), folder)
        closed = kept(session, folder)
    assert closed.keep is not None and closed.keep.until is not None
    assert closed.keep.until.month == 12 and closed.why
    folder.case_index.retention_class = "no_such"
    assert kept(session, folder).keep is None


def test_each_group_that_lies_with_people_is_asked_for_and_is_a_group_of_the_desk() -> None:
    names = {each.name for each in fields(lies_with.Lying)}
    assert set(desk_groups.OF_PEOPLE) == names
    assert names <= {each.name for each in fields(Desk)}


def test_what_lies_with_others_is_not_asked_for(session: Session, office: Office) -> None:
    submitted(session, office, letter(session, office), office.mayor)
    session.flush()

    def lies(who) -> set[str]:
        there = lies_with.with_(session, sorted(who.actor().people), office.organisation.organisation_id)
        return {each.name for each in fields(there) if getattr(there, each.name)}

    assert lies(office.mayor) == {"to_resolve"}
    assert lies(office.stranger) == set()
