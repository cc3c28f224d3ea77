"""A decision on a complaint sends a case back: it is undecided again, and its terms and the silence rule run anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edms import clock, terms
from edms.routing.clocks import legal_due
from edms.services import cases, tending
from edms.services.models import StepState
from edms.terms.term import Start
from tests.cases import MONDAY, Town, begun, seated


@pytest.fixture
def town(session, office):
    """Left unexamined, complained of, admitted: the head decides on the complaint on the tenth day."""
    with clock.at(MONDAY):
        seated(session, office, architecture=office.social)
        made = Town(session, office, begun(session, office, "land_terms", office.stranger, object_class="class_2"))
        made.do("stranger", "intake.completeness", "deficient").paper("intake.deficiency", "deficiency_notice")
        made.do("registrar", "intake.deficiency_told").do("stranger", "intake.cure", "not_cured")
        made.paper("intake.left", "unconsidered_act").do("registrar", "intake.left_told")
        assert made.case.decided_on is not None
    with made.later(3):
        made.do("lawyer", "intake.closing.complaint.window", "complaint")
        made.do("lawyer", "intake.closing.complaint.admission", "admitted")
    return made


def decided(town, result, days=10):
    with town.later(days):
        town.do("mayor", "intake.closing.complaint.decision", given={"complaint_result": result})
        town.paper("intake.closing.complaint.decision_signed", "complaint_decision")
        town.do("registrar", "intake.closing.complaint.decision_told")


def test_the_term_runs_anew_from_the_day_it_was_sent_back(session, town):
    first = town.document.due_on
    decided(town, "remitted")
    day = (MONDAY + timedelta(days=10)).date()
    assert town.open() == ["check"] and town.case.decided_on is None
    reached = legal_due(session, town.document)
    assert (reached.term.start, reached.started_on) == (Start.REMITTED, day)
    assert first is None or reached.on > first
    assert ("terms.from.remitted", day) in [(said, values.get("day")) for said, values in terms.explain(reached)]
    assert town.row("check").due_on > day
    assert cases.withdrawable(town.case, town.document, town.route)


def test_silence_after_it_means_again_what_it_means(session, town):
    decided(town, "remitted")
    last = town.document.due_on
    with clock.at(MONDAY + timedelta(days=(last - MONDAY.date()).days)):
        tending.tend(session, town.case.case_id)
        assert town.case.silent_at is None and town.open() == ["check"]
    with clock.at(MONDAY + timedelta(days=(last - MONDAY.date()).days + 1)):
        assert town.case.case_id in tending.due(session, town.office.organisation)
        tending.tend(session, town.case.case_id)
    assert town.case.silent_at is not None
    assert all(step.startswith("deemed") for step in town.open())
    assert [row.state for row in town.case.steps if row.step == "check"] == [StepState.LEFT]


def test_an_act_that_was_upheld_stays_decided(session, town):
    before = town.case.decided_on
    decided(town, "upheld")
    assert town.case.decided_on == before and town.open() == ["intake.closing.filed"]
    with town.later(200):
        tending.tend(session, town.case.case_id)
    assert town.case.silent_at is None
