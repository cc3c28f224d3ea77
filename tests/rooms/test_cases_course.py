"""More time, another hand, a parallel part that is left, going back, an application withdrawn wherever it stands."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from edms import clock
from edms.drafting import calling_off
from edms.drafting.models import Draft
from edms.errors import Conflict, Forbidden, Invalid, RuleBroken
from edms.overview.case_steps import steps_of
from edms.services import cases, entering, facts, own_routes, seats, steps, tending, timing
from edms.services.checks import check
from edms.services.models import Case, CaseNotice, CaseState, StepState
from edms.services.reading import read_route
from edms.services.shelf import Own
from edms.terms.term import Kind, Start
from tests.cases import ASKED, MONDAY, Town, begun, seated, signed, until_order

POND = """
route: fishing_place
version: 1
country: GE
regime: council_programme
valid: {from: 2026-01-01}
opens: {by: [application], register: applications}
retention: applications
silence: {effect: refused, term: decision, law: gac 177}
parties:
  inspector: {role: official, unit: property}
terms:
  decision: {use: ge.letter, extended_by: head, instead: [{when: urgent, term: soon}]}
  soon: {count: 5, kind: wd, law: gac 100}
  visit: {count: 10, kind: wd, start: prev, extension: {limit: 5, kind: wd}, extended_by: head, law: gac 100, instead: [{when: urgent, term: visit_soon}]}
  visit_soon: {count: 2, kind: wd, start: prev, law: gac 100}
documents:
  place_order: {register: orders, signed: qualified, appeal: true, law: gac 52}
  sketch: {register: acts, law: gac 52}
outcomes:
  granted: {favourable: true}
  refused: {favourable: false}
form:
  use: [resident]
  fields:
    - {field: urgent, kind: yes_no}
steps:
  - use: intake
    as: intake
    with: {complete: visit}
  - step: visit
    kind: work
    by: inspector
    term: visit
    then: beside
  - step: beside
    kind: fork
    then: [{to: measuring}, {to: asking}]
  - step: measuring
    kind: work
    by: inspector
    answers: [possible, impossible]
    then:
      - {answer: possible, to: sketching}
      - {answer: impossible, to: refusal, breaks_off: true}
  - step: sketching
    kind: sign
    by: inspector
    produces: [sketch]
    asks: [{field: pond_area, kind: area, required: true}]
    then: met
  - step: asking
    kind: wait
    by: executor
    suspends: applicant
    answers: [came]
    then:
      - {answer: came, to: met}
  - step: met
    kind: join
    fork: beside
    then: decision
  - step: decision
    kind: work
    by: executor
    term: decision
    answers: [grant, refuse]
    then:
      - {answer: grant, to: order}
      - {answer: refuse, to: refusal}
  - use: issue
    as: order
    with: {act: place_order, told: closing}
  - use: closing
    as: closing
    with: {outcome: granted, remitted: decision}
  - use: refusal
    as: refusal
    with: {act: place_order, reconsidered: decision, outcome: refused}
words:
  services.route.fishing_place: {ka: თევზაობის ადგილი, en: Fishing place}
  services.regime.council_programme: {ka: პროგრამა, en: Programme}
  services.party.inspector: {ka: ინსპექტორი, en: Inspector}
  services.term.decision: {ka: გადაწყვეტა, en: Decision}
  services.term.soon: {ka: მალე, en: Soon}
  services.term.visit: {ka: ნახვა, en: Visit}
  services.term.visit_soon: {ka: მალე ნახვა, en: Visit soon}
  services.document.place_order: {ka: ბრძანება, en: Order}
  services.document.sketch: {ka: ესკიზი, en: Sketch}
  services.outcome.granted: {ka: დაკმაყოფილდა, en: Granted}
  services.outcome.refused: {ka: უარი, en: Refused}
  services.field.pond_area: {ka: ფართობი, en: Area}
  services.field.urgent: {ka: სასწრაფო, en: Urgent}
  services.step.visit: {ka: ნახვა, en: Visit}
  services.step.beside: {ka: პარალელურად, en: Beside}
  services.step.measuring: {ka: აზომვა, en: Measuring}
  services.step.sketching: {ka: ესკიზი, en: Sketching}
  services.step.asking: {ka: შეკითხვა, en: Asking}
  services.step.met: {ka: ერთად, en: Met}
  services.step.decision: {ka: გადაწყვეტა, en: Decision}
  services.answer.possible: {ka: შესაძლებელია, en: possible}
  services.answer.impossible: {ka: შეუძლებელია, en: impossible}
  services.answer.came: {ka: მოვიდა, en: came}
  services.answer.grant: {ka: დაკმაყოფილება, en: grant}
  services.answer.refuse: {ka: უარი, en: refuse}
