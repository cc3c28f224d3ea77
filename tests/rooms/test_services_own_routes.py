"""A route that one organisation of a region has of its own: followed there, unknown to the other in the same database."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from edms import clock
from edms.errors import Invalid
from edms.registry.card import Card
from edms.registry.registration import register
from edms.services import applying, cases, fees, following, own_routes, shelf, texts, timing
from edms.services.models import CaseState
from tests import letters

DOCUMENT = Path(__file__).parents[2] / "docs" / "services.md"
FRIDAY = datetime(2026, 3, 6, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Kvemo has the route of the document, and a permit with the council's rate and its accelerated tariffs."""
    folder = tmp_path_factory.mktemp("routes")
    (folder / "kvemo").mkdir()
    example = re.search(r"```yaml\n(route: fishing_place.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[1]
    (folder / "kvemo" / "fishing.yaml").write_text(example, encoding="utf-8")
    permit = shelf.choose(shelf.shipped(), "building_permit", "GE", date(2026, 3, 6)).source
    permit = permit.replace("version: 2", "version: 3").replace("ceiling: 10,", "ceiling: 10, rate: 5,")
    tariffs = "  tariffs:\n    - {tariff: in_ten_days, days: 10, fee: 300}\n    - {tariff: in_three_days, days: 3, fee: 900}\n"
    permit = re.sub(r"(express:\n(?:  .*\n)+)", rf"\1{tariffs}", permit)
    words = (
        "words:\n  services.choice.pace.in_ten_days: {ka: 10 სამუშაო დღე}\n"
        "  services.choice.pace.in_three_days: {ka: 3 სამუშაო დღე}\n"
    )
    (folder / "kvemo" / "permit.yaml").write_text(permit + words, encoding="utf-8")
    found, faults = shelf.of_folder(folder)
    assert faults == []
    return found


@pytest.fixture
def region(session, office, own):
    session.info.update(own_routes.carried(own))
    return session


def test_it_is_begun_where_it_belongs_and_refused_next_door(region, office, monkeypatch):
    mine = letters.letter(region, office, office.applications, document_type="application")
    theirs = register(
        region, office.foreigner.actor(), office.foreign_incoming, Card("თხოვნა", correspondent_name="ანა კალანდაძე"),
        idempotency_key="theirs",
    )  # fmt: skip
    assert "fishing_place" in {route.name for route in cases.routes_for(region, mine)}
    assert "fishing_place" not in {route.name for route in cases.routes_for(region, theirs)}
    with pytest.raises(Invalid):
        cases.begin(region, office.foreigner.actor(), theirs, "fishing_place")
    assert "fishing_place" in {route.name for route in cases.services(region, office.registrar.actor())}
    assert "fishing_place" not in {route.name for route in cases.services(region, office.foreigner.actor())}
    case = cases.begin(region, office.registrar.actor(), mine, "fishing_place")
    region.info.clear()  # the file is gone; the case goes its way
    assert texts.route_of(region, case).name == "fishing_place" and case.state is CaseState.RUNNING
    assert following.follow(region, case) == 0


def test_only_its_own_organisation_can_offer_it_to_citizens(region, office):
    administrator, foreign = office.administrator.actor(), office.foreign_administrator.actor()
    applying.offer(region, administrator, office.organisation, ["fishing_place"])
    with pytest.raises(Invalid):
        applying.offer(region, foreign, office.neighbour, ["fishing_place"])
    assert [route.name for route in applying.offered(region, office.organisation)] == ["fishing_place"]
    assert applying.offered(region, office.neighbour) == []


@pytest.mark.parametrize(
    ("pace", "reused", "due_on", "fee"),
    [
        ("usual", False, date(2026, 4, 3), "500.00"),
        ("in_ten_days", False, date(2026, 3, 20), "800.00"),
        ("in_three_days", True, date(2026, 3, 11), "1400.00"),
    ],
)
def test_what_is_paid_more_for_comes_sooner(region, office, pace, reused, due_on, fee):
    with clock.at(FRIDAY):
        document = letters.letter(region, office, office.applications, document_type="application")
        letters.resolved(region, office, document, office.executor)
        values = {
            "pace": pace,
            "total_area": "100",
            "building_purpose": "other",
            "has_k2": True,
            "design_used_before": reused,
        }
        case = cases.begin(region, office.executor.actor(), document, "building_permit", values=values)
        assert document.due_on == due_on
        assert str(fees.reckon(region, office.executor.actor(), case).amount) == fee
    with clock.at(FRIDAY + timedelta(days=1)):
        following.follow(region, case)
        assert document.due_on == due_on and timing.open_rows(case)
