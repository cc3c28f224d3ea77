"""The fee of a case on its page and by the API: entered, in parts, let off, given back; withdrawn; links; strangers."""

from __future__ import annotations

from datetime import date

import pytest

from edms.registry import tracking
from edms.registry.models import Document
from edms.services import fees, own_routes, seats, shelf, steps, timing
from edms.services.models import Case
from tests.cases import begun

pytest_plugins = ["tests.web.desk_site"]
HOUSE = {"building_purpose": "house", "has_k2": True, "total_area": "100", "object_class": "class_2"}


@pytest.fixture
def case(desk):
    def act(session, office):
        for name in ("architecture", "finance"):
            unit = office.social.unit_id
            seats.name(session, office.actor("administrator"), office.organisation, name, unit_id=unit, version=0)
        terms = begun(session, office, "land_terms", office.stranger)
        made = begun(session, office, "building_permit", office.stranger, **HOUSE)
        row = timing.open_rows(made)[0]
        steps.do(session, office.stranger.actor(), row, version=row.version, answer="complete")
        return made.case_id, terms.case_id

    return desk.do(act)


def version(desk, ident):
    return desk.do(lambda s, o: s.get_one(Case, ident).version)


def fee(desk, ident):
    return desk.do(lambda s, o: fees.required(s, s.get_one(Case, ident)).version)


def test_paid_in_parts_let_off_and_given_back_on_the_page(desk, case):
    ident, _ = case
    clerk, at = desk.as_("stranger"), f"/proceedings/{case[0]}"
    assert 'name="rate"' in clerk.get(at)
    wrong = clerk.post(f"{at}/fee", {"rate": "4,5"}, status=422).get_data(as_text=True)
    assert 'id="f-rate-error"' in wrong and 'value="4,5"' in wrong
    clerk.post(f"{at}/fee", {"rate": "3,50"})
    clerk.post(f"{at}/fee/paid", {"version": fee(desk, ident), "receipt": "R-1", "amount": "ასი"}, status=422)
    clerk.post(f"{at}/fee/paid", {"version": fee(desk, ident), "receipt": "R-1", "amount": "100"})
    page = clerk.get(at)
    assert "250,00 ლარი" in page and "R-1" in page and f"{at}/fee/exempt" not in page
    mayor = desk.as_("mayor")
    assert f"{at}/fee/exempt" in mayor.get(at) and f"{at}/fee/paid" not in mayor.get(at)
    mayor.post(f"{at}/fee/exempt", {"by": ""}, status=422)
    mayor.post(f"{at}/fee/exempt", {"by": "დადგენილება 12"})
    page = mayor.get(at)
    assert "დადგენილება 12" in page and f"{at}/fee/given-back" in page
    back = {"version": fee(desk, ident), "receipt": "P-1", "amount": "101"}
    mayor.post(f"{at}/fee/given-back", back, status=422)
    mayor.post(f"{at}/fee/given-back", {**back, "amount": ""})
    assert f"{at}/fee/given-back" not in mayor.get(at)


def tracked(desk, ident):
    """What the applicant reads with her number and code."""
    document = desk.do(lambda s, o: s.get_one(Document, s.get_one(Case, ident).document_id))
    code = tracking.code(desk.house.tracking_key, document.document_id, document.tracking_issue)
    return desk.app.test_client().get("/track", query_string={"n": document.number, "c": code}).get_data(as_text=True)


def test_the_applicant_reads_what_she_has_to_pay_still_and_that_she_withdrew(desk, case):
    ident, clerk, at = case[0], desk.as_("stranger"), f"/proceedings/{case[0]}"
    assert "არაფერია საჭირო" in tracked(desk, ident)
    clerk.post(f"{at}/fee", {"rate": "3,50"})
    clerk.post(f"{at}/fee/paid", {"version": fee(desk, ident), "receipt": "R-1", "amount": "100"})
    page = tracked(desk, ident)
    assert "დარჩენილია 250,00 ლარი" in page and "არაფერია საჭირო" not in page
    desk.as_("mayor").post(f"{at}/withdraw", {"version": version(desk, ident), "how": "განცხადება 17"})
    page = tracked(desk, ident)
    assert "გამოხმობილია" in page and "დარჩენილია" not in page and "პასუხს მიიღებთ" not in page


