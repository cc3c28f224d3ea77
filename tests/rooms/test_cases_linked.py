"""Cases that name one another: the permit its terms and its design, a legalization the offence, a sale the list."""

from __future__ import annotations

import pytest

from edms import clock
from edms.access.actor import Actor
from edms.errors import Invalid, RuleBroken
from edms.registry.words import Grade
from edms.services import cases, entering, links, naming
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


def naming_it(town, who):
    return [case.service for _, case in links.naming_it(town.session, town.office.actor(who), town.case, town.document)]


def test_the_permit_knows_its_terms_and_its_design_and_they_know_it(session, town):
    terms, design = of(session, town, "land_terms"), of(session, town, "design_approval")
    enter(design, land_terms_case=terms.document.number)
    permit = of(session, town, "building_permit", object_class="class_2")
    assert permit.document.due_on.isoformat() == "2026-04-06"  # twenty working days
    enter(permit, land_terms_case=terms.document.number, design_case=design.document.number)
    assert linked(permit, "stranger") == ["land_terms", "design_approval"]
    assert naming_it(terms, "stranger") == ["design_approval", "building_permit"]
    assert naming_it(design, "stranger") == ["building_permit"] and naming_it(permit, "stranger") == []
    assert permit.document.due_on.isoformat() == "2026-03-16"  # five, after three stages: at once
    for who in ("executor", "foreigner"):
        assert linked(permit, who) == [] and naming_it(terms, who) == []


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


@pytest.fixture
def twins(session, town):
    """Two decided on terms of land use, of two registers that drew the same number."""
    one, other = of(session, town, "land_terms"), of(session, town, "land_terms")
    other.document.register_id, other.document.number = town.internal.register_id, one.document.number
    session.flush()
    session.expire(other.document)
    return one, other


def test_a_number_that_two_registers_drew_is_refused_with_both_until_one_is_chosen(session, town, twins):
    one, other = twins
    permit = of(session, town, "building_permit")
    with pytest.raises(Invalid) as error:
        enter(permit, land_terms_case=one.document.number)
    assert error.value.fields == {"land_terms_case": "proceedings.several_so_numbered"}
    choices = str(error.value.values["letters"]).split(" · ")
    assert choices == [naming.written(each.document, "ka") for each in twins]
    enter(permit, land_terms_case=choices[1])
    assert linked(permit, "stranger") == ["land_terms"]
    assert naming_it(other, "stranger") == ["building_permit"] and naming_it(one, "stranger") == []
    enter(permit, land_terms_case=f"{one.document.number}, {one.document.register.code}")  # what tells it is enough
    assert naming_it(one, "stranger") == ["building_permit"] and naming_it(other, "stranger") == []


def test_a_case_that_was_named_stays_named_when_another_letter_gets_its_number(session, town):
    terms, permit = of(session, town, "land_terms"), of(session, town, "building_permit")
    enter(permit, land_terms_case=terms.document.number)
    later = of(session, town, "land_terms")
    later.document.register_id, later.document.number = town.internal.register_id, terms.document.number
    session.flush()
    assert naming_it(terms, "stranger") == ["building_permit"] and naming_it(later, "stranger") == []
    assert [letter.document_id for letter, _ in links.named_by(session, town.stranger.actor(), permit.case, permit.route.fields.values())] == [terms.document.document_id]  # fmt: skip


def test_what_an_applicant_typed_stops_nothing_while_two_fit_and_says_so(session, town):
    """Online nobody could choose: the step whose effect it would have waits until somebody does."""
    offences = [of(session, town, "administrative_offences", track="construction") for _ in range(2)]
    offences[1].document.register_id = town.incoming.register_id
    offences[1].document.number = number = offences[0].document.number
    session.flush()
    session.expire(offences[1].document)
    legal = of(session, town, "legalization", offence_case=number)
    legal.do("stranger", "intake.completeness", "complete")
    with pytest.raises(RuleBroken, match="several_so_numbered"):
        legal.do("stranger", "check", "in_order")
    enter(legal, offence_case=naming.written(offences[0].document, "ka"))
    legal.do("stranger", "check", "in_order")
    assert stands(offences[0]) and not offences[1].document.term


def test_a_stage_of_another_plot_is_told(session, town):
    """The three stages of a permit are for one plot."""
    plot = "01.10.14.005.012"
    terms, permit = of(session, town, "land_terms", cadastral_code=plot), of(session, town, "building_permit")
    enter(permit, land_terms_case=terms.document.number)
    route = permit.route
    assert not links.of_other_property(session, permit.case, route, terms.case)  # not known yet
    for code, other in ((plot, False), ("01.10.14.005.013", True)):
        enter(permit, cadastral_code=code)
        assert links.of_other_property(session, permit.case, route, terms.case) is other


def test_a_case_that_was_broken_off_cannot_be_named(session, town):
    terms, permit = of(session, town, "land_terms"), of(session, town, "building_permit")
    cases.break_off(session, town.mayor.actor(), terms.case, version=terms.case.version, reason="შეცდომა")
    assert refused(permit, "land_terms_case", terms.document.number)


def test_a_sale_names_the_list_in_which_the_property_stands(session, town):
    listed = of(session, town, "privatization_list")
    sale = of(session, town, "privatization", list_case=listed.document.number)
    assert linked(sale, "stranger") == ["privatization_list"] and naming_it(listed, "stranger") == ["privatization"]


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
