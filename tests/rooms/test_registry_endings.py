"""How an arrival ends otherwise: what each end must be told, its terms, and the applicant of a forwarded letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from edms import clock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.ledger.models import LedgerSalt
from edms.registry import arrivals, reconciliation
from edms.registry.endings import telling
from edms.registry.endings.ending import ASKS, Ending, end
from edms.registry.endings.taking_back import take_back
from edms.registry.endings.words import Fault, ItemKind
from edms.registry.words import ArrivalState, Channel, Tray
from tests.desks import desk_of

FRIDAY = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)  # noon in Tbilisi; Monday the 23rd is Saint George's day
WHOLE = {
    ArrivalState.NOT_FOR_REGISTRATION: Ending(item=ItemKind.NEWSPAPER),
    ArrivalState.RETURNED: Ending("სხვისი წერილია", sender_name="ანა", sender_address="გორი", sent_by=Channel.POST),
    ArrivalState.FORWARDED: Ending("სხვისი საქმეა", sender_name="ანა", sender_address="გორი", body="სოფლის ფონდი"),
    ArrivalState.DEFECTIVE: Ending(faults=(Fault.TORN, Fault.MISSING_SHEETS), members=("გია გელაშვილი",)),
}


def arrival(session, office):
    return arrivals.take_in(
        session, office.registrar.actor(), organisation_id=office.organisation.organisation_id, tray=Tray.COUNTER,
        channel=Channel.POST, content=None,
    )  # fmt: skip


def forwarded(session, office):
    found = arrival(session, office)
    end(session, office.registrar.actor(), found, state=ArrivalState.FORWARDED, told=WHOLE[ArrivalState.FORWARDED])
    return found


@pytest.mark.parametrize("state", ASKS)
def test_each_end_names_all_that_it_is_not_told_and_refuses_what_is_not_its_own(session, office, state):
    found = arrival(session, office)
    with pytest.raises(Invalid) as refused:
        end(session, office.registrar.actor(), found, state=state, told=Ending())
    assert set(refused.value.fields) == set(ASKS[state].must)
    strange = Ending(body="x") if state is not ArrivalState.FORWARDED else Ending(item=ItemKind.BOOK)
    with pytest.raises(Invalid) as refused:
        end(session, office.registrar.actor(), found, state=state, told=strange)
    assert "field.unknown" in refused.value.fields.values()
    assert found.state is ArrivalState.WAITING


@pytest.mark.parametrize("state", ASKS)
def test_each_end_is_kept_with_its_line_leaf_and_place_in_the_day(session, office, state):
    found = arrival(session, office)
    end(session, office.registrar.actor(), found, state=state, told=WHOLE[state])
    assert (found.state, found.ended_by_id) == (state, office.registrar.official_id)
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.ARRIVAL_ENDED)).one()
    facts = session.scalars(select(LedgerSalt).where(LedgerSalt.leaf_id == line.leaf_id)).one().facts
    assert facts["state"] == state.value
    assert facts.get("faults", []) == [fault.value for fault in WHOLE[state].faults]
    made = reconciliation.day_sum(session, office.organisation, clock.today("Asia/Tbilisi"))
    assert (made.received, made.ended, made.adds_up) == (1, 1, True)
    with pytest.raises(Conflict):
        end(session, office.registrar.actor(), found, state=state, told=WHOLE[state])


def test_what_is_other_says_what_it_is_and_texts_have_an_end(session, office):
    found, who = arrival(session, office), office.registrar.actor()
    for state, told in (
        (ArrivalState.NOT_FOR_REGISTRATION, Ending(item=ItemKind.OTHER)),
        (ArrivalState.DEFECTIVE, Ending(faults=(Fault.OTHER,), members=("გია",))),
    ):
        with pytest.raises(Invalid) as refused:
            end(session, who, found, state=state, told=told)
        assert refused.value.fields == {"reason": "endings.say_what"}
    told = Ending("ა" * 2001, faults=(Fault.WET,), members=("ა" * 201,), sender_name="ა" * 301)
    with pytest.raises(Invalid) as refused:
        end(session, who, found, state=ArrivalState.DEFECTIVE, told=told)
    assert set(refused.value.fields) == {"reason", "members", "sender_name"}


def test_forwarding_keeps_the_filing_day_and_counts_both_terms_in_working_days(session, office):
    with clock.at(FRIDAY):
        found = arrival(session, office)
    with clock.at(FRIDAY + timedelta(days=4)):  # Tuesday
        made = end(
            session, office.registrar.actor(), found, state=ArrivalState.FORWARDED,
            told=WHOLE[ArrivalState.FORWARDED],
        )  # fmt: skip
        assert made.filed_on == date(2026, 11, 20)
        assert made.forward_due_on == date(2026, 11, 30)  # five working days, past the holiday and the weekend
        assert made.notice_due_on == date(2026, 11, 26)  # two from the decision
        assert [each["term"]["law"]["article"] for each in made.terms] == ["80", "80"]


def test_forwarding_in_armenia_is_counted_in_its_own_days(session, office):
    office.organisation.country = "AM"
    with clock.at(FRIDAY):
        made = telling.end_of(session, office.registrar.actor(), forwarded(session, office))
    assert made is not None and made.filed_on == date(2026, 11, 20)
    assert (made.forward_due_on, made.notice_due_on) == (
        date(2026, 11, 23),
        date(2026, 11, 23),
    )  # a Monday, worked there


def test_a_matter_of_a_court_goes_back_within_five_working_days_where_the_law_says_so(session, office):
    who, told = office.registrar.actor(), replace(WHOLE[ArrivalState.RETURNED], court=True)
    with clock.at(FRIDAY):
        made = end(session, who, arrival(session, office), state=ArrivalState.RETURNED, told=told)
        assert (made.court, made.filed_on, made.forward_due_on) == (True, date(2026, 11, 20), date(2026, 11, 30))
        assert made.notice_due_on is None  # sending it back tells the applicant
        plain = end(
            session, who, arrival(session, office), state=ArrivalState.RETURNED, told=WHOLE[ArrivalState.RETURNED]
        )
        assert (plain.court, plain.filed_on, plain.forward_due_on) == (False, None, None)
        office.organisation.country = "AM"  # its list names no such term
        there = end(session, who, arrival(session, office), state=ArrivalState.RETURNED, told=told)
        assert (there.forward_due_on, there.terms) == (None, [])


def test_the_applicant_stands_on_the_registrars_desk_until_she_is_told(session, office):
    found, who = forwarded(session, office), office.registrar.actor()
    assert [end.arrival_id for _, end in desk_of(session, who).to_tell] == [found.arrival_id]
    today = clock.today("Asia/Tbilisi")
    for on, by, field in (
        (today + timedelta(days=1), Channel.POST, "on"),
        (today - timedelta(days=1), Channel.POST, "on"),
        (today, Channel.SCAN, "by"),
    ):
        with pytest.raises(Invalid) as refused:
            telling.tell(session, who, found, on=on, by=by)
        assert set(refused.value.fields) == {field}
    telling.tell(session, who, found, on=today, by=Channel.POST)
    assert desk_of(session, who).to_tell == []
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.APPLICANT_TOLD)).one()
    assert line.leaf_id is not None
    with pytest.raises(Conflict):
        telling.tell(session, who, found, on=today, by=Channel.POST)


def test_nobody_is_told_of_what_was_not_forwarded(session, office):
    found = arrival(session, office)
    with pytest.raises(RuleBroken):
        telling.tell(session, office.registrar.actor(), found, on=clock.today("Asia/Tbilisi"), by=Channel.POST)


def test_a_stranger_neither_ends_nor_tells_nor_sees_whom_to_tell(session, office):
    found = forwarded(session, office)
    today = clock.today("Asia/Tbilisi")
    for name in ("executor", "administrator", "auditor"):
        with pytest.raises(Forbidden):
            end(session, office.actor(name), found, state=ArrivalState.RETURNED, told=WHOLE[ArrivalState.RETURNED])
        with pytest.raises(Forbidden):
            telling.tell(session, office.actor(name), found, on=today, by=Channel.POST)
    with pytest.raises(Forbidden):
        telling.to_tell(session, office.actor("executor"))
    assert telling.to_tell(session, office.foreigner.actor()) == []
    with pytest.raises((NotFound, Forbidden)):
        telling.tell(session, office.foreigner.actor(), found, on=today, by=Channel.POST)


def test_its_line_leaf_and_the_kept_sum_of_its_day(session, office):
    with clock.at(clock.now() - timedelta(days=2)):
        found = arrival(session, office)
        end(session, office.registrar.actor(), found, state=ArrivalState.RETURNED, told=WHOLE[ArrivalState.RETURNED])
        day = clock.today("Asia/Tbilisi")
    reconciliation.reconcile(session, office.organisation, day)
    take_back(session, office.registrar.actor(), found, reason="შეცდომა")
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.ARRIVAL_REOPENED)).one()
    assert line.leaf_id is not None and line.detail["before"]["told"]["sender_name"] == "ანა"
    (kept,) = reconciliation.sums(session, office.registrar.actor(), office.organisation)
    assert (kept.day, kept.received, kept.waiting, kept.ended, kept.adds_up) == (day, 1, 1, 0, True)
    assert reconciliation.present_sums(session, office.registrar.actor(), office.organisation) == [kept]
    assert (found.ended_at, found.ended_by_id, found.end_reason) == (None, None, None)


def test_what_became_a_letter_is_not_taken_back(session, office):
    found = arrival(session, office)
    arrivals.close(found, office.registrar.actor(), ArrivalState.JOINED, None)
    session.flush()
    with pytest.raises(RuleBroken):
        take_back(session, office.registrar.actor(), found, reason="შეცდომა")
