"""Registration: number, card, history, leaf and jobs together; idempotent; gapless; refused with the field named."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from edms import clock
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.ledger.models import LedgerLeaf
from edms.registry import arrivals, contents, corrections, documents, registers, registration, reservations
from edms.registry.card import Card
from edms.registry.endings.ending import Ending, end
from edms.registry.endings.words import ItemKind
from edms.registry.models import Arrival, Counter, Document, Number
from edms.registry.words import ArrivalState, Channel, ContentRole, NumberState, RegisterKind, Tray
from edms.storage.port import Stored


def letter(**changes) -> Card:
    return Card(
        **{"summary": "სახურავის შეკეთება", "correspondent_name": "გიორგი ბერიძე", "case_index": "12-05", **changes}
    )


def scan(session, office, name="წერილი.pdf", digest="ab" * 32, source_key=None) -> Arrival:
    actor = office.actor("registrar")
    stored = Stored(key=secrets.token_hex(16), sha256=digest, size=10)
    content = contents.enter(
        session, actor, organisation_id=office.organisation.organisation_id, stored=stored, name=name
    )
    return arrivals.take_in(
        session, actor, organisation_id=office.organisation.organisation_id, tray=Tray.SCAN, channel=Channel.SCAN,
        content=content, source_key=source_key,
    )  # fmt: skip


def register(session, office, card=None, key="k1", **more):
    return registration.register(
        session, office.actor("registrar"), office.incoming, card or letter(), idempotency_key=key, **more
    )


def jobs(session, kind):
    return session.scalar(text("select count(*) from procrastinate_jobs where task_name = :k"), {"k": kind})


def test_registered_letter_has_number_history_leaf_and_jobs(session, office):
    before = session.scalar(select(func.count()).select_from(LedgerLeaf))
    arrival = scan(session, office)
    document = register(session, office, arrival=arrival)
    assert document.number == "12-05/1"
    assert arrival.state is ArrivalState.REGISTERED
    assert arrival.document_id == document.document_id
    assert [place.role for place in contents.papers(session, document)] == [ContentRole.ORIGINAL]
    line = session.scalar(select(EventLine).where(EventLine.kind == Event.DOCUMENT_REGISTERED))
    assert line.official_id == office.registrar.official_id
    assert line.leaf_id == document.leaf_id
    assert session.scalar(select(func.count()).select_from(LedgerLeaf)) == before + 2  # arrival and registration
    assert jobs(session, "index") == 1
    assert jobs(session, "look_inside") == 1


def test_what_the_session_holds_is_what_was_written(session, office):
    card = letter(
        addressee_id=office.registrar.official_id, their_number="7/1", their_date=date(2026, 1, 5), annexes="1. გეგმა"
    )
    document = register(session, office, card, waiting_scan=True)
    columns = [column.key for column in Document.__table__.columns]
    held = {name: getattr(document, name) for name in columns}
    assert not session.dirty
    session.refresh(document)
    assert {name: getattr(document, name) for name in columns} == held
    arrival = session.scalars(select(Arrival).where(Arrival.document_id == document.document_id)).one()
    assert (arrival.state, arrival.tray, arrival.content_id) == (ArrivalState.REGISTERED, Tray.COUNTER, None)
    kinds = (Event.ARRIVAL_RECEIVED, Event.DOCUMENT_REGISTERED)
    lines = session.scalars(select(EventLine).where(EventLine.kind.in_(kinds)).order_by(EventLine.event_id)).all()
    assert [(line.kind, line.subject_id) for line in lines] == [
        (Event.ARRIVAL_RECEIVED, arrival.arrival_id),
        (Event.DOCUMENT_REGISTERED, document.document_id),
    ]


def test_number_that_stands_on_something_else_is_a_conflict(session, office):
    first = register(session, office, key="1")
    taken = {"year": first.year, "drawn_at": first.registered_at, "drawn_on": first.registered_on}
    session.add(Number(register_id=first.register_id, serial=2, text="?", state=NumberState.VOID, **taken))
    with pytest.raises(Conflict) as refused:
        register(session, office, key="2")
    assert refused.value.values["number"] == "12-05/2"


def test_same_key_gives_same_number(session, office):
    first = register(session, office, key="same")
    second = register(session, office, key="same")
    assert first is second
    assert session.scalar(select(Counter.last_serial).where(Counter.register_id == office.incoming.register_id)) == 1


def test_same_arrival_under_another_key_is_a_conflict_that_names_the_number(session, office):
    arrival = scan(session, office)
    document = register(session, office, key="a", arrival=arrival)
    with pytest.raises(Conflict) as refused:
        register(session, office, key="b", arrival=arrival)
    assert refused.value.values["number"] == document.number


def test_card_names_every_wrong_field_at_once(session, office):
    tomorrow = clock.today("Asia/Tbilisi") + timedelta(days=1)
    card = letter(summary=" \x00 ", correspondent_name=None, their_date=tomorrow, sheets=-1)
    with pytest.raises(Invalid) as refused:
        register(session, office, card)
    assert set(refused.value.fields) == {"summary", "correspondent", "their_date", "sheets"}


@pytest.mark.parametrize(
    "naughty", ["\x00'; DROP TABLE document; --", "‮ebal", "𝒳" * 500, "<script>alert(1)</script>", "ﷺ{}%s\\u0000"]
)
def test_naughty_strings_are_data(session, office, naughty):
    document = register(
        session, office, letter(summary=naughty, correspondent_name=naughty[:300], their_number=naughty[:60])
    )
    assert "\x00" not in document.summary
    assert document.summary.replace("\x00", "") != ""


def test_people_of_another_organisation_are_unknown(session, office):
    with pytest.raises(Invalid) as refused:
        register(session, office, letter(addressee_id=office.foreigner.official_id))
    assert refused.value.fields == {"addressee": "registry.addressee_unknown"}


@pytest.mark.parametrize("who", ["executor", "administrator", "auditor", "foreigner"])
def test_only_registrars_of_the_house_register(session, office, who):
    with pytest.raises(Forbidden):
        registration.register(session, office.actor(who), office.incoming, letter(), idempotency_key="x")


def test_closed_register_takes_no_letter(session, office):
    system = office.actor("administrator")
    registers.close_register(session, system, office.incoming, version=office.incoming.version)
    with pytest.raises(RuleBroken):
        register(session, office)


def test_series_restarts_with_the_year_and_runs_on_where_told(session, office):
    with clock.at(datetime(2025, 12, 31, 12, tzinfo=UTC)):
        assert register(session, office, key="1").serial == 1
        assert register(session, office, key="2").serial == 2
    with clock.at(datetime(2025, 12, 31, 20, 30, tzinfo=UTC)):  # 1 January in Tbilisi
        document = register(session, office, key="3")
    assert (document.serial, document.year, document.registered_on) == (1, 2026, date(2026, 1, 1))
    running = registers.open_register(
        session, office.actor("administrator"), office.organisation, kind=RegisterKind.CONTRACTS, code="con",
        names={"ka": "ხელშეკრულებები"}, pattern=[{"part": "serial"}], yearly=False, first_serial=417,
    )  # fmt: skip
    for year, serial in ((2025, 417), (2027, 418)):
        with clock.at(datetime(year, 6, 1, tzinfo=UTC)):
            actor = office.actor("registrar")
            made = registration.register(session, actor, running, letter(), idempotency_key=f"c{year}")
            assert made.serial == serial


def test_registration_dates_never_go_backwards_with_the_clock(session, office):
    with clock.at(datetime(2026, 3, 2, 12, tzinfo=UTC)):
        first = register(session, office, key="1")
    with clock.at(datetime(2026, 3, 1, 12, tzinfo=UTC)):
        second = register(session, office, key="2")
    assert second.serial == 2
    assert second.registered_at == first.registered_at


def test_lapsed_reservation_becomes_a_void_and_its_serial_is_never_used_again(session, office):
    with clock.at(datetime(2026, 3, 2, 8, tzinfo=UTC)):
        number = reservations.reserve(
            session, office.actor("registrar"), office.incoming, for_official_id=office.mayor.official_id,
            reason="ველოდებით დედანს", until=clock.now() + timedelta(hours=2),
        )  # fmt: skip
    with clock.at(datetime(2026, 3, 2, 11, tzinfo=UTC)):
        assert reservations.lapse(session) == 1
        assert reservations.lapse(session) == 0
        assert number.state is NumberState.VOID
        assert [n.serial for n in reservations.voids(session, office.actor("registrar"), office.incoming)] == [1]
        with pytest.raises(Conflict):
            register(session, office, reserved=number)
        assert register(session, office, key="next").serial == 2


def test_reserved_number_is_used_once(session, office):
    number = reservations.reserve(
        session, office.actor("registrar"), office.incoming, for_official_id=office.registrar.official_id,
        reason="დედანი მოდის", until=clock.now() + timedelta(hours=2),
    )  # fmt: skip
    document = register(session, office, key="r", reserved=number)
    assert (document.serial, number.state, number.document_id) == (
        number.serial,
        NumberState.USED,
        document.document_id,
    )
    assert session.scalar(select(func.count()).select_from(Number)) == 1
    with pytest.raises(RuleBroken):
        reservations.void(session, office.actor("registrar", stepped_up=True), number, reason="შეცდომა")


def test_correction_keeps_the_old_value_and_its_reason(session, office):
    document = register(session, office)
    actor = office.actor("registrar")
    corrections.correct(session, actor, document, {"summary": "ახალი"}, reason="შეცდომა", version=document.version)
    line = session.scalar(select(EventLine).where(EventLine.kind == Event.DOCUMENT_CORRECTED))
    assert line.detail["before"] == {"summary": "სახურავის შეკეთება"}
    assert line.detail["reason"] == "შეცდომა"
    session.flush()
    with pytest.raises(Conflict):
        corrections.correct(session, actor, document, {"summary": "მესამე"}, reason="x", version=document.version - 1)
    with pytest.raises(Invalid):
        corrections.correct(session, actor, document, {"number": "12-05/9"}, reason="x", version=document.version)


def test_paper_is_registered_before_its_scan_which_joins_later(session, office):
    document = register(session, office, waiting_scan=True)
    assert document.waiting_scan
    arrival = scan(session, office)
    arrivals.join(session, office.actor("registrar"), arrival, document, role=ContentRole.ORIGINAL)
    assert not document.waiting_scan
    assert arrival.state is ArrivalState.JOINED
    with pytest.raises(Conflict):
        told = Ending(item=ItemKind.BOOK)
        end(session, office.actor("registrar"), arrival, state=ArrivalState.NOT_FOR_REGISTRATION, told=told)


def test_stranger_finds_nothing(session, office):
    document = register(session, office, letter(addressee_id=office.mayor.official_id))
    for who in ("stranger", "foreigner", "administrator", "executor"):
        with pytest.raises(NotFound):
            documents.document_of(session, office.actor(who), document.document_id)
    for who in ("registrar", "mayor", "auditor", "archivist"):
        assert documents.document_of(session, office.actor(who), document.document_id) is document


def test_arrivals_are_for_their_registrars(session, office):
    arrival = scan(session, office)
    assert arrivals.waiting(session, office.actor("registrar")) == [arrival]
    with pytest.raises(Forbidden):
        arrivals.waiting(session, office.actor("executor"))
    assert arrivals.waiting(session, office.actor("foreigner")) == []
    with pytest.raises(NotFound):
        arrivals.arrival_of(session, office.actor("foreigner"), arrival.arrival_id)


def test_same_source_is_taken_in_once(session, office):
    first = scan(session, office, source_key="folder/1.pdf:hash")
    assert scan(session, office, source_key="folder/1.pdf:hash") is first
