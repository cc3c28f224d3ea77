"""Proposals for the budget: collected at the settlements, scored, judged and answered, and what everybody may see when."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.errors import Conflict, Forbidden, Invalid, RuleBroken
from edms.registry.models import Document, Register
from edms.registry.registers import open_register
from edms.services import cases, following, papers, seats, steps, texts, timing
from edms.services.participation import proposing
from edms.services.participation.models import Verdict
from edms.staff.models import RoleGrant
from tests import letters
from tests.cast import HIRED_ON

ROAD = {"settlement": "სოფელი ქვედა", "text": "გზის შეკეთება"}


class Year:
    """The case of a year, with its people at their steps."""

    def __init__(self, session, office):
        self.session, self.office = session, office
        one = office.stranger.official
        granted = RoleGrant(official_id=one.official_id, organisation_id=one.organisation_id, from_on=HIRED_ON)
        granted.role = Role.TERRITORIAL_REPRESENTATIVE
        session.add(granted)
        unit = office.infrastructure.unit_id
        seats.name(session, office.actor("administrator"), office.organisation, "finance", unit_id=unit, version=0)
        document = letters.letter(session, office, office.internal, summary="ბიუჯეტის პრიორიტეტები")
        self.document = document
        self.case = cases.begin(session, office.registrar.actor(), document, "budget_priorities")

    def row(self, step):
        return next(row for row in timing.open_rows(self.case) if row.step == step)

    def do(self, who, step, answer=None, **more):
        row = self.row(step)
        return steps.do(self.session, self.office.actor(who), row, version=row.version, answer=answer, **more)

    def paper(self, step, name):
        """A document of the step, entered in its register and named."""
        kind = texts.route_of(self.session, self.case).documents[name].register
        found = select(Register).where(
            Register.kind == kind, Register.organisation_id == self.case.organisation_id
        )
        book = self.session.scalar(found) or open_register(
            self.session, Actor.system(self.case.organisation_id), self.office.organisation, kind=kind, code=kind.value,
            names={"ka": kind.value}, pattern=[{"part": "serial"}],
        )  # fmt: skip
        made = letters.letter(self.session, self.office, book, summary=name)
        papers.name_document(self.session, self.office.registrar.actor(), self.row(step), name, made.number)
        following.follow(self.session, self.case)

    def published(self):
        return proposing.published(self.session, self.office.organisation)


@pytest.fixture
def year(session, office):
    with clock.at(datetime(2026, 1, 20, 9, tzinfo=UTC)):
        made = Year(session, office)
        made.paper("start_act", "start_order")
        yield made


def test_from_the_settlement_to_the_answer_that_everybody_reads(session, office, year):
    stranger, finance = office.stranger.actor(), office.second_executor.actor()
    road = proposing.add(session, stranger, year.case, ROAD)
    light = proposing.add(session, stranger, year.case, {**ROAD, "text": "განათება"})
    twice = proposing.add(session, stranger, year.case, ROAD)
    proposing.strike(session, stranger, year.case, twice, version=twice.version)
    with pytest.raises(RuleBroken, match="no_proposals_now"):  # no step scores yet
        proposing.enter(session, stranger, year.case, road, {"score": "8", "voters": "40"}, version=road.version)
    year.paper("problems", "problem_list")
    year.do("stranger", "problems")
    year.do("stranger", "announcement", given={"gathering": "assembly"})
    year.do("stranger", "assembly_wait")
    with pytest.raises(Invalid) as wrong:
        proposing.enter(session, stranger, year.case, road, {"score": "11", "voters": "x"}, version=road.version)
    assert set(wrong.value.fields) == {"score", "voters"}
    proposing.enter(session, stranger, year.case, road, {"score": "8,5", "voters": "40"}, version=road.version)
    proposing.enter(session, stranger, year.case, light, {"score": "9", "voters": "40"}, version=light.version)
    with pytest.raises(Conflict):
        proposing.enter(session, stranger, year.case, light, {"score": "1", "voters": "1"}, version=1)
    assert [each.text for each in proposing.proposals(session, year.case)] == ["განათება", "გზის შეკეთება"]
    year.paper("assembly", "assembly_minutes")
    year.paper("assembly", "attendance_list")
    votes = steps.Votes(members=100, present=40, in_favour=38, against=0)
    year.do("stranger", "assembly", "priorities_named", votes=votes)
    assert year.published() == []
    year.paper("handing_in", "priorities_letter")
    year.do("stranger", "handing_in")
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
    letter.grade = "official_use"  # what is not open to all is nobody's outside
    session.flush()
    assert year.published() == []


def test_only_whose_step_it_is_enters_them(session, office, year):
    for who in ("executor", "second_executor", "registrar", "mayor"):
        with pytest.raises(Forbidden):
            proposing.add(session, office.actor(who), year.case, ROAD)
    route = texts.route_of(session, year.case)
    assert proposing.fields_for(session, office.mayor.actor(), year.case, year.document, route) == []
    assert proposing.fields_for(session, office.stranger.actor(), year.case, year.document, route) == ["settlement", "text"]
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
