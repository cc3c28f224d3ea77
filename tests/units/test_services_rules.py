"""The rules for a case as a whole: accelerated service written out, faults found, the route seen from where a case stands."""

from __future__ import annotations

from datetime import date

import pytest

from edms.services import bounds, outlook
from edms.services.checks import check
from edms.services.moving import fee_due, term_of
from edms.services.outlook import Place
from edms.services.reading import examined, read_route
from edms.services.shelf import choose, shipped
from edms.terms import GEORGIA

PERMIT = choose(shipped(), "building_permit", "GE", date(2026, 3, 6)).source
OFFENCES = choose(shipped(), "administrative_offences", "GE", date(2026, 3, 6))
TARIFFS = "  tariffs:\n    - {tariff: ten, days: 10, fee: 300}\n    - {tariff: three, days: 3, fee: 900.5}\n"
WORDS = "words:\n  services.choice.pace.ten: {ka: ათი დღე}\n  services.choice.pace.three: {ka: სამი დღე}\n"


def permit(tariffs: str = TARIFFS):
    return PERMIT.replace("law: [fee 6, con 107.8]\n", f"law: [fee 6, con 107.8]\n{tariffs}") + WORDS


def test_a_tariff_is_a_choice_a_term_and_a_part_of_the_fee():
    assert "pace" not in read_route(PERMIT, "permit").fields
    route = read_route(permit(), "permit")
    assert check(route) == []
    assert [choice.name for choice in route.fields["pace"].choices] == ["usual", "ten", "three"]
    known = {"building_purpose": "other", "has_k2": True, "design_used_before": False}
    terms = {
        (pace, used): term_of(route, "decision", {**known, "pace": pace, "design_used_before": used}).term.count
        for pace in ("usual", "ten", "three")
        for used in (False, True)
    }
    assert terms == {
        ("usual", False): 20, ("usual", True): 10, ("ten", False): 10, ("ten", True): 10, ("three", False): 3, ("three", True): 3
    }  # fmt: skip
    assert term_of(route, "decision", {**known, "pace": "ten", "design_case": "1"}).term.count == 5  # sooner anyway
    fee = fee_due(route, known)
    assert fee is not None and "900.5 if pace == 'three'" in fee.amount
    assert term_of(route, "decision", {**known, "pace": "three"}).term.silence is route.terms["decision"].term.silence


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("days: 10, fee: 300", "days: 20, fee: 300", "services.check.express_not_sooner"),
        ("tariff: three", "tariff: ten", "services.check.field_twice"),
        ("  term: decision\n  before", "  term: deciding\n  before", "services.check.term_unknown"),
    ],
)
def test_a_tariff_that_makes_no_sense_is_named(before, after, message):
    route, faults = examined(permit().replace(before, after), "permit")
    faults = faults or check(route)
    assert message in {fault.message for fault in faults}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("from: offence_date", "from: offence_norm", "services.check.not_a_day"),
        ("to: time_barred\n", "to: nowhere\n", "services.check.step_unknown"),
        ("when: track == 'general'", "when: track == 'other'", "services.check.choice_unknown"),
        ("same: offender_number", "same: offender", "services.condition.name_unknown"),
        ("outcomes: [fine_paid,", "outcomes: [fined,", "services.check.outcome_unknown"),
    ],
)
def test_a_limit_that_cannot_be_counted_is_named(before, after, message):
    assert before in OFFENCES.source
    route, faults = examined(OFFENCES.source.replace(before, after), "offences")
    faults = faults or check(route)
    assert message in {fault.message for fault in faults}


def test_a_limit_runs_from_the_day_of_the_offence_by_the_legal_clock():
    values = {"track": "general", "offence_date": "2025-02-09"}
    limit = bounds.limit_of(OFFENCES, values)
    assert bounds.reached(limit, values, GEORGIA).on == date(2025, 5, 13)  # the 9th a holiday, Saturday to Monday off
    assert bounds.reached(limit, {**values, "offence_date": None}, GEORGIA) is None
    assert bounds.limit_of(OFFENCES, {**values, "track": "construction"}) is None
    assert bounds.wakes(limit, date(2025, 5, 13), [30]) == date(2025, 5, 3)


def test_what_lies_on_no_way_from_here_is_told_apart():
    places = {
        stop.step.id: stop
        for stop in outlook.seen_from(OFFENCES, done={"opened"}, at={"review"}, values={"track": "general"})
    }
    assert places["opened"].place is Place.DONE and places["review"].place is Place.HERE
    assert {places[name].place for name in ("enforcement", "time_barred")} == {Place.AHEAD}
    assert {places[name].place for name in ("preparing", "instruction")} == {Place.ASIDE}
    ways = {way.answer: [each.id for each in way.to] for way in places["review"].ways}
    assert ways == {"fine": ["decision"], "warn": ["warning"], "terminate": ["termination"]}
    begun = outlook.seen_from(OFFENCES, done=(), at={"opened"}, values={"track": "construction"})
    assert {stop.step.id for stop in begun if stop.place is Place.AHEAD} >= {"instruction", "surcharge"}
    assert "preparing" not in {stop.step.id for stop in begun if stop.place is Place.AHEAD}
    decided = outlook.seen_from(OFFENCES, done={"opened"}, at={"fine"}, values={"track": "general"}, decided=True)
    assert next(stop.place for stop in decided if stop.step.id == "time_barred") is Place.ASIDE
    over = outlook.seen_from(OFFENCES, done={"opened"}, at=(), values={}, over=True)
    assert {stop.place for stop in over} == {Place.DONE, Place.ASIDE}
