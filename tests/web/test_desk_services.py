"""Services from their letter to their end on the pages of the desk: each step by those whose it is, with what it asks."""

from __future__ import annotations

from tests.web.service_walks import MONDAY, Service

pytest_plugins = ["tests.web.desk_site"]


def test_a_design_is_approved_after_its_council_voted_and_runs_out_with_its_use(desk):
    design = Service(desk, "design_approval", fields={"council_needed": "yes"}, object_class="class_2")
    assert design.walk() == "approved"
    assert {"council", "stamping", "approval.sign", "validity"} <= set(design.done)
    assert "members 30, present 25, in favour 20, against 5" in design.page()


def test_property_that_nobody_had_registered_becomes_the_towns(desk):
    found = Service(desk, "property_identification", {"registry_check": "unregistered"}, {"overlap": "yes"})
    assert found.walk() == "registered"
    assert {"neighbours", "conclusion", "order.serve", "filing", "entry"} <= set(found.done)


def test_main_property_is_listed_by_two_thirds_of_the_whole_council_and_not_by_fewer(desk):
    """Twenty of thirty are two thirds."""
    main = {"property_category": "main", "function_lost": True}
    listed = Service(desk, "privatization_list", **main)
    refused = {"members": 30, "present": 25, "in_favour": 19, "against": 6}
    assert listed.walk(wrong={"sitting_main": refused}) == "listed"
    assert {"sitting_main", "ordinance", "list_publication", "flag"} <= set(listed.done)
    page = listed.pages["list_publication"]
    public = page.partition('id="publications"')[2].partition("</section>")[0]
    for where in ("website", "notice board"):
        assert f"{where}: <span>kvemo.example/" in public, public
    assert "ნინო ბერიძე" in public and "not yet made public" not in public


def test_a_sale_from_the_order_to_the_certificate(desk):
    """The first buyer does not pay; of him nothing stands in the forms of the second auction."""
    results = {"sale_result": ["annulled", "paid"], "winner_name": ["ლიკა პირველაძე", "ანა კალანდაძე"]}
    sale = Service(desk, "privatization", {"again": "same_terms"}, results, has_conditions=False)
    assert sale.walk() == "sold"
    assert sale.done.count("protocol") == sale.done.count("payment") == 2
    assert "ლიკა" not in sale.pages["protocol"]
    assert 'value="annulled" selected' not in sale.pages["payment"]
    assert {"auction_announced", "protocol", "refund", "contract", "payment", "certificate"} <= set(sale.done)


def test_a_fine_is_set_told_and_paid(desk):
    offence = Service(
        desk, "administrative_offences", {"appeal": "not_appealed"}, track="general", offence_date=MONDAY.isoformat()
    )
    assert offence.walk() == "fine_paid"
    assert {"summons", "review", "decision", "decision_told", "fine"} <= set(offence.done)


def test_a_house_that_stands_is_legalised(desk):
    house = Service(desk, "legalization", {"opinions": "answered"}, {"surveys_needed": "yes"}, fine_paid=True)
    assert house.walk() == "legalised"
    assert {"site_visit", "survey_told", "survey", "order.serve", "register_change"} <= set(house.done)
