"""What happens at the turns: of a day, of a year, of an older journal into ours, of a register into the next one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from edms import clock
from edms.drafting import act, books, drafts
from edms.drafting.models import Draft, DraftKind
from edms.errors import Invalid, RuleBroken
from edms.events import write
from edms.filing import case_files, plan
from edms.overview.register import Wanted, register_page
from edms.registry import (
    arrivals,
    numbering,
    reconciliation,
    registers,
    registration,
)
from edms.registry.card import Card
from edms.registry.models import Correspondent, Document, Register
from edms.registry.older import journals, migration
from edms.registry.older.migration import OldEntry
from edms.registry.words import Channel, RegisterKind
from edms.retention import dating
from edms.routing import moving, recounting
from edms.staff import calendars
from tests import letters
from tests.cast import Office

LAST_DAY = datetime(2025, 12, 31, 8, tzinfo=UTC)
NEXT_YEAR = datetime(2026, 1, 2, 8, tzinfo=UTC)
CLOSED_ON = date(2026, 1, 1)


def closing(session: Session, office: Office, book: Register) -> None:
    registers.close_register(session, office.administrator.actor(), book, version=book.version, on=CLOSED_ON)


def draft(session: Session, office: Office) -> Draft:
    card = drafts.DraftCard(subject="გზის შესახებ", signer_id=office.mayor.official_id, addressee="გიორგი აბაშიძე")
    return drafts.begin(session, office.executor.actor(), kind=DraftKind.LETTER, card=card, text="გაცნობებთ.")


def test_a_register_that_closes_with_the_year_is_written_for_until_then(session: Session, office: Office) -> None:
    with clock.at(LAST_DAY):
        closing(session, office, office.outgoing)
        assert DraftKind.LETTER in books.kinds_open(session, office.executor.actor())
        assert draft(session, office).register_id == office.outgoing.register_id
    with clock.at(NEXT_YEAR):
        assert DraftKind.LETTER not in books.kinds_open(session, office.executor.actor())
        with pytest.raises(Invalid):
            draft(session, office)


def test_a_draft_of_last_year_takes_its_number_where_numbers_are_drawn_now(session: Session, office: Office) -> None:
    with clock.at(LAST_DAY):
        closing(session, office, office.outgoing)
        begun = draft(session, office)
    with clock.at(NEXT_YEAR):
        with pytest.raises(Invalid):
            act.draw_number(session, begun)
        following = registers.open_register(
            session, office.administrator.actor(), office.organisation, kind=RegisterKind.OUTGOING, code="out26",
            names={"ka": "გასული"}, pattern=[{"part": "serial"}],
        )  # fmt: skip
        number = act.draw_number(session, begun)
        assert (number.register_id, begun.register_id) == (following.register_id, following.register_id)


def test_a_paper_signed_on_the_last_day_enters_its_register_on_the_first(session: Session, office: Office) -> None:
    """Its time stamp comes after midnight; its number and day are on the paper already."""
    with clock.at(LAST_DAY):
        closing(session, office, office.outgoing)
        begun = draft(session, office)
        number = act.draw_number(session, begun)
        number.reserved_until = None  # as when its signature is in its place
    with clock.at(NEXT_YEAR):
        card = Card(summary="გზის შესახებ", correspondent_name="გიორგი აბაშიძე")
        document = registration.register(
            session, office.registrar.actor(), office.outgoing, card, idempotency_key="k", reserved=number
        )
        assert (document.number, document.registered_on) == (number.text, LAST_DAY.date())
        with pytest.raises(RuleBroken):
            registration.register(session, office.registrar.actor(), office.outgoing, card, idempotency_key="l")


def older(session: Session, office: Office, book: Register, *days: date) -> list[Document]:
    """Letters of the older journal, a day each, every year's beginning with 1."""
    made = []
    for at, day in enumerate(days):
        serial = 1 + sum(other.year == day.year for other in days[:at])
        entry = OldEntry(f"ძვ-{serial}", serial, day, Card(summary=f"{day}", correspondent_name="ნ. ბ."))
        made.append(migration.migrate(session, office.administrator.actor(), book, entry))
    return made


def test_the_letters_of_an_older_journal_follow_ours_the_newest_first(session: Session, office: Office) -> None:
    days = [date(2023, 3, 1), date(2023, 4, 1), date(2024, 2, 1), date(2025, 1, 9)]
    older(session, office, office.incoming, *days)
    with clock.at(LAST_DAY):
        ours = letters.letter(session, office)
        shown = [line.document for line in register_page(session, office.registrar.actor(), office.incoming)]
        assert shown[0] == ours
        assert [document.registered_on for document in shown[1:]] == days[::-1]
        of_2023 = register_page(session, office.registrar.actor(), office.incoming, Wanted(year=2023))
        assert [line.document.registered_on for line in of_2023] == days[1::-1]


def test_a_proof_is_found_by_the_year_whatever_the_series(session: Session, office: Office) -> None:
    (old, _) = older(session, office, office.incoming, date(2023, 3, 1), date(2024, 3, 1))
    assert numbering.leaf_of_number(session, "kvemo", old.number, 2023) == old.leaf_id
    office.orders.yearly = False
    with clock.at(LAST_DAY):
        order = letters.letter(session, office, office.orders)
    assert order.year == 0
    assert numbering.leaf_of_number(session, "kvemo", order.number, 2025) == order.leaf_id