"""


@pytest.fixture
def pond(session, office):
    """A case of a town's own route; in the seat of the inspectors are two."""
    own = read_route(POND, "pond.yaml")
    assert check(own, "pond.yaml") == []
    session.info.update(own_routes.carried(Own({office.organisation.code: {own.key: own}})))
    with clock.at(MONDAY):
        seated(session, office, property=office.infrastructure)
        made = Town(session, office, begun(session, office, "fishing_place", office.stranger))
        made.do("stranger", "intake.completeness", "complete")
        yield made


def extend(town, who, count=2, *, version=None, reason="ავადაა"):
    row = town.row("visit")
    return steps.extend(
        town.session, town.office.actor(who), row, count=count, kind=Kind.WORKING, reason=reason,
        version=row.version if version is None else version,
    )  # fmt: skip


def test_only_whom_the_route_names_gives_more_time_and_no_more_than_the_term_lets(pond):
    row = pond.row("visit")
    assert row.due_on == date(2026, 3, 23)
    steps.hand(
        pond.session, pond.office.executor.actor(), row, official_id=pond.office.executor.official_id,
        version=row.version,
    )  # fmt: skip
    for who in ("executor", "second_executor", "stranger", "registrar"):  # who has the step is not who extends it
        with pytest.raises(Forbidden):
            extend(pond, who)
    with pytest.raises(Invalid):
        extend(pond, "mayor", reason=" ")
    with pytest.raises(Conflict):
        extend(pond, "mayor", version=row.version + 7)
    extend(pond, "mayor", 2)
    assert row.due_on == date(2026, 3, 25)
    extend(pond, "mayor", 3)
    assert row.due_on == date(2026, 3, 30)
    with pytest.raises(RuleBroken, match="extension_long"):
        extend(pond, "mayor", 1)
    assert [each.count for each in timing.granted_to(row)] == [2, 3]
    pond.do("executor", "visit")
    with pytest.raises(RuleBroken, match="step_over"):
        steps.extend(
            pond.session, pond.office.mayor.actor(), row, count=1, kind=Kind.WORKING, reason="x", version=row.version
        )


def test_a_term_in_the_place_of_another_is_that_of_the_step_too(pond):
    entering.enter(pond.session, pond.office.stranger.actor(), pond.case, {"urgent": "yes"})
    assert pond.row("visit").due_on == date(2026, 3, 11)
    assert pond.document.due_on == date(2026, 3, 16)  # and that of the letter, at once
    with pytest.raises(RuleBroken, match="no_extension"):
        extend(pond, "executor")
    entering.enter(pond.session, pond.office.stranger.actor(), pond.case, {"urgent": ""})
    assert pond.row("visit").due_on == date(2026, 3, 23)


def test_handed_to_another_it_lies_with_her_alone_and_to_strangers_it_is_not_handed(pond):
    def desks():
        who = ("executor", "second_executor", "unit_head", "stranger")
        return {
            each for each in who if any(w.row.step == "visit" for w in steps_of(pond.session, pond.office.actor(each)))
        }

    row = pond.row("visit")
    assert desks() == {"executor", "second_executor", "unit_head"}
    mariam = pond.office.second_executor
    version = row.version
    steps.hand(pond.session, pond.office.executor.actor(), row, official_id=mariam.official_id, version=version)
    assert desks() == {"second_executor"}
    with pytest.raises(Conflict):
        steps.hand(pond.session, pond.office.executor.actor(), row, official_id=mariam.official_id, version=version)
    with pytest.raises(Invalid) as refused:
        steps.hand(pond.session, mariam.actor(), row, official_id=pond.office.stranger.official_id, version=row.version)
    assert refused.value.fields == {"official": "proceedings.does_not_sit_there"}
    for who in ("stranger", "registrar", "foreigner"):
        with pytest.raises(Forbidden):
            steps.hand(pond.session, pond.office.actor(who), row, official_id=mariam.official_id, version=row.version)
    pond.do("second_executor", "visit")
    assert row.ended_by_id == mariam.official_id


