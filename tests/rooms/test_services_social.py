"""Social assistance from the letter to the file: granted, refused after a hearing, deficient and cured or not.

Each act is done by whose step it is, on a day of its own, so that the terms are those of the law's calendar.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from edms import clock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.registry.models import DocumentLink
from edms.registry.words import LinkKind
from edms.services import cases, entering, facts, repeating, seats, steps, tending, texts
from edms.services.models import CaseNotice, CaseState, StepState
from tests.cases import ASKED, MONDAY, VOTES, Town, begun, until_commission


@pytest.fixture
def town(session, office):
    with clock.at(MONDAY):
        return Town(session, office)


def test_it_begins_at_completeness_once_the_head_has_resolved(town):
    assert town.open() == ["intake.completeness"]
    assert town.row("intake.completeness").official_id == town.office.stranger.official_id
    assert town.row("intake.completeness").due_on == date(2026, 3, 12)
    assert town.document.due_on == date(2026, 4, 14)  # a month; Easter Monday and what is before it are off
    assert facts.values(town.session, town.case)["assistance_kind"] == "treatment"
    assert {p.name for p in facts.missing(town.session, town.case, texts.route_of(town.session, town.case))} == {
        "identity_copy", "medical_form", "medical_invoice"
    }  # fmt: skip


def test_granted_it_is_paid_while_the_time_for_complaints_runs_and_ends_with_the_file(town):
    until_commission(town)
    assert town.open() == ["queries"]
    with town.later(2):
        town.do("stranger", "queries", given={"rating_score": "41000"})
        assert town.open() == ["commission"]
        with pytest.raises(RuleBroken, match="document_not_made"):
            town.do("stranger", "commission", "grant", given={"sum_recommended": "500"}, votes=VOTES)
        town.paper("commission", "commission_minutes")
        few = steps.Votes(members=5, present=2, in_favour=2, against=0)
        with pytest.raises(Invalid) as refused:
            town.do("stranger", "commission", "grant", given={"sum_recommended": "500"}, votes=few)
        assert refused.value.fields == {"present": "proceedings.votes.no_quorum"}
        town.do("stranger", "commission", "grant", given={"sum_recommended": "500"}, votes=VOTES)
    with town.later(3):
        town.do("stranger", "order.draft")
        assert town.open() == ["order.sign"]
        town.paper("order.sign", "assistance_order")
        assert town.open() == ["order.serve"]
        assert town.case.decided_on == date(2026, 3, 12)
        answers = select(DocumentLink).where(DocumentLink.other_id == town.document.document_id)
        assert LinkKind.REPLY_TO in {link.kind for link in town.session.scalars(answers)}
        town.do("registrar", "order.serve")
        assert town.open() == ["carried_out.complaint.window", "payment"]
        assert town.row("carried_out.complaint.window").due_on == date(2026, 4, 14)
    with town.later(4):
        town.paper("payment", "transfer_order")
        town.do("second_executor", "payment", "paid")
        town.do("stranger", "beneficiary")
        assert town.open() == ["carried_out.complaint.window", "carried_out.met"]
    with town.later(40):
        assert tending.due(town.session, town.office.organisation) == [town.case.case_id]
        tending.tend(town.session, town.case.case_id)
        assert town.open() == ["carried_out.filed"]
        assert tending.due(town.session, town.office.organisation) == []
        town.do("archivist", "carried_out.filed")
    assert (town.case.state, town.case.outcome) == (CaseState.ENDED, "granted")
    told = {row.message for row in town.session.scalars(select(CaseNotice))}
    assert {"services.notice.received", "services.notice.granted", "services.notice.paid"} <= told


def test_nothing_is_granted_without_a_sum_and_what_was_not_carried_is_refused(town):
    until_commission(town)
    with town.later(2):
        town.do("stranger", "queries", given={"rating_score": "41000"}).paper("commission", "commission_minutes")
        for given in ({}, {"sum_recommended": "0"}):
            with pytest.raises(Invalid) as wrong:
                town.do("stranger", "commission", "grant", given=given, votes=VOTES)
            assert list(wrong.value.fields) == ["sum_recommended"]
        halves = steps.Votes(members=5, present=4, in_favour=2, against=2)
        with pytest.raises(Invalid) as wrong:
            town.do("stranger", "commission", "grant", given={"sum_recommended": "500"}, votes=halves)
        assert wrong.value.fields == {"in_favour": "proceedings.votes.no_majority"}
        town.do("stranger", "commission", "refuse", votes=halves)
        assert town.open() == ["refusal.invitation"]


def test_whoever_was_helped_within_the_year_is_known_to_whoever_decides(session, office, town):
    def found(days):
        with town.later(days):
            seen = repeating.earlier(session, office.mayor.actor(), later, texts.route_of(session, later))
            return [each.case.case_id for each in seen]

    with town.later(200):
        later = begun(session, office, "social_assistance", office.stranger, **ASKED)
    assert found(200) == []  # nothing was decided of the first
    town.case.state, town.case.outcome = CaseState.ENDED, "granted"
    town.case.decided_on = (MONDAY + timedelta(days=20)).date()
    session.flush()
    assert found(200) == [town.case.case_id]
    town.case.decided_on = (MONDAY - timedelta(days=200)).date()
    session.flush()
    assert found(200) == []  # more than a year before the second letter


def test_refused_only_after_a_hearing(town):
    until_commission(town)
    with town.later(2):
        town.do("stranger", "queries", given={"rating_score": "90000"})
        assert town.open() == ["refusal.invitation"]
        town.paper("refusal.invitation", "hearing_invitation").do("registrar", "refusal.invited")
        assert town.row("refusal.notice").due_on == date(2026, 3, 18)
    with town.later(10):
        tending.tend(town.session, town.case.case_id)
        assert town.open() == ["refusal.hearing"]
        town.paper("refusal.hearing", "hearing_minutes").do("stranger", "refusal.hearing", "refuse")
        town.do("stranger", "refusal.issue.draft").paper("refusal.issue.sign", "refusal_order")
        town.do("registrar", "refusal.issue.serve")
    with town.later(45):
        tending.tend(town.session, town.case.case_id)
        town.do("archivist", "refusal.closing.filed")
    assert town.case.outcome == "refused"


def deficient(town):
    with town.later(2):
        town.do("stranger", "intake.completeness", "deficient")
        town.paper("intake.deficiency", "deficiency_notice")
    with town.later(4):
        town.do("registrar", "intake.deficiency_told")
    return town


def test_while_what_is_missing_is_awaited_the_legal_term_stands_and_goes_on_when_it_comes(town):
    before = town.document.due_on
    deficient(town)
    assert town.open() == ["intake.cure"]
    assert town.row("intake.cure").due_on == date(2026, 3, 20)
    assert town.document.due_on is None and town.document.term["stands_since"] == "2026-03-13"
    with town.later(10):
        town.do("stranger", "intake.cure", "cured")
        assert town.open() == ["programme"]
        assert town.row("programme").due_on == date(2026, 3, 20)  # from the day it was complete
    assert (before, town.document.due_on) == (date(2026, 4, 14), date(2026, 4, 15))  # six days later, past Easter
    assert [each["cause"] for each in town.document.term["intervals"]] == ["deficiency"]


def test_not_cured_it_is_left_without_consideration_by_the_clock(town):
    deficient(town)
    with town.later(10):  # a day before the last one, she is reminded
        tending.tend(town.session, town.case.case_id)
        assert town.open() == ["intake.cure"]
    with town.later(12):
        tending.tend(town.session, town.case.case_id)
        assert town.open() == ["intake.left"]
        tending.tend(town.session, town.case.case_id)  # the round comes again
        town.paper("intake.left", "unconsidered_act").do("registrar", "intake.left_told")
    with town.later(60):
        tending.tend(town.session, town.case.case_id)
        town.do("archivist", "intake.closing.filed")
    assert town.case.outcome == "unconsidered"
    told = [row.message for row in town.session.scalars(select(CaseNotice).order_by(CaseNotice.case_notice_id))]
    assert told.count("services.notice.cure_ends") == 1
    assert town.document.due_on is not None  # its clock does not stand for ever


def test_a_step_gone_back_to_is_open_again_and_what_was_signed_stands(town):
    until_commission(town)
    with town.later(2):
        walk = steps.Walk(
            town.session,
            town.office.stranger.actor(),
            town.case,
            town.document,
            texts.route_of(town.session, town.case),
        )
        row = town.row("queries")
        back = steps.ways_back(walk, row)
        assert [row.step for row in back] == [
            "programme",
            "intake.completeness",
            "intake.resolution",
            "intake.competence",
        ]
        with pytest.raises(Invalid):
            steps.go_back(town.session, walk.actor, row, to=back[0], reason=" ", version=row.version)
        steps.go_back(town.session, walk.actor, row, to=back[0], reason="სხვა პროგრამაა", version=row.version)
        assert town.open() == ["programme"]
        assert {r.state for r in town.case.steps if r.step == "queries"} == {StepState.LEFT}
        town.do("stranger", "programme", "no_programme", given={"visit_needed": "no"})
        town.paper("refusal.invitation", "hearing_invitation")
        walk = steps.Walk(town.session, walk.actor, town.case, town.document, walk.route)
        assert steps.ways_back(walk, town.row("refusal.invited")) == []


def test_strangers_do_not_see_it_and_colleagues_elsewhere_do_not_do_it(town):
    row = town.row("intake.completeness")
    for who in ("foreigner", "executor"):
        with pytest.raises(NotFound):
            cases.case_of(town.session, town.office.actor(who), town.case.case_id)
        with pytest.raises(NotFound):
            steps.step_of(town.session, town.office.actor(who), row.case_step_id)
        assert cases.cases(town.session, town.office.actor(who), cases.Which()) == []
    for who in ("registrar", "mayor", "archivist", "auditor"):
        with pytest.raises(Forbidden):
            town.do(who, "intake.completeness", "complete")
    with pytest.raises(Forbidden):
        entering.enter(town.session, town.office.actor("archivist"), town.case, {"household_members": "9"})
    assert cases.cases(town.session, town.office.actor("mayor"), cases.Which(service="social_assistance"))
    with pytest.raises(Forbidden):
        seats.name(
            town.session, town.office.actor("mayor"), town.office.organisation, "social", unit_id=None, version=1
        )


def test_who_comes_second_at_one_step_is_told_and_the_same_hand_changes_nothing(town):
    row = town.row("intake.completeness")
    town.do("stranger", "intake.completeness", "complete")
    again = steps.do(town.session, town.office.stranger.actor(), row, version=1, answer="complete")
    assert again is town.case and town.open() == ["programme"]
    with pytest.raises(RuleBroken, match="step_over"):
        steps.do(town.session, town.office.stranger.actor(), row, version=1, answer="deficient")
    with pytest.raises(Conflict):
        steps.do(town.session, town.office.stranger.actor(), town.row("programme"), version=99, answer="no_programme")


def test_a_case_keeps_its_text_and_begins_once(town):
    again = cases.begin(town.session, town.office.stranger.actor(), town.document, "social_assistance")
    assert again is town.case
    with pytest.raises(RuleBroken, match="has_a_case"):
        cases.begin(town.session, town.office.stranger.actor(), town.document, "another")
    assert town.case.route.source.startswith("#") and town.case.route.blocks["blocks"]["intake"]