def test_withdrawn_it_says_so_and_offers_nothing_more(desk, case):
    at, mayor = f"/proceedings/{case[0]}", desk.as_("mayor")
    assert f"{at}/withdraw" in mayor.get(at) and f"{at}/withdraw" not in desk.as_("stranger").get(at)
    mayor.post(f"{at}/withdraw", {"version": version(desk, case[0]), "how": ""}, status=422)
    mayor.post(f"{at}/withdraw", {"version": version(desk, case[0]), "how": "განცხადება 17"})
    page = mayor.get(at)
    assert "განცხადება 17" in page and f"{at}/withdraw" not in page and f"{at}/break-off" not in page
    assert at in mayor.get("/proceedings/?state=over") and f'href="{at}"' not in mayor.get(
        "/proceedings/?state=running"
    )


def test_the_page_leads_to_the_case_that_is_named_and_back(desk, case):
    permit, terms = case
    clerk = desk.as_("stranger")
    number = desk.do(lambda s, o: s.get_one(Document, s.get_one(Case, terms).document_id).number)
    clerk.post(f"/proceedings/{permit}/facts", {"v_land_terms_case": "99-99/999"}, status=422)
    clerk.post(f"/proceedings/{permit}/facts", {"v_land_terms_case": number})
    assert f'href="/proceedings/{terms}"' in clerk.get(f"/proceedings/{permit}")
    assert f'href="/proceedings/{permit}"' in clerk.get(f"/proceedings/{terms}")


@pytest.fixture
def own_town(desk, tmp_path):
    """A town whose council gives the fee back to whoever withdraws: its own version of the permit says so."""
    folder = tmp_path / "routes" / "kvemo"
    folder.mkdir(parents=True)
    permit = shelf.choose(shelf.shipped(), "building_permit", "GE", date(2026, 3, 6)).source
    permit = permit.replace("version: 2", "version: 3").replace(
        "ceiling: 4,", "ceiling: 4, rate: 4, repaid: [withdrawn],"
    )
    (folder / "permit.yaml").write_text(permit, encoding="utf-8")
    own, faults = shelf.of_folder(folder.parent)
    assert faults == []
    own_routes.bring(desk.house.sessions, own)
    yield desk
    own_routes.bring(desk.house.sessions, shelf.NOBODYS)


def test_a_town_that_says_so_gives_the_fee_back_to_whoever_withdraws(own_town):
    desk = own_town

    def act(session, office):
        made = begun(session, office, "building_permit", office.stranger, **HOUSE)
        row = timing.open_rows(made)[0]
        steps.do(session, office.stranger.actor(), row, version=row.version, answer="complete")
        return made.case_id

    ident = desk.do(act)
    clerk, mayor, at = desk.as_("stranger"), desk.as_("mayor"), f"/proceedings/{ident}"
    clerk.post(f"{at}/fee", {})
    clerk.post(f"{at}/fee/paid", {"version": fee(desk, ident), "receipt": "R-1"})
    assert f"{at}/fee/given-back" not in mayor.get(at)
    mayor.post(f"{at}/withdraw", {"version": version(desk, ident), "how": "განცხადება 17"})
    page = mayor.get(f"{at}?lang=en")
    assert "To be given back" in page and "400.00 lari" in page and f"{at}/fee/given-back" in page
    clerk.post(f"{at}/fee/given-back", {"version": fee(desk, ident), "receipt": "P-1"})
    assert f"{at}/fee/given-back" not in mayor.get(at)


def test_strangers_are_refused(desk, case):
    at = f"/proceedings/{case[0]}"
    desk.as_("stranger").post(f"{at}/fee", {"rate": "1"})
    for who in ("executor", "foreigner"):
        for what in ("fee", "fee/paid", "fee/exempt", "fee/given-back", "withdraw"):
            desk.as_(who).post(f"{at}/{what}", {"version": 1, "receipt": "R", "by": "x", "how": "x"}, status=404)
    for who in ("registrar", "archivist", "auditor", "controller"):
        for what in ("fee", "fee/paid", "fee/exempt", "fee/given-back", "withdraw"):
            desk.as_(who).post(f"{at}/{what}", {"version": 1, "receipt": "R", "by": "x", "how": "x"}, status=403)


def test_measures_and_sums_stand_on_the_page_as_people_write_them(desk):
    def act(session, office):
        seats.name(
            session, office.actor("administrator"), office.organisation, "architecture", unit_id=office.social.unit_id,
            version=0,
        )  # fmt: skip
        return begun(session, office, "building_permit", office.stranger, **{**HOUSE, "total_area": "120.5"}).case_id

    at = f"/proceedings/{desk.do(act)}"
    assert "<dd>120,5</dd>" in desk.as_("stranger").get(at)