def test_parts_that_run_side_by_side_meet_again(pond):
    pond.do("executor", "visit")
    assert pond.open() == ["asking", "measuring"]
    assert pond.document.term.get("stands_since") is None  # its term does not know that cause
    pond.do("executor", "measuring", "possible").paper("sketching", "sketch")
    assert pond.open() == ["asking", "sketching"]  # signed, but what the step asks is not entered
    pond.do("executor", "sketching", given={"pond_area": "120"})
    assert pond.open() == ["asking", "met"]
    pond.do("stranger", "asking", "came")
    assert pond.open() == ["decision"]
    walk = steps.Walk(pond.session, pond.office.stranger.actor(), pond.case, pond.document, pond.route)
    assert steps.ways_back(walk, pond.row("decision")) == []  # the sketch was signed in one of the parts
    assert [r.step for r in pond.case.steps if r.step == "met"] == ["met"]


def test_a_part_that_is_left_ends_what_runs_beside_it(pond):
    pond.do("executor", "visit").do("executor", "measuring", "impossible")
    assert pond.open() == ["refusal.invitation"]
    assert {r.state for r in pond.case.steps if r.step == "asking"} == {StepState.LEFT}
    assert not [r for r in pond.case.steps if r.step == "met"]


def test_gone_back_before_the_fork_both_parts_begin_anew(pond):
    pond.do("executor", "visit").do("stranger", "asking", "came")
    row = pond.row("measuring")
    walk = steps.Walk(pond.session, pond.office.executor.actor(), pond.case, pond.document, pond.route)
    visit = next(each for each in steps.ways_back(walk, row) if each.step == "visit")
    steps.go_back(pond.session, walk.actor, row, to=visit, reason="სხვა ადგილია", version=row.version)
    assert pond.open() == ["visit"]
    pond.do("executor", "visit")
    assert pond.open() == ["asking", "measuring"]
    pond.do("executor", "measuring", "possible").paper("sketching", "sketch")
    pond.do("executor", "sketching", given={"pond_area": "120"}).do("stranger", "asking", "came")
    assert pond.open() == ["decision"]


def withdraw(town, *, version=None, how="განცხადება 17", who="mayor"):
    number = town.case.version if version is None else version
    cases.withdraw(town.session, town.office.actor(who), town.case, version=number, how=how)


def test_an_application_is_withdrawn_wherever_the_case_stands_until_it_is_decided(session, office):
    with clock.at(MONDAY):
        town = Town(session, office)
    seen = []

    def withdrawn_here():
        there = session.begin_nested()
        seen.extend(town.open())
        withdraw(town)
        assert (town.case.state, town.open()) == (CaseState.WITHDRAWN, [])
        assert not [each for each in (town.document.term or {}).get("intervals", ()) if each.get("until") is None]
        told = session.scalars(select(CaseNotice.message).order_by(CaseNotice.case_notice_id.desc())).first()
        assert told == "services.notice.withdrawn"
        assert tending.due(session, office.organisation) == []
        for act in (lambda: withdraw(town), lambda: cases.break_off(
            session, office.mayor.actor(), town.case, version=town.case.version, reason="x"
        )):  # fmt: skip
            with pytest.raises(RuleBroken, match="case_over"):
                act()
        there.rollback()
        session.expire_all()

    with town.later(1):
        withdrawn_here()
        town.do("stranger", "intake.completeness", "deficient")
        withdrawn_here()
        town.paper("intake.deficiency", "deficiency_notice")
        withdrawn_here()
        town.do("registrar", "intake.deficiency_told")
        withdrawn_here()  # while the clock stands
        town.do("stranger", "intake.cure", "cured")
    with town.later(2):
        town.do("stranger", "programme", "in_programme", given={"programme_threshold": "57001", "visit_needed": "no"})
        withdrawn_here()
        town.do("stranger", "queries", given={"rating_score": "41000"}).paper("commission", "commission_minutes")
        withdrawn_here()
        for who in ("stranger", "registrar", "foreigner", "auditor"):
            with pytest.raises(Forbidden):
                withdraw(town, who=who)
        with pytest.raises(Invalid) as refused:
            withdraw(town, how=" ")
        assert refused.value.fields == {"how": "proceedings.how_missing"}
        with pytest.raises(Conflict):
            withdraw(town, version=town.case.version + 1)
    assert len(seen) == 6