def test_a_journal_that_runs_on_over_the_years_is_compared_with_a_register_that_does(
    session: Session, office: Office
) -> None:
    office.orders.yearly = False
    with clock.at(LAST_DAY):
        for _ in range(3):
            letters.letter(session, office, office.orders)
        table = [
            {"number": str(serial), "date": day, "summary": "ბრძანება"}
            for serial, day in ((1, "2023-05-01"), (2, "2023-06-01"), (5, "2024-01-09"))
        ]
        found = journals.report(session, office.administrator.actor(), office.orders, journals.read(table))
    assert [(gap.first, gap.last) for gap in found.gaps] == [(3, 4)]  # between two years of one series
    assert found.overlap is not None
    assert (found.overlap.first, found.overlap.last) == (1, 5)  # our own orders have 1 to 3 already


def test_every_letter_of_a_common_number_can_be_followed(session: Session, office: Office) -> None:
    """Number 1 of thirty registers; the slip is of the oldest."""
    first = letters.letter(session, office)
    for at in range(30):
        book = registers.open_register(
            session, office.administrator.actor(), office.organisation, kind=RegisterKind.INCOMING, code=f"more{at}",
            names={"ka": "შემოსული"}, pattern=[{"part": "serial"}],
        )  # fmt: skip
        letters.letter(session, office, book)
    found = [each.document_id for each in numbering.candidates(session, first.number)]
    assert len(found) == 31
    assert first.document_id in found


def test_a_letter_taken_in_at_midnight_is_counted_on_one_day(session: Session, office: Office) -> None:
    last_moment = datetime(2025, 12, 30, 19, 59, 59, 999_000, tzinfo=UTC)  # of the day in Tbilisi
    with clock.at(last_moment):
        arrival = arrivals.on_paper(office.registrar.actor(), office.organisation.organisation_id, Channel.COUNTER)
        session.add(arrival)
        session.flush()  # the act carries its id
    with clock.at(last_moment + timedelta(milliseconds=5)):
        write(session, office.registrar.actor(), arrivals.received(arrival))
    for day in (date(2025, 12, 30), date(2025, 12, 31)):
        assert reconciliation.day_sum(session, office.organisation, day).adds_up


def test_a_new_day_off_moves_the_term_of_a_letter_that_was_moved_after_it(session: Session, office: Office) -> None:
    """The term runs from the day on which the letter was first registered, in whatever register."""
    office.applications.term = "ge.information"
    with clock.at(datetime(2025, 5, 2, 8, tzinfo=UTC)):
        document = letters.letter(session, office)
        letters.submitted(session, office, document, office.mayor)
    with clock.at(datetime(2025, 5, 8, 8, tzinfo=UTC)):
        nino = office.registrar.actor(stepped_up=True)
        moving.move(session, nino, document, office.applications, reason="ინფორმაციის მოთხოვნა")
        before = document.due_on
        giorgi, town = office.administrator.actor(), office.organisation
        calendars.declare(
            session, giorgi, town, day=date(2025, 5, 7), works=False, note="დადგენილება", version=town.version
        )
        assert recounting.recount(session, giorgi, town, date(2025, 5, 7)) == 1
        assert before is not None and document.due_on is not None and document.due_on > before


def test_what_is_closed_after_the_year_is_kept_from_the_years_end(session: Session, office: Office) -> None:
    rows = [
        {"index": index, "title": "განცხადებები", "retention_class": "applications", "carry_over": carries}
        for index, carries in (("12-05", ""), ("12-06", ""), ("12-07", "yes"))
    ]
    with clock.at(LAST_DAY):
        plan.load(session, office.archivist.actor(), office.organisation, rows, year=2025)
        eka = office.archivist.actor()
        own = [letters.own_letter(session, office, case_index=index) for index in ("12-05", "12-06", "12-07")]
        case_files.file_document(session, eka, own[0])
        case_files.file_document(session, eka, own[2])
    with clock.at(NEXT_YEAR + timedelta(days=20)):
        case_files.file_document(session, eka, own[1], year=2025)
    with clock.at(NEXT_YEAR + timedelta(days=400)):
        closed = case_files.close_year(session, eka, office.organisation, year=2025)
        (carried,) = [each for each in case_files.case_files(session, eka, year=2025) if each not in closed]
        assert dating.kept(session, carried).keep.until is None
        case_files.close(session, eka, carried)
        kept = {each.case_index.index: dating.kept(session, each).keep.act_from for each in (*closed, carried)}
    # 5 years from 1 January after the year: of the case, of its last letter, of the closing where it carries over.
    assert kept == {"12-05": date(2031, 1, 1), "12-06": date(2032, 1, 1), "12-07": date(2033, 1, 1)}


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2028, 2, 29, 5, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2027, 12, 31, 19, 50, tzinfo=UTC), date(2027, 12, 31)),
        (datetime(2027, 12, 31, 20, 1, tzinfo=UTC), date(2028, 1, 1)),
        (datetime(2027, 5, 1, 20, 30, tzinfo=UTC), date(2027, 5, 2)),  # Easter Sunday in Tbilisi, Saturday elsewhere
    ],
)
def test_letters_of_one_sender_go_their_way_on_every_day(
    session: Session, office: Office, now: datetime, day: date
) -> None:
    with clock.at(now):
        first = letters.letter(session, office, case_index="12-05")
    with clock.at(now + timedelta(seconds=90)):  # the sender is remembered as used again
        known = first.correspondent_id
        made = letters.letter(session, office, case_index="12-05", correspondent_id=known, correspondent_name=None)
        given = letters.resolved(session, office, made, office.unit_head)
        assert (made.registered_on, made.year, made.correspondent_id) == (day, day.year, known)
        assert given.due_on is not None and given.due_on >= day + timedelta(days=10)
        assert made.due_on is not None and made.due_on >= day + timedelta(days=28)
        session.refresh(session.get_one(Correspondent, known))
        assert session.get_one(Correspondent, known).used_at == clock.now()
