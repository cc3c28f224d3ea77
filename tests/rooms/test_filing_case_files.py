"""The list of case indexes, and the case files opened under it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.filing import case_files, lines, plan
from edms.filing.models import CaseFileState
from edms.registry.lifecycle import step
from edms.registry.words import DocumentState
from edms.routing import control
from tests.cast import Office
from tests.letters import letter, own_letter, resolved, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)
TABLE = """index;title_ka;title_en;retention_class;article;unit;carry_over;note
12-05;გზების შეკეთების მიმოწერა;Letters on repair of roads;letters_5;O72 21;12-05;;
07-01;სოციალური დახმარების განცხადებები;;aid_5;;07;yes;
"""


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


@pytest.fixture
def listed(session: Session, office: Office) -> Office:
    """The office with its list of 2025."""
    plan.load(
        session,
        office.archivist.actor(),
        office.organisation,
        csv.DictReader(io.StringIO(TABLE), delimiter=";"),
        year=2025,
    )
    return office


def test_a_list_is_loaded_from_a_table_and_again_without_doubling(session: Session, listed: Office) -> None:
    found = plan.case_indexes(session, listed.executor.actor(), year=2025)
    assert [(line.index, line.carry_over) for line in found] == [("07-01", True), ("12-05", False)]
    assert found[1].unit_id == listed.roads.unit_id
    plan.load(
        session,
        listed.archivist.actor(),
        listed.organisation,
        csv.DictReader(io.StringIO(TABLE), delimiter=";"),
        year=2025,
    )
    assert len(plan.case_indexes(session, listed.executor.actor(), year=2025)) == 2
    changed = session.scalars(select(EventLine).where(EventLine.kind == Event.CASE_INDEX_CHANGED)).all()
    assert len(changed) == 2


def test_a_table_with_faults_is_refused_whole_and_each_fault_has_its_row(session: Session, office: Office) -> None:
    rows = [
        {"index": "01-01", "title": "მერის ბრძანებები", "retention_class": "permanent"},
        {"index": "01 02", "title": "სხვადასხვა", "retention_class": "no_such", "unit": "99"},
        {"index": "", "title": "", "retention_class": ""},
        {"index": "01-01", "title": "ოქმები", "retention_class": ""},
    ]
    with pytest.raises(Invalid) as wrong:
        plan.load(session, office.archivist.actor(), office.organisation, rows, year=2025, classes={"permanent"})
    assert wrong.value.fields == {
        "2.index": "filing.index_characters",
        "2.title": "filing.title_vague",
        "2.retention_class": "filing.class_unknown",
        "2.unit": "filing.unit_unknown",
        "4.index": "filing.index_twice",
        "4.retention_class": "filing.class_missing",
    }
    assert plan.case_indexes(session, office.archivist.actor(), year=2025) == []
    with pytest.raises(Invalid):
        plan.load(session, office.archivist.actor(), office.organisation, [], year=2025)


@pytest.mark.parametrize("who", ["registrar", "mayor", "executor", "administrator", "stranger", "foreigner"])
def test_only_the_archivist_edits_the_list(session: Session, listed: Office, who: str) -> None:
    (_, line) = plan.case_indexes(session, listed.archivist.actor(), year=2025)
    with pytest.raises(Forbidden):
        plan.load(
            session,
            listed.actor(who),
            listed.organisation,
            csv.DictReader(io.StringIO(TABLE), delimiter=";"),
            year=2025,
        )
    with pytest.raises(Forbidden):
        plan.withdraw(session, listed.actor(who), line, version=line.version)


def test_another_organisation_sees_nothing_of_it(session: Session, listed: Office) -> None:
    foreigner = listed.foreigner.actor()
    (line, _) = plan.case_indexes(session, listed.archivist.actor(), year=2025)
    assert plan.case_indexes(session, foreigner, year=2025) == []
    with pytest.raises(NotFound):
        plan.case_index_of(session, foreigner, line.case_index_id)
    entry = case_files.file_document(session, listed.registrar.actor(), letter(session, listed), case_index="12-05")
    assert case_files.case_files(session, foreigner, year=2025) == []
    with pytest.raises(NotFound):
        case_files.case_file_of(session, foreigner, entry.case_file_id)


def test_a_line_is_changed_in_turn_and_carried_to_the_next_year(session: Session, listed: Office) -> None:
    archivist = listed.archivist.actor()
    (_, line) = plan.case_indexes(session, archivist, year=2025)
    new = lines.IndexLine("12-05", {"ka": "გზების მოვლა"}, "letters_10")
    with pytest.raises(Conflict):
        plan.change(session, archivist, line, new, version=line.version + 1)
    plan.change(session, archivist, line, new, version=line.version)
    with pytest.raises(Conflict):
        plan.enter(session, archivist, listed.organisation, new, year=2025)
    copied = plan.copy_to(session, archivist, listed.organisation, from_year=2025, to_year=2026)
    assert [(c.index, c.retention_class) for c in copied] == [("07-01", "aid_5"), ("12-05", "letters_10")]
    assert plan.copy_to(session, archivist, listed.organisation, from_year=2025, to_year=2026) == []
    with pytest.raises(Invalid):
        plan.copy_to(session, archivist, listed.organisation, from_year=2020, to_year=2026)


def test_letters_lie_in_the_order_of_filing_and_a_full_volume_opens_the_next(session: Session, listed: Office) -> None:
    registrar = listed.registrar.actor()
    entries = [
        case_files.file_document(session, registrar, letter(session, listed, sheets=sheets, case_index="12-05"))
        for sheets in (200, 50, 1, 300)
    ]
    files = case_files.case_files(session, registrar, year=2025)
    assert [(f.volume, f.sheets) for f in files] == [(1, 250), (2, 1), (3, 300)]
    assert [e.position for e in entries] == [1, 2, 1, 1]


def test_a_filed_letter_is_filed_once(session: Session, listed: Office) -> None:
    document = letter(session, listed, case_index="12-05")
    entry = case_files.file_document(session, listed.registrar.actor(), document)
    assert (document.state, document.case_file_id) == (DocumentState.FILED, entry.case_file_id)
    with pytest.raises(RuleBroken):
        case_files.file_document(session, listed.registrar.actor(), document)
    assert session.scalars(select(EventLine).where(EventLine.kind == Event.DOCUMENT_FILED)).one().leaf_id is not None


@pytest.mark.parametrize("who", ["executor", "mayor", "stranger", "administrator", "foreigner"])
def test_others_do_not_file(session: Session, listed: Office, who: str) -> None:
    with pytest.raises(Forbidden):
        case_files.file_document(session, listed.actor(who), letter(session, listed), case_index="12-05")


def test_a_letter_whose_answer_is_awaited_is_not_filed(session: Session, listed: Office) -> None:
    registrar = listed.registrar.actor()
    waiting, worked, controlled = (letter(session, listed) for _ in range(3))
    submitted(session, listed, waiting, listed.mayor)
    resolved(session, listed, worked, listed.unit_head)
    control.put(session, listed.controller.actor(), controlled, due_on=NOON.date())
    unsent = own_letter(session, listed)
    step(unsent, DocumentState.SIGNED)
    session.flush()
    for document, why in (
        (waiting, "filing.answer_pending"),
        (worked, "filing.answer_pending"),
        (controlled, "filing.on_control"),
        (unsent, "filing.not_sent"),
    ):
        with pytest.raises(RuleBroken) as refused:
            case_files.file_document(session, registrar, document, case_index="12-05")
        assert refused.value.message == why


def test_an_index_that_the_list_lacks_is_refused(session: Session, listed: Office) -> None:
    registrar = listed.registrar.actor()
    for more in ({"case_index": "99-99"}, {"case_index": "12-05", "year": 2026}, {}):
        with pytest.raises(Invalid) as wrong:
            case_files.file_document(session, registrar, letter(session, listed), **more)
        assert "case_index" in wrong.value.fields


def test_the_year_closes_after_its_end_and_a_carried_case_goes_on(session: Session, listed: Office) -> None:
    registrar, archivist = listed.registrar.actor(), listed.archivist.actor()
    case_files.file_document(session, registrar, letter(session, listed), case_index="12-05")
    carried = case_files.file_document(session, registrar, letter(session, listed), case_index="07-01")
    with pytest.raises(RuleBroken):
        case_files.close_year(session, archivist, listed.organisation, year=2025)
    plan.copy_to(session, archivist, listed.organisation, from_year=2025, to_year=2026)
    with clock.at(datetime(2026, 1, 12, 8, tzinfo=UTC)):
        closed = case_files.close_year(session, archivist, listed.organisation, year=2025)
        assert [(c.case_index.index, c.state) for c in closed] == [("12-05", CaseFileState.CLOSED)]
        with pytest.raises(RuleBroken):
            case_files.close(session, archivist, closed[0])
        with pytest.raises(RuleBroken):
            case_files.file_document(session, registrar, letter(session, listed), case_index="12-05", year=2025)
        later = case_files.file_document(session, registrar, letter(session, listed), case_index="07-01")
        assert later.case_file_id == carried.case_file_id
        fresh = case_files.file_document(session, registrar, letter(session, listed), case_index="12-05")
        assert fresh.case_file_id != closed[0].case_file_id
    with pytest.raises(Forbidden):
        case_files.close(session, registrar, closed[0])