def test_before_the_signer_it_is_called_off_first_and_what_is_decided_is_not_withdrawn(session, office):
    with clock.at(MONDAY):
        town = until_order(Town(session, office))
    with town.later(3):
        town.asked(town.draft("stranger", "order.draft", "assistance_order"))
        with pytest.raises(RuleBroken, match="call_off_first"):
            withdraw(town)
        there = session.begin_nested()
        draft = session.scalars(select(Draft)).one()
        calling_off.call_off(session, office.stranger.actor(), draft, reason="განცხადება გამოიხმეს")
        withdraw(town)
        there.rollback()
        session.expire_all()
        signed(session, session.scalars(select(Draft)).one())
        town.do("stranger", "order.draft")
        assert town.open() == ["order.serve"]
        with pytest.raises(RuleBroken, match="decided_already"):
            withdraw(town)


def test_what_the_office_began_itself_nobody_withdraws(session, office):
    with clock.at(MONDAY):
        case = begun(session, office, "budget_priorities", office.stranger)
        with pytest.raises(RuleBroken, match="nobody_applied"):
            cases.withdraw(session, office.mayor.actor(), case, version=case.version, how="x")


def test_broken_off_the_letter_has_its_own_term_again_and_goes_the_right_way(session, office):
    with clock.at(MONDAY):
        town = Town(session, office, begun(session, office, "land_terms", office.stranger, object_class="class_2"))
        assert town.document.term["name"].startswith("route:")
        cases.break_off(session, office.mayor.actor(), town.case, version=town.case.version, reason="სხვა სერვისია")
        assert town.document.term["name"] == "ge.letter" and town.document.due_on == date(2026, 4, 14)
        assert cases.beginnable(session, office.stranger.actor(), town.document)
        right = cases.begin(session, office.stranger.actor(), town.document, "social_assistance", values=ASKED)
        assert right.case_id != town.case.case_id and right.state is CaseState.RUNNING
        assert cases.of_letter(session, town.document) is right
        assert cases.begin(session, office.stranger.actor(), town.document, "social_assistance") is right
        with pytest.raises(RuleBroken, match="has_a_case"):
            cases.begin(session, office.stranger.actor(), town.document, "land_terms")
        assert facts.values(session, right)["assistance_kind"] == "treatment"
    states = {case.state for case in session.scalars(select(Case))}
    assert states == {CaseState.BROKEN_OFF, CaseState.RUNNING}


def test_what_is_gone_back_from_was_not_decided(session, office):
    """A step whose end was a decision, and that is not counted any more, leaves the case undecided."""
    with clock.at(MONDAY):
        town = Town(session, office)
        row = town.row("intake.completeness")
        town.do("stranger", "intake.completeness", "complete")
        row.marks, town.case.decided_on = [Start.DECIDED.value, Start.COMPLETE.value], date(2026, 3, 9)
        here = town.row("programme")
        steps.go_back(session, office.stranger.actor(), here, to=row, reason="x", version=here.version)
        assert town.case.decided_on is None


def test_a_seat_that_is_named_anew_moves_what_nobody_has_taken_on(pond):
    seat = seats.seats(pond.session, pond.office.organisation.organisation_id)["property"]
    seats.name(
        pond.session, pond.office.actor("administrator"), pond.office.organisation, "property",
        unit_id=pond.office.social.unit_id, version=seat.version,
    )  # fmt: skip
    with pytest.raises(Forbidden):
        pond.do("executor", "visit")
    pond.do("stranger", "visit")
