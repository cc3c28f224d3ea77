"""A paper of a case through visas to its signature and on its way: the case follows, whatever becomes of the paper."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from edms import clock
from edms.drafting import calling_off, drafts, signatories, visas
from edms.drafting.models import Draft, DraftState
from edms.errors import Invalid, RuleBroken
from edms.registry import corrections, dispatch, documents, lifecycle, readers
from edms.registry.models import Document
from edms.registry.words import Channel, DocumentState, Grade
from edms.routing import suspending
from edms.services import cases, entering, following, steps
from edms.services.models import CaseDocument
from edms.terms.term import Cause
from tests import letters
from tests.cases import MONDAY, Town, signed, until_order

ORDER = "assistance_order"
VISAS = ("lawyer", "second_executor")
"""The lawyer's, and that of finance."""


@pytest.fixture
def town(session, office):
    with clock.at(MONDAY):
        made = Town(session, office)
    until_order(made)
    made.carried_on()
    with made.later(3):
        yield made


def test_through_visas_signature_and_dispatch_each_opens_the_next_step(town):
    draft = town.asked(town.draft("stranger", "order.draft", ORDER), *VISAS)
    assert town.carried_on() == [] and town.open() == ["order.draft"]
    with pytest.raises(RuleBroken, match="visas_lacking"):  # a key of the page does not do what the lawyer has to
        town.do("stranger", "order.draft")
    for who in VISAS:
        assert town.open() == ["order.draft"]
        town.agreed(draft, who)
    assert town.carried_on() == ["follow_draft"] and town.open() == ["order.sign"]
    document = signed(town.session, draft)
    assert town.carried_on() == ["follow_case"]
    assert town.open() == ["order.serve"] and town.case.decided_on == date(2026, 3, 12)
    nino = town.office.registrar.actor()
    sending = dispatch.ask(town.session, nino, document, channel=Channel.COUNTER, correspondent=None)
    dispatch.sent(town.session, nino, sending)
    with town.later(4):
        if sending.served_on is None:
            assert town.carried_on() and town.open() == ["order.serve"]  # gone is not handed over
            dispatch.served(town.session, nino, sending, on=date(2026, 3, 13))
        town.carried_on()
        assert town.open() == ["carried_out.complaint.window", "payment"]
        assert next(r for r in town.case.steps if r.step == "order.serve").ended_on == sending.served_on
    assert town.carried_on() == []


def test_a_draft_before_the_signer_without_the_visas_of_the_route_does_not_move_the_case(town):
    draft = town.asked(town.draft("stranger", "order.draft", ORDER))
    assert draft.state is DraftState.TO_SIGN
    town.carried_on()
    assert town.open() == ["order.draft"]


def test_remarks_of_a_visa_leave_it_with_its_author(town):
    draft = town.asked(town.draft("stranger", "order.draft", ORDER), *VISAS)
    town.agreed(draft, VISAS[0])
    visa = next(v for v in draft.visas if v.state == "asked")
    visas.remark(town.session, town.office.actor(VISAS[1]), visa, ordinal=1, text="საფუძველი აკლია")
    town.carried_on()
    assert town.open() == ["order.draft"] and draft.state is DraftState.WRITING
    agreed(town, town.asked(draft, *VISAS))
    town.carried_on()
    assert town.open() == ["order.sign"]


def agreed(town, draft):
    for who in VISAS:
        town.agreed(draft, who)


def before_signer(town):
    draft = town.asked(town.draft("stranger", "order.draft", ORDER), *VISAS)
    agreed(town, draft)
    town.carried_on()
    assert town.open() == ["order.sign"]
    return draft


def refused(town, draft):
    signatories.refuse(town.session, town.office.mayor.actor(stepped_up=True), draft, reason="თანხა შესამოწმებელია")


def called_off(town, draft):
    calling_off.call_off(town.session, town.office.stranger.actor(), draft, reason="შეცდომაა თანხაში")


def expired(town, draft):
    draft.sign_by = date(2026, 3, 11)
    assert signatories.expire(town.session, town.office.organisation) == 1


def given_up(town, draft):
    drafts.withdraw(town.session, town.office.stranger.actor(), draft, reason="თავიდან დაიწერება")


@pytest.mark.parametrize("how", [refused, called_off, expired, given_up])
def test_what_comes_back_from_the_signer_is_to_be_written_again(town, how):
    draft = before_signer(town)
    how(town, draft)
    assert town.carried_on() == ["follow_draft"]
    assert town.open() == ["order.draft"]
    assert [r.answer for r in town.case.steps if r.step == "order.sign"] == ["returned"]
    again = town.draft("stranger", "order.draft", ORDER)
    assert (again is draft) == (how is not given_up)
    agreed(town, town.asked(again, *VISAS))
    signed(town.session, again)  # before anybody carried the case on: a worker was away meanwhile
    town.carried_on()
    assert town.open() == ["order.serve"]
    made = [each for each in town.session.scalars(select(CaseDocument)) if each.name == ORDER and each.document_id]
    assert [each.draft_id for each in made] == [again.draft_id]


