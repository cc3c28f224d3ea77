"""The page of a case: its route drawn with where it stands, prints of other registers opened, its limit; the yearly choice."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from edms import clock
from edms.access.actor import Actor
from edms.registry.registers import open_register
from edms.registry.words import RegisterKind
from edms.services import cases, timing
from edms.services.models import Case, CaseQuery
from edms.services.participation.models import Proposal
from edms.services.yearly import opening
from tests import letters
from tests.budget_years import ROAD, Year

pytest_plugins = ["tests.web.desk_site"]


@pytest.fixture
def case(desk):
    def act(session, office):
        document = letters.letter(session, office, office.applications, document_type="application")
        letters.resolved(session, office, document, office.stranger)
        return cases.begin(session, office.stranger.actor(), document, "social_assistance").case_id

    return int(desk.do(act))


def stops(page):
    """The kinds of the steps of the drawn route, in order, and the words of the one where the case stands."""
    drawn = re.split("</?details", page.partition('id="route"')[2])[0]
    here = re.search(r'aria-current="step".*?class="what">([^<]+)<', drawn, re.DOTALL)
    return re.findall(r'<li class="step (\w+)"', drawn), here and here[1]


def test_the_route_is_drawn_with_the_step_where_the_case_stands(desk, case):
    page = desk.as_("stranger").get(f"/proceedings/{case}?lang=en")
    kinds, here = stops(page)
    assert kinds.count("present") == 1 and kinds.index("present") > kinds.index("done")
    assert kinds.count("coming") > 10 and here
    assert "→" in page.partition('id="route"')[2]

    def ended(session, office):
        row = session.get_one(Case, case)
        cases.break_off(session, office.mayor.actor(), row, version=row.version, reason="შეცდომით")

    desk.do(ended)
    kinds, here = stops(desk.as_("stranger").get(f"/proceedings/{case}"))
    assert set(kinds) == {"done"} and here is None


def test_a_print_of_another_register_opens_for_whoever_reads_the_letter_and_for_nobody_else(desk, case):
    print_ = (io.BytesIO(b"%PDF-1.4 extract"), "extract.pdf")
    answer = {"source": "ssa", "question": "ქულა", "answer": "41000", "file": print_}
    desk.as_("stranger").post(f"/proceedings/{case}/queries", answer)
    content_id = desk.do(lambda session, office: session.query(CaseQuery).one().content_id)
    address = f"/proceedings/{case}/prints/{content_id}"
    assert f'href="{address}"' in desk.as_("stranger").get(f"/proceedings/{case}")
    for who in ("stranger", "mayor", "registrar"):
        answered = desk.as_(who).client.get(address)
        assert (answered.status_code, answered.get_data()) == (200, b"%PDF-1.4 extract"), who
        assert answered.headers["Content-Disposition"].startswith("attachment")
    for who in ("executor", "foreigner"):
        desk.as_(who).get(address, status=404)

    def another(session, office):
        document = letters.letter(session, office, office.applications, document_type="application")
        letters.resolved(session, office, document, office.executor)
        return cases.begin(session, office.executor.actor(), document, "social_assistance").case_id

    other = desk.do(another)
    desk.as_("executor").get(f"/proceedings/{other}/prints/{content_id}", status=404)  # not of that case
    desk.as_("stranger").get(f"/proceedings/{case}/prints/{content_id + 1000}", status=404)


def test_the_last_day_to_decide_an_offence_stands_on_its_page_and_on_the_desk(desk):
    def act(session, office):
        book = open_register(
            session, Actor.system(office.organisation.organisation_id), office.organisation, kind=RegisterKind.PROTOCOLS,
            code="prt", names={"ka": "ოქმები"}, pattern=[{"part": "serial"}],
        )  # fmt: skip
        made = []
        for days in (100, 85):
            day = clock.today("Asia/Tbilisi") - timedelta(days=days)
            values = {"track": "general", "offender_number": "01001099999", "offence_date": day.isoformat()}
            document = letters.letter(session, office, book)
            made.append(
                cases.begin(session, office.registrar.actor(), document, "administrative_offences", values=values)
            )
        over, near = made
        over.decided_on = clock.today("Asia/Tbilisi") - timedelta(days=90)  # before the second offence
        session.flush()
        assert timing.limit_of(session, near) is not None
        return over.case_id, near.case_id, near.limit_on

    over, near, last = desk.do(act)
    page = desk.as_("mayor").get(f"/proceedings/{near}?lang=en")
    assert f"can be decided until {last:%d.%m.%Y}" in page and "Time in which liability can be imposed" in page
    assert f"/proceedings/{over}" in page  # a repetition, the earlier one named
    assert f"{last:%d.%m.%Y}" in desk.as_("lawyer").get("/desk/")
    desk.as_("stranger").get(f"/proceedings/{near}", status=404)


def test_an_administrator_says_who_is_responsible_for_what_begins_by_itself(desk):
    administrator, executor = desk.as_("administrator"), desk.cast.executor.official_id
    assert 'action="/house/services/yearly/"' in administrator.get("/house/services/")
    chosen = {"service": "budget_priorities", "official": executor, "version": 0}
    administrator.post("/house/services/yearly/", {**chosen, "official": desk.cast.foreigner.official_id}, status=422)
    administrator.post("/house/services/yearly/", chosen)
    administrator.post("/house/services/yearly/", {**chosen, "official": ""}, status=409)
    page = administrator.get("/house/services/")
    assert re.search(rf'<option value="{executor}" selected', page)
    for who in ("mayor", "executor"):
        desk.as_(who).post("/house/services/yearly/", chosen, status=403)
    kept = desk.do(lambda session, office: list(opening.chosen(session, office.organisation)))
    assert kept == ["budget_priorities"]


def test_proposals_are_entered_where_they_are_collected_and_read_by_everybody_once_published(desk):
    def begun(session, office):
        year = Year(session, office)
        year.paper("start_act", "start_order")
        return year.case.case_id

    case = desk.do(begun)
    stranger, anybody = desk.as_("stranger"), desk.app.test_client()
    stranger.post(f"/proceedings/{case}/proposals", {**ROAD, "text": ""}, status=422)
    stranger.post(f"/proceedings/{case}/proposals", ROAD)
    assert ROAD["text"] in stranger.get(f"/proceedings/{case}")
    desk.as_("executor").post(f"/proceedings/{case}/proposals", ROAD, status=404)
    desk.as_("registrar").post(f"/proceedings/{case}/proposals", ROAD, status=403)
    one = re.search(rf'action="/proceedings/{case}/proposals/(\d+)"', stranger.get(f"/proceedings/{case}"))[1]
    stranger.post(f"/proceedings/{case}/proposals/{one}", {"version": 9, **ROAD}, status=409)
    stranger.post(f"/proceedings/{case}/proposals/{one}", {"version": 1, **ROAD, "text": "ხიდი <b>"})
    assert anybody.get("/proposals/kvemo").status_code == 404

    def published(session, office):
        year = Year.__new__(Year)
        year.session, year.office, year.case = session, office, session.get_one(Case, case)
        year.to_assembly()
        year.to_conclusions()

    desk.do(published)
    page = anybody.get("/proposals/kvemo?lang=en").get_data(as_text=True)
    assert "ხიდი &lt;b&gt;" in page and "not scored yet" in page
    assert anybody.get("/proposals/zemo").status_code == anybody.get("/proposals/nowhere").status_code == 404

    def judged(session, office):
        proposal = session.get_one(Proposal, int(one))
        proposal.score, proposal.cost = Decimal(8), Decimal(48500)

    desk.do(judged)
    page = anybody.get("/proposals/kvemo?lang=en").get_data(as_text=True)
    assert "8 of 10" in page and "given by" not in page and 'href="/track"' in page
    assert re.search(r"48.500,00.ლარი", stranger.get(f"/proceedings/{case}"))
