"""Cases that name one another: the permit its terms and its design, a legalization the offence, a sale the list."""

from __future__ import annotations

import pytest

from edms import clock
from edms.access.actor import Actor
from edms.errors import Invalid
from edms.registry.words import Grade
from edms.services import cases, entering, links
from edms.services.models import CaseState
from tests import letters
from tests.cases import MONDAY, Town, begun, seated


@pytest.fixture
def town(session, office):
    with clock.at(MONDAY):
        seated(session, office, architecture=office.social, supervision=office.social, property=office.social)
        yield office


def of(session, office, service, **values):
    return Town(session, office, begun(session, office, service, office.stranger, **values))


def enter(town, who="stranger", **values):
    entering.enter(town.session, town.office.actor(who), town.case, values)


def linked(town, who):
    actor = town.office.actor(who)
    named = links.named_by(town.session, actor, town.case, town.route.fields.values())
    return [case.service for _, case in named]


def naming(town, who):
    return [case.service for _, case in links.naming(town.session, town.office.actor(who), town.case, town.document)]


def test_the_permit_knows_its_terms_and_its_design_and_they_know_it(session, town):
    terms, design = of(session, town, "land_terms"), of(session, town, "design_approval")
    enter(design, land_terms_case=terms.document.number)
    permit = of(session, town, "building_permit", object_class="class_2")
    assert permit.document.due_on.isoformat() == "2026-04-06"  # twenty working days
    enter(permit, land_terms_case=terms.document.number, design_case=design.document.number)
    assert linked(permit, "stranger") == ["land_terms", "design_approval"]
    assert naming(terms, "stranger") == ["design_approval", "building_permit"]
    assert naming(design, "stranger") == ["building_permit"] and naming(permit, "stranger") == []
    assert permit.document.due_on.isoformat() == "2026-03-16"  # five, after three stages: at once
    for who in ("executor", "foreigner"):
        assert linked(permit, who) == [] and naming(terms, who) == []


def refused(town, field, number, who="stranger"):
    with pytest.raises(Invalid) as error:
        enter(town, who, **{field: number})
    return error.value.fields == {field: "proceedings.case_unknown"}


def test_a_number_is_not_taken_of_another_service_of_elsewhere_nor_of_what_one_may_not_read(session, town):
    permit = of(session, town, "building_permit")
    other = of(session, town, "design_approval")
    assert refused(permit, "land_terms_case", other.document.number)
    assert refused(permit, "land_terms_case", "99-99/999")
    assert refused(permit, "land_terms_case", permit.document.number)
    plain = letters.letter(session, town)
    letters.resolved(session, town, plain, town.stranger)
    assert refused(permit, "land_terms_case", plain.number)
    plain.migrated = True  # it came with the journals of the years before
    enter(permit, land_terms_case=plain.number)
    hidden = of(session, town, "land_terms")
    hidden.document.grade = Grade.PERSONAL
    hidden.document.readers = [f"official:{town.mayor.official_id}"]
    session.flush()
    assert refused(permit, "land_terms_case", hidden.document.number)
    there = letters.register(
        session, town.foreigner.actor(), town.foreign_incoming, letters.Card(summary="x", correspondent_name="y"),
        idempotency_key="there",
    )  # fmt: skip
    there.number, there.migrated = "Z-1", True
    assert refused(permit, "land_terms_case", "Z-1")
    # What an applicant typed is kept as it is, until whoever has the case corrects it; an unchanged field is no entry.
    typed = of(session, town, "building_permit", land_terms_case="სადღაც 5")
    enter(typed, land_terms_case="სადღაც 5", total_area="50")


def test_a_case_that_was_broken_off_cannot_be_named(session, town):
    terms, permit = of(session, town, "land_terms"), of(session, town, "building_permit")
    cases.break_off(session, town.mayor.actor(), terms.case, version=terms.case.version, reason="შეცდომა")
    assert refused(permit, "land_terms_case", terms.document.number)


def test_a_sale_names_the_list_in_which_the_property_stands(session, town):
    listed = of(session, town, "privatization_list")
    sale = of(session, town, "privatization", list_case=listed.document.number)
    assert linked(sale, "stranger") == ["privatization_list"] and naming(listed, "stranger") == ["privatization"]


def stands(town):
    town.session.refresh(town.document)
    return any(each.get("until") is None for each in town.document.term["intervals"])


@pytest.fixture
def pair(session, town):
    """An offence, and the legalization of the same building, which lets it stand."""
    offence = of(session, town, "administrative_offences", track="construction")
    legal = of(session, town, "legalization", offence_case=offence.document.number)
    legal.do("stranger", "intake.completeness", "complete")
    legal.do("stranger", "check", "in_order")
    offence.carried_on()
    return offence, legal


def test_a_legalization_that_ends_in_whatever_way_lets_the_offence_run_on(session, town, pair):
    offence, legal = pair
    assert stands(offence)
    for end in (
        lambda: cases.break_off(session, town.mayor.actor(), legal.case, version=legal.case.version, reason="x"),
        lambda: cases.withdraw(session, town.mayor.actor(), legal.case, version=legal.case.version, how="x"),
    ):
        there = session.begin_nested()
        end()
        assert not stands(offence)
        there.rollback()
        session.expire_all()
        assert stands(offence)


def test_a_closed_offence_leaves_no_clock_standing_and_a_number_that_is_no_case_has_no_effect(session, town, pair):
    offence, legal = pair
    step = legal.route.steps["offence_closed"]
    system = Actor.system(town.organisation.organisation_id)
    links.effects(session, system, legal.case, legal.document, legal.route, step)
    assert (offence.case.state, offence.open()) == (CaseState.BROKEN_OFF, [])
    assert not stands(offence) and offence.case.end_reason == legal.document.number
    links.effects(session, system, legal.case, legal.document, legal.route, step)  # nothing runs any more
    other = of(session, town, "legalization", offence_case="არ არის")
    other.do("stranger", "intake.completeness", "complete")
    other.do("stranger", "check", "in_order")
    assert other.open() == ["site_visit"]