def test_given_up_for_a_paper_written_by_hand_it_does_not_come_back_for_ever(town):
    given_up(town, before_signer(town))
    town.carried_on()
    town.do("stranger", "order.draft")
    assert town.open() == ["order.sign"]
    town.paper("order.sign", ORDER)
    assert town.open() == ["order.serve"]


def test_one_document_is_not_made_twice(town):
    town.draft("stranger", "order.draft", ORDER)
    made = letters.letter(town.session, town.office, town.office.orders)
    with pytest.raises(RuleBroken, match="draft_in_the_making"):
        entering.name_document(town.session, town.office.registrar.actor(), town.row("order.draft"), ORDER, made.number)


def test_the_signer_returns_a_paper_by_hand_and_a_draft_where_it_lies(town):
    town.do("stranger", "order.draft")
    town.do("mayor", "order.sign", "returned")
    assert town.open() == ["order.draft"]
    before_signer(town)
    with pytest.raises(RuleBroken, match="refused_at_the_paper"):
        town.do("mayor", "order.sign", "returned")
    with pytest.raises(RuleBroken, match="document_not_made"):
        town.do("mayor", "order.sign", "signed")


def test_a_letter_without_a_case_posts_no_job_that_would_carry_one_on(session, office):
    with clock.at(MONDAY):
        letter = letters.letter(session, office)
        letters.resolved(session, office, letter, office.stranger)
        suspending.suspend(
            session, office.mayor.actor(), letter, cause=Cause.DEFICIENCY, since=None, reason="საბუთი აკლია"
        )
        suspending.resume(session, office.mayor.actor(), letter, until=None)
        own = letters.own_letter(session, office)
        lifecycle.step(own, DocumentState.SIGNED)
        sending = dispatch.ask(session, office.registrar.actor(), own, channel=Channel.COUNTER, correspondent=None)
        dispatch.sent(session, office.registrar.actor(), sending)
        session.flush()
    posted = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name IN ('follow_case', 'follow_draft')")
    assert session.scalar(posted) == 0


def test_a_resolution_moves_the_case_only_when_it_cannot_be_undone_any_more(session, office):
    with clock.at(MONDAY):
        letter = letters.letter(session, office, office.applications, document_type="application")
        case = cases.begin(session, office.registrar.actor(), letter, "social_assistance")
        made = Town(session, office, case)
        assert made.open() == ["intake.competence"]
        letters.resolved(session, office, letter, office.stranger, not_before=clock.now() + timedelta(seconds=10))
        following.follow(session, case)
        assert made.open() == ["intake.competence"]
    with clock.at(MONDAY + timedelta(seconds=11)):
        made.carried_on()
        assert made.open() == ["intake.completeness"]


def test_papers_of_a_case_are_as_close_as_its_letter_then_and_later(town):
    """The minutes of the commission say of the family what its application says."""
    minutes = next(made for made in town.session.scalars(select(CaseDocument)) if made.name == "commission_minutes")
    document = town.session.get_one(Document, minutes.document_id)
    assert document.grade is Grade.OPEN

    def regrade(of, grade):
        town.session.flush()
        clerk = town.office.actor("registrar")
        corrections.correct(town.session, clerk, of, {"grade": grade}, reason="პირადი საქმეა", version=of.version)

    regrade(town.document, Grade.PERSONAL)
    assert document.grade is Grade.PERSONAL
    assert documents.seen_of(town.session, town.office.actor("deputy"), [document.document_id]) == {}
    assert set(readers.people_of(town.document)) <= set(readers.people_of(document))
    with pytest.raises(Invalid, match="more_open_than_its_letter"):
        regrade(document, Grade.OPEN)
    town.do("stranger", "order.draft").paper("order.sign", ORDER)  # entered from paper, open
    assert all(
        town.session.get_one(Document, made.document_id).grade is Grade.PERSONAL
        for made in town.session.scalars(select(CaseDocument))
    )


def test_nobody_goes_back_behind_what_was_signed_beside(town):
    """The order is signed and served; in one of the two parts nobody reaches behind it, nor from the other."""
    town.do("stranger", "order.draft").paper("order.sign", ORDER).do("registrar", "order.serve")
    walk = steps.Walk(town.session, town.office.stranger.actor(), town.case, town.document, town.route)
    assert all(
        steps.ways_back(walk, row) == [] for row in (town.row("payment"), town.row("carried_out.complaint.window"))
    )
    assert town.session.scalar(select(func.count()).select_from(Draft)) == 0
