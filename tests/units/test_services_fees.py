"""The tariffs of the routes that come along, beside those that the laws name; what each comes to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from edms.services.checks import check
from edms.services.conditions import amount
from edms.services.moving import fee_due
from edms.services.reading import examined
from edms.services.shelf import choose, shipped

NOW, OF_2015 = date(2025, 5, 2), date(2015, 5, 4)
K2, NO_K2 = {"has_k2": True}, {"has_k2": False}
# Law on local fees, article 6: what a council may ask at most, per square metre, per metre, or for the whole object.
CEILINGS = [
    ({"building_purpose": "house", "total_area": "120.5", **K2}, 4, "482.00"),
    ({"building_purpose": "industrial", "resort_area": True, "total_area": "1000", **K2}, 11, "11000.00"),
    ({"building_purpose": "industrial", "resort_area": False, "total_area": "1000", **K2}, 10, "10000.00"),
    ({"building_purpose": "public_building", "total_area": "333.33", **K2}, 10, "3333.30"),
    ({"building_purpose": "linear", "line_length": "2500", **K2}, 1, "2500.00"),
    ({"building_purpose": "house", "total_area": "80", **NO_K2}, 50, "50.00"),
    ({"building_purpose": "public_building", "object_class": "class_2", "total_area": "80", **NO_K2}, 200, "200.00"),
    ({"building_purpose": "public_building", "object_class": "class_3", "total_area": "80", **NO_K2}, 400, "400.00"),
    ({"building_purpose": "linear", "line_length": "10", **NO_K2}, 1, "10.00"),
]


@pytest.mark.parametrize("day", [OF_2015, NOW])
@pytest.mark.parametrize(("values", "ceiling", "most"), CEILINGS)
def test_the_local_fee_for_building_comes_to_what_the_law_lets_it(day, values, ceiling, most):
    route = choose(shipped(), "building_permit", "GE", day)
    fee = fee_due(route, values)
    assert (fee.ceiling, fee.currency, fee.laws[0].act, fee.laws[0].article) == (ceiling, "GEL", "fee", "6")
    assert route.steps[fee.before].party == "finance"
    assert amount(fee.amount, route.fields, values, fee.ceiling).quantize(Decimal("0.01")) == Decimal(most)
    assert amount(fee.amount, route.fields, values, fee.rate) is None or fee.rate <= fee.ceiling


def test_the_armenian_permit_is_seven_hundred_thousand_at_most():
    route = choose(shipped(), "building_permit", "AM", NOW)
    fee = fee_due(route, {})
    assert (fee.ceiling, fee.currency) == (700_000, "AMD")


def test_no_other_service_asks_for_a_fee_that_no_law_names():
    asking = {r.key for r in shipped() if any(fee.name != "express" for fee in r.fees)}
    assert asking == {"AM/building_permit/1", "AM/privatization/1", "GE/building_permit/1", "GE/building_permit/2"}


def test_a_fee_above_its_ceiling_and_one_given_back_for_nothing_known_are_faults():
    source = choose(shipped(), "building_permit", "GE", NOW).source
    dear = source.replace("ceiling: 4,", "ceiling: 4, rate: 5,")
    strange = source.replace("ceiling: 4,", "ceiling: 4, repaid: [granted_twice],")
    fine = source.replace("ceiling: 4,", "ceiling: 4, rate: 4, repaid: [refused, withdrawn],")
    found = [[f.message for f in check(examined(text, "x.yaml")[0])] for text in (dear, strange, fine)]
    assert found == [["services.check.fee_above_ceiling"], ["services.check.fee_repaid"], []]


def test_a_field_that_is_needed_for_an_answer_and_a_sitting_that_ends_without_one_name_answers_of_their_steps():
    source = choose(shipped(), "social_assistance", "GE", NOW).source
    sum_, vote = (
        source.replace(*each)
        for each in (("needed_for: [grant]", "needed_for: [give]"), ("not_carried: refuse", "not_carried: never"))
    )
    found = [[(f.message, f.values["answer"]) for f in check(examined(text, "x.yaml")[0])] for text in (sum_, vote)]
    assert found == [[("services.check.answer_unknown", "give")], [("services.check.answer_unknown", "never")]]
