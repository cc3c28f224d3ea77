"""Numbers printed beforehand for a downtime: given by hand, entered later with both dates, the rest void with a reason."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

import pypdfium2
import pytest
from sqlalchemy import select

from edms import clock, ledger
from edms.drafting.paper.hand_journal import HandJournal, hand_journal
from edms.drafting.paper.office import Office
from edms.errors import Conflict, Forbidden, Invalid, NotFound
from edms.events import Event, EventLine
from edms.overview.line import lines_of
from edms.registry import facts, reservations
from edms.registry.card import Card
from edms.registry.downtime import sheets
from edms.registry.registration import register
from edms.registry.series import series
from edms.registry.words import NumberState
from edms.reports import journal
from edms.reports.journal_lines import Wording
from edms.reports.period import Period
from tests import letters

TODAY = date(2026, 11, 25)
PRINTED, OUTAGE, ENTERED = (clock_at for clock_at in (TODAY, TODAY + timedelta(days=2), TODAY + timedelta(days=4)))


def on(day: date):
    return clock.at(clock.now().replace(year=day.year, month=day.month, day=day.day, hour=8))


def kept(session, office, count=3, book=None):
    return sheets.keep(
        session, office.registrar.actor(), book or office.incoming, count=count, reason="გათიშვისთვის",
        written_until=date(2026, 12, 31),
    )  # fmt: skip


def enter(session, office, number, written_on, **more):
    card = Card(summary="თხოვნა", correspondent_name="ანა კალანდაძე", case_index="12-05", **more)
    return register(
        session, office.registrar.actor(), office.incoming, card, idempotency_key=secrets.token_hex(8),
        reserved=number, written_on=written_on, waiting_scan=True,
    )  # fmt: skip


def test_a_letter_numbered_by_hand_is_entered_later_under_its_number_with_both_dates(session, office):
    with on(PRINTED):
        sheet = kept(session, office)
    numbers = sheets.numbers_of(session, sheet)
    with on(OUTAGE):
        after = letters.letter(session, office)  # the system is up again; its number stands after the printed ones
    with on(ENTERED):
        document = enter(session, office, numbers[0], OUTAGE)
        line = lines_of(session, [document], ENTERED)[0]
    assert (document.number, document.serial) == (numbers[0].text, numbers[0].serial)
    assert after.serial == numbers[-1].serial + 1
    assert (document.registered_on, line.numbered_on, document.received_on) == (ENTERED, OUTAGE, OUTAGE)
    # The series stays in the order of the instants at which its serials were drawn, whenever letters are entered.
    assert [n.drawn_at for n in numbers] == sorted(n.drawn_at for n in numbers) and numbers[
        -1
    ].drawn_at < after.registered_at
    told = session.scalars(select(EventLine).where(EventLine.kind == Event.DOCUMENT_REGISTERED)).all()[-1]
    assert told.detail["written_on"] == OUTAGE.isoformat()
    assert list(ledger.verify_facts(session, {"document": facts.present})) == []
    assert lines_of(session, [after], ENTERED)[0].numbered_on is None
    session.flush()
    worded = Wording(session, "en", "Asia/Tbilisi")
    registrar = office.registrar.actor()
    for entry in journal.entries(session, registrar, session.merge(office.incoming), Period(PRINTED, ENTERED)):
        said = worded.line(entry).notes
        assert any("by hand" in each for each in said) == (entry.number == numbers[0].text)


def test_the_citizens_term_runs_from_the_day_on_the_paper(session, office):
    with on(PRINTED):
        number = sheets.numbers_of(session, kept(session, office, 1))[0]
    with on(ENTERED):
        document = enter(session, office, number, OUTAGE)
        letters.submitted(session, office, document, office.mayor)
    assert document.term["started_on"] == OUTAGE.isoformat()


def test_a_day_on_which_the_number_could_not_be_given_is_refused(session, office):
    with on(PRINTED):
        number = sheets.numbers_of(session, kept(session, office, 1))[0]
        plain = reservations.reserve(
            session, office.registrar.actor(), office.incoming, for_official_id=office.registrar.official_id,
            reason="სასამართლო", until=clock.now() + timedelta(days=9),
        )  # fmt: skip
    with on(ENTERED):
        for wrong in (None, PRINTED - timedelta(days=1), ENTERED + timedelta(days=1)):
            with pytest.raises(Invalid) as refused:
                enter(session, office, number, wrong)
            assert "written_on" in refused.value.fields
        with pytest.raises(Invalid):
            enter(session, office, plain, OUTAGE)
        with pytest.raises(Invalid):
            enter(session, office, None, OUTAGE)
    assert number.state is NumberState.RESERVED


def test_what_is_left_becomes_void_with_its_reason_and_no_number_is_missing(session, office):
    with on(PRINTED):
        sheet = kept(session, office)
    first, *rest = sheets.numbers_of(session, sheet)
    with on(ENTERED):
        enter(session, office, first, OUTAGE)
        nino = office.registrar.actor(stepped_up=True)
        with pytest.raises(Invalid):
            sheets.close(session, nino, sheet, reason=" ")
        assert sheets.close(session, nino, sheet, reason="ხელით აღარ გაცემულა") == rest
        assert {n.state for n in rest} == {NumberState.VOID} and {n.reason for n in rest} == {"ხელით აღარ გაცემულა"}
        assert first.state is NumberState.USED
        session.flush()  # the next act is another's transaction
        with pytest.raises(Conflict):
            sheets.close(session, nino, sheet, reason="x")
        with pytest.raises(Conflict):
            enter(session, office, rest[0], OUTAGE)
    assert all(each.whole for each in series(session, office.registrar.actor(), office.incoming))


def test_numbers_can_be_entered_after_the_turn_of_the_year_but_not_given_then(session, office):
    with on(date(2026, 12, 30)):
        one, two, three = sheets.numbers_of(session, kept(session, office))
    with on(date(2027, 1, 4)):
        late = enter(session, office, one, date(2026, 12, 31))
        with pytest.raises(Invalid):
            enter(session, office, two, date(2027, 1, 2))
    assert (late.year, late.registered_on) == (2026, date(2027, 1, 4))
    with on(date(2027, 3, 1)):
        reservations.lapse(session)
    assert {two.state, three.state} == {NumberState.VOID}


def test_a_sheet_has_its_bounds(session, office):
    nino = office.registrar.actor()
    with on(PRINTED):
        for count, until in ((0, TODAY), (97, TODAY), (1, TODAY - timedelta(days=1)), (1, date(2027, 1, 1))):
            with pytest.raises(Invalid):
                sheets.keep(session, nino, office.incoming, count=count, reason="x", written_until=until)


def test_a_stranger_neither_keeps_nor_closes_a_sheet(session, office):
    sheet = kept_now(session, office)
    for name in ("executor", "auditor", "foreigner"):
        with pytest.raises(Forbidden):
            sheets.keep(
                session, office.actor(name), office.incoming, count=1, reason="x", written_until=sheet.written_until
            )
        with pytest.raises(Forbidden):
            sheets.close(session, office.actor(name, stepped_up=True), sheet, reason="x")
    with pytest.raises(Forbidden):
        sheets.close(session, office.registrar.actor(), sheet, reason="x")  # the password was not asked again
    with pytest.raises(NotFound):
        sheets.sheet_of(session, office.foreigner.actor(), sheet.number_sheet_id)


def kept_now(session, office):
    with on(PRINTED):
        return kept(session, office, 1)


def test_the_journal_has_a_line_for_every_number():
    numbers = [f"{n}" for n in range(101, 131)]
    printed = hand_journal(HandJournal(Office("ქვემოს მერია"), "ka", "შემოსული", numbers, TODAY, TODAY, "ნინო ბერიძე"))
    text = " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(printed.pdf))
    assert set(numbers) <= set(text.split()) and "31" not in numbers
