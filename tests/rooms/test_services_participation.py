"""Proposals for the budget: collected at the settlements, scored, judged and answered, and what everybody may see when."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from edms import clock
from edms.errors import Conflict, Forbidden, Invalid, RuleBroken
from edms.registry.models import Document
from edms.registry.words import Grade
from edms.services import steps, texts, timing
from edms.services.participation import proposing
from edms.services.participation.models import Verdict
from tests.budget_years import ROAD, Year


@pytest.fixture
def year(session, office):
    with clock.at(datetime(2026, 1, 20, 9, tzinfo=UTC)):
        made = Year(session, office)
        made.paper("start_act", "start_order")
        yield made


def test_an_assembly_to_which_too_few_came_leads_to_the_survey(session, office, year):
    """Nobody could say so: a sitting without a quorum was refused, whatever it was to end with."""
    year.to_assembly()
    year.paper("assembly", "assembly_minutes")
    year.paper("assembly", "attendance_list")

    def votes(present):
        return steps.Votes(members=100, present=present, in_favour=0, against=0)

    for present, refusal in ((12, "no_quorum"), (20, "quorum_there")):
        answer = "priorities_named" if present < 20 else "no_quorum"
        with pytest.raises(Invalid) as wrong:
            year.do("stranger", "assembly", answer, votes=votes(present))
        assert wrong.value.fields == {"present": f"proceedings.votes.{refusal}"}
    year.do("stranger", "assembly", "no_quorum", votes=votes(12))
    assert [row.step for row in timing.open_rows(year.case)] == ["survey_announcement"]


def test_from_the_settlement_to_the_answer_that_everybody_reads(session, office, year):
    stranger, finance = office.stranger.actor(), office.second_executor.actor()
    road = proposing.add(session, stranger, year.case, ROAD)
    light = proposing.add(session, stranger, year.case, {**ROAD, "text": "განათება"})
    twice = proposing.add(session, stranger, year.case, ROAD)
    proposing.strike(session, stranger, year.case, twice, version=twice.version)
    with pytest.raises(RuleBroken, match="no_proposals_now"):  # no step scores yet
        proposing.enter(session, stranger, year.case, road, {"score": "8", "voters": "40"}, version=road.version)
    year.to_assembly()
    with pytest.raises(Invalid) as wrong:
        proposing.enter(session, stranger, year.case, road, {"score": "11", "voters": "x"}, version=road.version)
    assert set(wrong.value.fields) == {"score", "voters"}
    proposing.enter(session, stranger, year.case, road, {"score": "8,5", "voters": "40"}, version=road.version)
    proposing.enter(session, stranger, year.case, light, {"score": "9", "voters": "40"}, version=light.version)
    with pytest.raises(Conflict):
        proposing.enter(session, stranger, year.case, light, {"score": "1", "voters": "1"}, version=1)
    assert [each.text for each in proposing.proposals(session, year.case)] == ["განათება", "გზის შეკეთება"]
    assert year.published() == []
    year.to_conclusions()
    (shown,) = year.published()
    assert (shown.year, shown.judged, shown.answered, len(shown.proposals)) == (2026, False, False, 2)
    assert proposing.published(session, office.neighbour) == []
    year.paper("conclusions", "sector_conclusion")
    with pytest.raises(RuleBroken, match="proposals_lack"):
        year.do("second_executor", "conclusions")
    for each, verdict in ((road, "feasible"), (light, "next_year")):
        given = {"verdict": verdict, "cost": "12 500", "conclusion": "გათვალისწინებულია"}
        proposing.enter(session, finance, year.case, each, given, version=each.version)
    assert (road.verdict, road.cost) == (Verdict.FEASIBLE, Decimal("12500.00"))
    year.do("second_executor", "conclusions")
    assert year.published()[0].judged
    letter = session.get_one(Document, year.case.document_id)
    letter.grade = Grade.OFFICIAL_USE  # what is not open to all is nobody's outside
    session.flush()
    assert year.published() == []


def test_only_whose_step_it_is_enters_them(session, office, year):
    for who in ("executor", "second_executor", "registrar", "mayor"):
        with pytest.raises(Forbidden):
            proposing.add(session, office.actor(who), year.case, ROAD)
    route = texts.route_of(session, year.case)
    assert proposing.fields_for(session, office.mayor.actor(), year.case, year.document, route) == []
    assert proposing.fields_for(session, office.stranger.actor(), year.case, year.document, route) == [
        "settlement",
        "text",
    ]
    with pytest.raises(Invalid) as wrong:
        proposing.add(session, office.stranger.actor(), year.case, {"settlement": " ", "text": "x" * 2001})
    assert set(wrong.value.fields) == {"settlement", "text"}


def test_a_survey_of_too_few_voters_goes_on(session, office, year):
    year.paper("problems", "problem_list")
    year.do("stranger", "problems")
    year.do("stranger", "announcement", given={"gathering": "survey"})
    year.do("stranger", "survey_wait")
    year.do("stranger", "voter_survey", given={"voters_all": "300", "voters_asked": "99"})
    year.do("stranger", "voter_survey", given={"voters_all": "300", "voters_asked": "100"})
    assert [row.step for row in timing.open_rows(year.case)] == ["survey_result"]
