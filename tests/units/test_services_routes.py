"""The routes that come with the service: free of faults, every way walked, dates as the law has them."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from edms.errors import NotFound
from edms.services import shelf
from edms.services.checks import check, overlaps
from edms.services.definition import Route
from edms.services.kinds import StepKind
from edms.services.moving import fee_due, term_of
from edms.services.reading import examined
from edms.services.shelf import choose, shipped
from edms.services.simulating import Course, begin
from edms.terms import ARMENIA, GEORGIA, due, for_country
from edms.terms.term import Silence
from tests.route_walks import Walker

SERVICES = {
    "social_assistance", "land_terms", "design_approval", "building_permit", "legalization", "property_identification",
    "privatization_list", "privatization", "administrative_offences", "budget_priorities",
}  # fmt: skip
MAY_2 = date(2025, 5, 2)
ROUTES = pytest.mark.parametrize("route", shipped(), ids=lambda r: r.key)


def route(name: str, day: date = MAY_2, country: str = "GE") -> Route:
    return choose(shipped(), name, country, day)


def run(course: Course, on: date, *acts: str | tuple[str, str] | tuple[str, str | None, dict[str, Any]]) -> None:
    """Finish these steps one after the other on one day."""
    for act in acts:
        step, answer, values = (act, None, {}) if isinstance(act, str) else (*act, None, {})[:3]  # type: ignore[misc]
        course.finish(step, on, answer, values or {})


TAKEN_IN = (("intake.competence", "ours"), "intake.resolution", ("intake.completeness", "complete"))


def test_both_countries_have_all_ten_services():
    assert {r.name for r in shipped() if r.country == "GE"} == SERVICES
    assert {r.name for r in shipped() if r.country == "AM"} == SERVICES


@ROUTES
def test_a_shipped_route_has_no_fault(route):
    read, faults = examined(route.source, route.key)
    assert faults == []
    assert read == route
    assert check(route) == []


def test_no_day_has_two_versions():
    assert overlaps(shipped()) == []


def test_a_case_follows_the_version_of_its_day_of_registration():
    assert route("land_terms", date(2018, 5, 2)).regime == "r57"
    assert route("land_terms", date(2019, 6, 2)).regime == "r57"
    assert route("land_terms", date(2019, 6, 3)).regime == "con"
    with pytest.raises(NotFound):
        route("land_terms", date(2001, 1, 1))


@ROUTES
def test_every_way_of_a_route_is_walked_and_every_walk_ends(route):
    walker = Walker(route, MAY_2 if route.valid_on(MAY_2) else route.valid_from)
    assert {walk.outcome for walk in walker.walk_all()} == set(route.outcomes)
    assert walker.left == set()


def test_land_terms_decided_in_ten_working_days_else_approved_by_silence():
    course = begin(route("land_terms"), GEORGIA, MAY_2)
    assert course.due_of_case().on == date(2025, 5, 20)
    course.pass_days(date(2025, 5, 20))
    assert course.silent_since is None
    course.pass_days(date(2025, 5, 21))
    assert course.silent_since == date(2025, 5, 21)
    assert course.at() == ["deemed.told"]
    course.finish("deemed.told", date(2025, 5, 22))
    course.finish("deemed.asked_for", date(2025, 6, 10), "paper_wanted")
    assert course.due_of("deemed.paper").on == date(2025, 6, 13)


def test_the_time_of_other_bodies_is_not_counted():
    course = begin(route("land_terms"), GEORGIA, MAY_2)
    yes = {"heritage_zone": True, "environment_matter": False, "utilities_asked": False}
    run(course, MAY_2, *TAKEN_IN, ("check", "in_order", yes), "posting")
    assert course.due_of("opinions").on == date(2025, 6, 4)
    assert course.due_of_case().on is None
    course.pass_days(date(2025, 6, 5))
    assert course.at() == ["decision"]
    assert course.due_of_case().on == date(2025, 6, 18)


def test_a_deficiency_suspends_the_term_and_has_five_working_days():
    course = begin(route("land_terms"), GEORGIA, MAY_2)
    run(course, date(2025, 5, 7), ("intake.competence", "ours"), "intake.resolution")
    run(course, date(2025, 5, 7), ("intake.completeness", "deficient"), "intake.deficiency", "intake.deficiency_told")
    assert course.due_of("intake.cure").on == date(2025, 5, 16)
    assert course.due_of_case().on is None
    # An extension of the time to cure lets the applicant come on the 22nd; 3 of the 10 days were used.
    course.finish("intake.cure", date(2025, 5, 22), "cured")
    assert course.due_of_case().on == date(2025, 6, 3)


def test_what_is_not_cured_is_left_without_consideration():
    course = begin(route("social_assistance"), GEORGIA, MAY_2)
    run(course, date(2025, 5, 7), ("intake.competence", "ours"), "intake.resolution")
    run(course, date(2025, 5, 7), ("intake.completeness", "deficient"), "intake.deficiency", "intake.deficiency_told")
    course.pass_days(date(2025, 5, 17))
    run(course, date(2025, 5, 19), "intake.left", "intake.left_told")
    assert course.due_of("intake.closing.complaint.window").on == date(2025, 6, 19)
    course.pass_days(date(2025, 6, 20))
    course.finish("intake.closing.filed", date(2025, 6, 20))
    assert course.outcome == "unconsidered"


def test_assistance_is_refused_by_silence_and_the_work_goes_on():
    course = begin(route("social_assistance"), GEORGIA, date(2025, 4, 17))
    assert course.due_of_case().on == date(2025, 5, 19)
    assert course.due_of_case().silence_on == date(2025, 5, 20)
    course.pass_days(date(2025, 5, 20))
    assert course.silent_since == date(2025, 5, 20)
    assert course.at() == ["intake.competence"]


def test_assistance_is_paid_while_complaints_are_possible():
    course = begin(route("social_assistance"), GEORGIA, MAY_2)
    known = {"visit_needed": False, "programme_threshold": 57001}
    run(course, MAY_2, *TAKEN_IN, ("programme", "in_programme", known), ("queries", None, {"rating_score": 41000}))
    run(course, MAY_2, ("commission", "grant"), "order.draft", ("order.sign", "signed"), "order.serve")
    assert course.at() == ["carried_out.complaint.window", "payment"]
    run(course, MAY_2, ("payment", "bank_returned"), "account", ("payment", "paid"), "beneficiary")
    assert course.at() == ["carried_out.complaint.window"]
    course.pass_days(date(2025, 6, 3))
    course.finish("carried_out.filed", date(2025, 6, 3))
    assert course.outcome == "granted"


def test_a_score_above_the_threshold_is_heard_before_the_refusal():
    course = begin(route("social_assistance"), GEORGIA, MAY_2)
    known = {"visit_needed": False, "programme_threshold": 57001}
    run(course, MAY_2, *TAKEN_IN, ("programme", "in_programme", known), ("queries", None, {"rating_score": 57002}))
    run(course, MAY_2, "refusal.invitation", "refusal.invited")
    assert course.due_of("refusal.notice").on == date(2025, 5, 13)  # 9 May and 12 May are holidays


def test_an_act_annulled_on_complaint_stops_what_carries_it_out():
    course = begin(route("social_assistance"), GEORGIA, MAY_2)
    run(course, MAY_2, *TAKEN_IN, ("programme", "in_programme", {"visit_needed": False}), "queries")
    run(course, MAY_2, ("commission", "grant"), "order.draft", ("order.sign", "signed"), "order.serve")
    gone = "carried_out.complaint"
    run(course, MAY_2, (f"{gone}.window", "complaint"), (f"{gone}.admission", "admitted"))
    run(course, MAY_2, (f"{gone}.decision", None, {"complaint_result": "annulled"}), f"{gone}.decision_signed")
    course.finish(f"{gone}.decision_told", MAY_2)
    assert course.at() == ["carried_out.filed"]
    course.finish("carried_out.filed", MAY_2)
    assert course.outcome == "annulled"


@pytest.mark.parametrize(
    ("values", "on"),
    [
        ({}, date(2025, 6, 4)),  # 20 working days
        ({"design_case": "12/3"}, date(2025, 5, 13)),  # 5, after three stages
        ({"design_used_before": True}, date(2025, 5, 20)),  # 10
    ],
)
def test_the_permit_is_decided_by_what_went_before(values, on):
    assert begin(route("building_permit"), GEORGIA, MAY_2, values).due_of_case().on == on


def test_the_old_regime_counts_calendar_days():
    of_2015 = route("land_terms", date(2015, 5, 4))
    assert begin(of_2015, GEORGIA, date(2015, 5, 4)).due_of_case().on == date(2015, 6, 3)
    class_1 = begin(route("building_permit", date(2015, 5, 4)), GEORGIA, date(2015, 5, 4), {"object_class": "class_1"})
    assert class_1.due_of_case().on == date(2015, 5, 11)  # the 9th, a Saturday and a holiday, moves to Monday


def test_legalization_counts_anew_after_surveys():
    course = begin(route("legalization"), GEORGIA, MAY_2)
    assert course.due_of_case().on == date(2025, 6, 2)  # the 1st of June is a Sunday
    run(course, MAY_2, *TAKEN_IN, ("check", "in_order"))
    run(course, MAY_2, ("site_visit", None, {"surveys_needed": True, "opinions_needed": False}), "survey_demand")
    course.finish("survey_told", date(2025, 5, 7))
    assert course.due_of_case().on is None
    course.finish("survey", date(2025, 5, 30), "survey_brought")
    assert course.due_of_case().on == date(2025, 6, 30)  # 30 days from 30 May is Sunday the 29th


def test_contract_and_payment_of_a_sale_have_thirty_days_each():
    course = begin(route("privatization"), GEORGIA, date(2025, 4, 1))
    run(course, date(2025, 4, 1), "terms.draft", ("terms.sign", "signed"), "terms.serve", "auction_announced")
    run(course, MAY_2, ("bidding", "winner"), "protocol")
    assert course.due_of("contract").on == date(2025, 6, 2)
    course.finish("contract", date(2025, 5, 20), "signed")
    assert course.due_of("payment").on == date(2025, 6, 19)
    course.finish("payment", date(2025, 6, 1), None, {"sale_result": "annulled"})
    run(course, date(2025, 6, 1), "annulment", "annulment_told", "refund")
    assert course.at() == ["again"]


def test_a_fine_not_paid_goes_to_enforcement_within_a_year():
    values = {"track": "general"}
    course = begin(route("administrative_offences"), GEORGIA, MAY_2, values)
    run(course, MAY_2, ("preparing", "to_review"), "summons")
    assert course.due_of("review").on == date(2025, 5, 19)  # the 17th day, a Saturday and a holiday, moves on
    run(course, date(2025, 5, 19), ("review", "fine"), "decision", "decision_told")
    assert course.due_of("appeal").on == date(2025, 5, 29)
    course.finish("appeal", date(2025, 5, 29), "not_appealed")
    assert course.due_of("fine").on == date(2025, 6, 18)
    course.pass_days(date(2025, 6, 19))
    assert course.due_of("enforcement").on == date(2026, 5, 19)
    course.pass_days(date(2026, 5, 20))
    course.finish("lapsed_filed.filed", date(2026, 5, 20))
    assert course.outcome == "lapsed"


def test_the_budget_follows_the_dates_of_the_year():
    course = begin(route("budget_priorities", date(2026, 1, 15)), GEORGIA, date(2026, 1, 15))
    assert course.due_of("start_act").on == date(2026, 3, 2)  # the 1st of March is a Sunday
    known = {"budget_year": 2027}
    course.finish("start_act", date(2026, 2, 2), None, known)
    course.finish("problems", date(2026, 2, 20))
    course.finish("announcement", date(2026, 2, 20), None, {"gathering": "assembly"})
    course.pass_days(date(2026, 3, 1))
    run(course, date(2026, 3, 1), ("assembly", "priorities_named"))
    assert course.due_of("handing_in").on == date(2026, 4, 1)


def test_armenia_counts_thirty_calendar_days_until_six_in_the_evening():
    course = begin(route("legalization", country="AM"), ARMENIA, MAY_2)
    reached = course.due_of_case()
    assert reached.on == date(2025, 6, 2)
    assert reached.last_moment.isoformat() == "2025-06-02T14:00:00+00:00"
    course.pass_days(date(2025, 6, 3))
    assert course.silent_since is not None
    assert course.at() == ["intake.competence"]  # silence decides nothing there


@pytest.mark.parametrize(("of", "days", "months"), [("class_2", 5, 12), ("class_3", 10, 18), ("class_4", 15, 24)])
def test_the_armenian_assignment_depends_on_the_class_of_risk(of, days, months):
    terms = route("land_terms", country="AM")
    assert term_of(terms, "decision", {"object_class": of}).term.count == days
    assert term_of(terms, "validity", {"object_class": of}).term.count == months


@pytest.mark.parametrize(
    ("values", "fee"),
    [
        ({"building_purpose": "house", "has_k2": True}, ("house", 4)),
        ({"building_purpose": "industrial", "has_k2": True, "resort_area": True}, ("industrial_resort", 11)),
        ({"building_purpose": "industrial", "has_k2": True}, ("other_building", 10)),
        ({"building_purpose": "linear"}, ("linear", 1)),
    ],
)
def test_the_local_fee_has_the_ceiling_of_the_law(values, fee):
    found = fee_due(route("building_permit"), values)
    assert (found.name, found.ceiling) == fee


def test_what_no_law_states_says_so():
    doubtful = {r.key: [t.name for t in r.terms.values() if t.doubt] for r in shipped()}
    assert "visit" in doubtful["GE/social_assistance/1"]
    assert all(r.doubt for r in shipped() if r.country == "AM")


@ROUTES
def test_terms_of_silence_explain_what_it_means(route):
    rule = route.silence
    if rule.term is not None and rule.effect is not Silence.NONE:
        told = due(route.terms[rule.term].term, for_country(route.country), MAY_2)
        assert told.steps[-1].message == f"terms.silence.{rule.effect}"


@ROUTES
def test_whoever_decides_is_named_and_the_end_has_its_outcome(route):
    for step in route.steps.values():
        assert (step.party is None) == (step.kind in (StepKind.CHOICE, StepKind.FORK, StepKind.JOIN, StepKind.END))
        assert (step.outcome is not None) == (step.kind is StepKind.END)


@pytest.mark.parametrize("seed", range(12))
def test_a_changed_route_that_passes_the_checks_can_be_walked(seed):
    """Branches led elsewhere by chance: most are refused; what is not refused always goes on to an end."""
    chance = random.Random(seed)
    passed = refused = 0
    for _ in range(25):
        changed = led_elsewhere(chance.choice(shipped()), chance)
        if check(changed):
            refused += 1
            continue
        passed += 1
        walker = Walker(changed, MAY_2 if changed.valid_on(MAY_2) else changed.valid_from)
        for _ in range(3):
            assert walker.walk().outcome in changed.outcomes
    assert refused > 0
    assert passed > 0


def led_elsewhere(route: Route, chance: random.Random) -> Route:
    steps = dict(route.steps)
    for _ in range(chance.choice([1, 1, 2])):
        step = steps[chance.choice([s.id for s in steps.values() if s.branches])]
        n = chance.randrange(len(step.branches))
        block = step.id.rpartition(".")[0]
        near = [s for s in steps if s.rpartition(".")[0] == block] if chance.random() < 0.7 else list(steps)
        branch = replace(step.branches[n], to=chance.choice(near))
        steps[step.id] = replace(step, branches=(*step.branches[:n], branch, *step.branches[n + 1 :]))
    return replace(route, steps=steps)


def test_the_routes_of_a_folder_stand_beside_the_shipped_ones_of_their_organisation_alone(tmp_path):
    mine = route("land_terms")
    (tmp_path / "kvemo").mkdir()
    (tmp_path / "zemo").mkdir()
    later, same = (
        mine.source.replace("version: 2", "version: 3"),
        mine.source.replace("count: 10, kind: wd", "count: 8, kind: wd"),
    )
    texts = {
        "kvemo/later.yaml": later, "kvemo/same.yaml": same, "kvemo/twice.yaml": mine.source,
        "kvemo/wrong.yaml": mine.source.replace("kind: consult", "kind: consul"),
        "zemo/others.yaml": later.replace("country: GE", "country: GE\norganisations: [kvemo]"),
        "nobodys.yaml": later,
        "shared.yaml": later.replace("version: 3", "version: 4").replace("country: GE", "country: GE\norganisations: [zemo, mtis-bana]"),
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "kvemo" / "no_text.yaml").write_bytes(b"\xff")
    own, faults = shelf.of_folder(tmp_path)
    assert {(f.file, f.message.rpartition(".")[2]) for f in faults} == {
        ("kvemo/twice.yaml", "key_twice"), ("kvemo/wrong.yaml", "not_among"), ("kvemo/wrong.yaml", "out_of_place"), ("kvemo/no_text.yaml", "not_utf8"),
        ("zemo/others.yaml", "for_others"), ("nobodys.yaml", "for_nobody"),
    }  # fmt: skip
    there = {
        code: choose(own.beside(code), "land_terms", "GE", MAY_2) for code in ("kvemo", "zemo", "mtis-bana", "tba")
    }
    assert {code: each.version for code, each in there.items()} == {"kvemo": 3, "zemo": 4, "mtis-bana": 4, "tba": 2}
    replaced = next(r for r in own.beside("kvemo") if r.key == mine.key)
    assert replaced.terms["decision"].term.count == 8
    assert there["tba"] == mine and len(own.beside("tba")) == len(shipped())
    assert shelf.of_folder(tmp_path / "away")[1][0].message == "services.folder_not_found"
    assert shelf.of_folder(None) == (shelf.NOBODYS, [])


def test_what_is_no_file_keeps_no_house_shut(tmp_path):
    """A pipe is read until somebody writes into it; a folder, a link to nowhere are no routes either."""
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "nowhere.yaml").symlink_to(tmp_path / "gone")
    for name in ("pipe.yaml", "folder.yaml", "nowhere.yaml"):
        with pytest.raises(NotFound):
            shelf.text_of(tmp_path / name)
