"""Terms of land use under the code of 2019: other bodies that are silent, and a town that decides nothing in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from edms import clock
from edms.routing import prolonging
from edms.services import cases, entering, papers, seats, steps, tending, timing
from edms.services.models import CaseBody, CaseNotice, CaseState, StepState
from edms.terms.term import Kind
from tests import letters
from tests.cases import made_public

FRIDAY = datetime(2025, 5, 2, 9, tzinfo=UTC)
ZONE = {"heritage_zone": "yes", "environment_matter": "no", "utilities_asked": "yes"}


@pytest.fixture
def case(session, office):
    with clock.at(FRIDAY):
        document = letters.letter(session, office, office.applications, document_type="application")
        letters.resolved(session, office, document, office.executor)
        unit = office.roads.unit_id
        seats.name(session, office.actor("administrator"), office.organisation, "architecture", unit_id=unit, version=0)
        return cases.begin(session, office.executor.actor(), document, "land_terms", values={"object_class": "class_2"})


def row(case, step):
    return next(each for each in timing.open_rows(case) if each.step == step)


def opened(case):
    return sorted(each.step for each in timing.open_rows(case))


def do(session, office, case, step, answer=None, **more):
    here = row(case, step)
    made_public(session, office.executor.actor(), case, here)
    return steps.do(session, office.executor.actor(), here, version=here.version, answer=answer, **more)


def test_a_town_that_decides_nothing_in_ten_working_days_has_approved(session, office, case):
    document = cases.case_of(session, office.mayor.actor(), case.case_id)
    letter = session.get_one(type(letters_of(session, case)), document.document_id)
    assert letter.due_on == date(2025, 5, 20)  # ten working days, holidays of May among them
    with clock.at(FRIDAY + timedelta(days=18)):  # the last day itself
        tending.tend(session, case.case_id)
        assert case.silent_at is None
    with clock.at(FRIDAY + timedelta(days=19)):
        assert tending.due(session, office.organisation) == [case.case_id]
        tending.tend(session, case.case_id)
        assert case.silent_at is not None
        assert all(each.step.startswith("deemed") for each in timing.open_rows(case))
        assert {r.state for r in case.steps if r.step == "intake.completeness"} == {StepState.LEFT}
        before = [(r.step, r.state) for r in case.steps]
        tending.tend(session, case.case_id)
        assert [(r.step, r.state) for r in case.steps] == before
    assert case.state is CaseState.RUNNING


def letters_of(session, case):
    from edms.registry.models import Document

    return session.get_one(Document, case.document_id)


def test_other_bodies_stop_the_clock_and_their_silence_stands_in_nobodys_way(session, office, case):
    letter = letters_of(session, case)
    with clock.at(FRIDAY + timedelta(days=3)):
        do(session, office, case, "intake.completeness", "complete")
        do(session, office, case, "check", "in_order", given=ZONE)
        posted = letters.own_letter(session, office)
        entering.name_document(session, office.registrar.actor(), row(case, "posting"), "web_posting", posted.number)
        do(session, office, case, "posting")
        assert opened(case) == ["opinions"] and letter.due_on is None
        asked = papers.bodies(session, row(case, "opinions"))
        assert [body.body for body in asked] == ["heritage", "utilities"]
    with clock.at(FRIDAY + timedelta(days=5)):
        entering.answer_body(
            session, office.executor.actor(), row(case, "opinions"), "heritage", agrees=True, text="არ გვაქვს შენიშვნა"
        )
    with clock.at(FRIDAY + timedelta(days=40)):
        tending.tend(session, case.case_id)
        assert opened(case) == ["decision"]
        assert {b.body: b.silent for b in session.scalars(select(CaseBody))} == {"heritage": False, "utilities": True}
        assert letter.due_on > date(2025, 6, 11) and case.silent_at is None
        # A longer term that a leader grants the letter holds for the step that runs within it.
        before = row(case, "decision").due_on
        prolonging.extend(session, office.mayor.actor(), letter, count=1, kind=Kind.MONTH, reason="ექსპერტიზა")
        tending.tend(session, case.case_id)
        assert row(case, "decision").due_on == letter.due_on > before


def test_all_having_answered_it_goes_on_at_once(session, office, case):
    with clock.at(FRIDAY + timedelta(days=3)):
        do(session, office, case, "intake.completeness", "complete")
        do(session, office, case, "check", "in_order", given={**ZONE, "heritage_zone": "no", "utilities_asked": "no"})
        posted = letters.own_letter(session, office)
        entering.name_document(session, office.registrar.actor(), row(case, "posting"), "web_posting", posted.number)
        do(session, office, case, "posting")
        assert opened(case) == ["decision"]  # there was nobody to ask
        assert letters_of(session, case).due_on == date(2025, 5, 20)
    with clock.at(FRIDAY + timedelta(days=17)):
        tending.tend(session, case.case_id)
    told = [n.message for n in session.scalars(select(CaseNotice))]
    assert told == ["services.notice.received", "services.notice.posted"]
