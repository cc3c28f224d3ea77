"""The fee of a construction permit: reckoned by the council's rate, paid in parts, let off, given back; the case waits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from edms import clock, words
from edms.errors import Conflict, Forbidden, Invalid, RuleBroken
from edms.events import Event, EventLine
from edms.services import cases, entering, fees
from edms.services.fee_models import CasePayment, PaymentKind
from edms.services.models import CaseState
from tests.cases import MONDAY, Town, begun, seated

HOUSE = {"building_purpose": "house", "has_k2": True, "total_area": "120.5", "object_class": "class_2"}


@pytest.fixture
def town(session, office):
    with clock.at(MONDAY):
        seated(session, office, architecture=office.social, finance=office.social)
        made = Town(session, office, begun(session, office, "building_permit", office.stranger, **HOUSE))
        made.do("stranger", "intake.completeness", "complete")
        assert made.open() == ["fee_control"]
        yield made


def reckon(town, rate="3.5"):
    return fees.reckon(town.session, town.office.stranger.actor(), town.case, rate=Decimal(rate) if rate else None)


def pay(town, receipt, amount=None, *, version=None, who="stranger"):
    row = fees.required(town.session, town.case)
    return fees.pay(
        town.session, town.office.actor(who), town.case, receipt=receipt, on=None, amount=amount and Decimal(amount),
        version=row.version if version is None else version,
    )  # fmt: skip


def back(town, receipt, amount=None, who="mayor"):
    row = fees.required(town.session, town.case)
    return fees.give_back(
        town.session, town.office.actor(who), town.case, receipt=receipt, on=None, version=row.version,
        amount=amount and Decimal(amount),
    )  # fmt: skip


def test_the_case_waits_for_its_fee_and_goes_on_when_all_of_it_is_there(town):
    for rate, message in ((None, "rate_missing"), ("4.01", "rate_above_ceiling"), ("-1", "amount_wrong")):
        with pytest.raises(Invalid) as refused:
            reckon(town, rate)
        assert refused.value.fields == {"rate": f"proceedings.{message}"}
        if message == "rate_above_ceiling":
            assert words.explain("ka", refused.value).fields["rate"].endswith("არაუმეტეს 4,00 ლარი.")
    with pytest.raises(RuleBroken, match="fee_unpaid"):
        town.do("stranger", "fee_control", "paid")
    row = reckon(town)
    assert (row.amount, row.currency, row.reckoned["rate"]) == (Decimal("421.75"), "GEL", "3.5")
    pay(town, "R-1", "400")
    assert (row.received, fees.rest(row), row.paid_on) == (Decimal(400), Decimal("21.75"), None)
    with pytest.raises(RuleBroken, match="fee_unpaid"):
        town.do("stranger", "fee_control", "paid")
    with pytest.raises(Invalid) as twice:
        pay(town, "R-1")
    assert twice.value.fields == {"receipt": "proceedings.receipt_twice"}
    with town.later(2):
        pay(town, "R-2")
    assert (fees.rest(row), row.paid_on) == (Decimal(0), date(2026, 3, 11))
    with pytest.raises(RuleBroken, match="fee_paid"):
        pay(town, "R-3")
    with town.later(2):
        town.do("stranger", "fee_control", "paid")
    assert town.open() == ["expert_check"]


def test_a_fee_that_is_short_leads_to_the_deficiency_and_back(town):
    reckon(town)
    pay(town, "R-1", "100")
    town.do("stranger", "fee_control", "short")
    assert town.open() == ["intake.deficiency"]
    with town.later(1):
        town.paper("intake.deficiency", "deficiency_notice").do("registrar", "intake.deficiency_told")
    with town.later(4):
        pay(town, "R-2")
        town.do("stranger", "intake.cure", "cured").do("stranger", "fee_control", "paid")
    assert town.open() == ["expert_check"]


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "10000000000"])
def test_a_wrong_sum_is_refused_and_nothing_is_kept(town, amount):
    reckon(town)
    with pytest.raises(Invalid) as refused:
        pay(town, "R-1", amount)
    assert refused.value.fields == {"amount": "proceedings.amount_wrong"}
    assert town.session.scalars(select(CasePayment)).all() == []


def test_what_is_over_is_given_back_and_no_more(town):
    row = reckon(town)
    pay(town, "R-1", "500")
    with pytest.raises(RuleBroken, match="fee_paid"):
        pay(town, "R-2", "1")
    assert fees.owed_back(town.case, town.route, row) == Decimal("78.25")
    with pytest.raises(Invalid) as refused:
        back(town, "P-1", "78.26")
    assert refused.value.fields == {"amount": "proceedings.more_than_owed"}
    back(town, "P-1", "78")
    back(town, "P-2", who="stranger")  # whoever has the letter
    assert (row.received, row.paid_on) == (Decimal("421.75"), date(2026, 3, 9))
    with pytest.raises(RuleBroken, match="nothing_owed_back"):
        back(town, "P-3")
    assert [p.kind for p in row.payments] == [PaymentKind.CAME, PaymentKind.GIVEN_BACK, PaymentKind.GIVEN_BACK]
    town.do("stranger", "fee_control", "paid")


def test_corrected_facts_are_reckoned_anew_and_the_rest_is_asked_for(town):
    row = reckon(town)
    pay(town, "R-1")
    assert row.paid_on is not None
    entering.enter(town.session, town.office.stranger.actor(), town.case, {"total_area": "130.5"})
    reckon(town, None)  # at the rate that was entered before
    assert (row.amount, fees.rest(row), row.paid_on) == (Decimal("456.75"), Decimal(35), None)
    with pytest.raises(RuleBroken, match="fee_unpaid"):
        town.do("stranger", "fee_control", "paid")


def test_let_off_by_a_decision_the_case_goes_on_and_what_came_is_owed_back(town):
    for who in ("stranger", "registrar", "auditor", "foreigner"):
        with pytest.raises(Forbidden):
            fees.exempt(town.session, town.office.actor(who), town.case, by="x")
    reckon(town)
    pay(town, "R-1", "100")
    with pytest.raises(Invalid):
        fees.exempt(town.session, town.office.mayor.actor(), town.case, by=" ")
    row = fees.exempt(town.session, town.office.mayor.actor(), town.case, by="საკრებულოს დადგენილება 12")
    assert (fees.rest(row), fees.owed_back(town.case, town.route, row)) == (Decimal(0), Decimal(100))
    for act in (lambda: reckon(town), lambda: pay(town, "R-2")):
        with pytest.raises(RuleBroken):
            act()
    town.do("stranger", "fee_control", "paid")
    back(town, "P-1")
    assert row.received == 0
    kinds = town.session.scalars(select(EventLine.kind).where(EventLine.kind.in_([Event.CASE_FEE_EXEMPT, Event.CASE_FEE_GIVEN_BACK])))  # fmt: skip
    assert list(kinds) == [Event.CASE_FEE_EXEMPT, Event.CASE_FEE_GIVEN_BACK]


def test_let_off_before_anything_was_reckoned(town):
    fees.exempt(town.session, town.office.mayor.actor(), town.case, by="კანონი ადგილობრივი მოსაკრებლების შესახებ")
    town.do("stranger", "fee_control", "paid")
    assert town.open() == ["expert_check"]


def test_given_back_when_the_route_says_so_of_this_end(town, monkeypatch):
    row = reckon(town)
    pay(town, "R-1")
    assert fees.owed_back(town.case, town.route, row) == 0
    cases.withdraw(town.session, town.office.mayor.actor(), town.case, version=town.case.version, how="განცხადება 17")
    assert town.case.state is CaseState.WITHDRAWN
    assert fees.owed_back(town.case, town.route, row) == 0  # this route does not say so
    said = town.case.route.source.replace("before: fee_control,", "before: fee_control, repaid: [withdrawn],")
    town.case.route.source = said
    assert fees.owed_back(town.case, town.route, row) == Decimal("421.75")
    with pytest.raises(Forbidden):
        back(town, "P-1", who="auditor")
    back(town, "P-1")
    assert row.received == 0
    with pytest.raises(RuleBroken, match="case_over"):
        pay(town, "R-2", "1")


def test_who_may_not_and_who_comes_late(town):
    row = reckon(town)
    for who in ("executor", "registrar", "archivist", "foreigner"):
        with pytest.raises(Forbidden):
            pay(town, "R-1", who=who)
        with pytest.raises(Forbidden):
            back(town, "P-1", who=who)
        with pytest.raises(Forbidden):
            fees.reckon(town.session, town.office.actor(who), town.case)
    version = row.version
    pay(town, "R-1", "10")
    with pytest.raises(Conflict):
        pay(town, "R-2", "10", version=version)
