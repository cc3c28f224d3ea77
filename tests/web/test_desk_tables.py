"""Long lists as tables: written by a machine, exactly what is seen, for the asker alone; called off, killed, forgotten."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, select

from edms import clock
from edms.access.actor import Actor
from edms.events import Event, EventLine
from edms.notices.notices import tell_of
from edms.overview import register as register_list
from edms.registry.models import Content, Document
from edms.registry.words import Grade
from edms.reports import journal, sheet, taking
from edms.reports.models import ListKind, TableState, TakenTable
from edms.search import exporting, indexing
from edms.search.postgres import PostgresIndex
from edms.staff.granting import withdraw_role
from edms.staff.models import RoleGrant
from tests.letters import letter
from workers import tables

pytest_plugins = ["tests.web.desk_site"]


@pytest.fixture
def short(monkeypatch):
    """A page waits for two lines, the machine says how far it is after each, and reads two at once."""
    monkeypatch.setattr(taking, "AT_ONCE", 2)
    monkeypatch.setattr(tables, "STEP", 1)
    for reads, name in ((register_list, "CHUNK"), (journal, "CHUNK"), (exporting, "PIECE")):
        monkeypatch.setattr(reads, name, 2)


def _letters(desk, count: int) -> None:
    def act(session, office):
        for n in range(count):
            letter(session, office, summary=f"წერილი {n}")
        letter(session, office, summary="საიდუმლო", grade=Grade.PERSONAL)

    desk.do(act)


def _ask(reader, address: str) -> int:
    answer = reader.client.get(address)
    assert answer.status_code == 303, answer.get_data(as_text=True)[-400:]
    return int(answer.headers["Location"].rpartition("/")[2])


def tell(desk, kind: Event) -> int:
    """Everybody is told of the newest such event; how many are."""
    with desk.house.transaction() as session:
        found = session.scalars(select(EventLine.event_id).where(EventLine.kind == kind)).all()
        return sum(tell_of(session, each) for each in found)


def _state(desk, ident: int) -> tuple[TableState, int]:
    with desk.house.transaction() as session:
        found = session.get_one(TakenTable, ident)
        return found.state, found.lines


def test_a_long_register_is_written_by_a_machine_as_it_is_seen_and_for_its_asker_alone(desk, short, monkeypatch):
    _letters(desk, 5)
    monkeypatch.setattr(sheet, "ROWS", 3)
    archivist, address = desk.as_("archivist"), f"/registers/{desk.cast.incoming.register_id}/register.xlsx"
    ident = _ask(archivist, f"{address}?state=registered")
    assert _ask(archivist, f"{address}?state=registered") == ident  # the same while it waits
    page = f"/tables/{ident}"
    assert "ჩაწერილია 0 სტრიქონი" in archivist.get(page)
    assert page in archivist.get("/tables/")
    archivist.get(f"{page}/file", 404)
    tables.make(desk.house, ident)
    tables.make(desk.house, ident)  # once more changes nothing
    assert _state(desk, ident) == (TableState.MADE, 5)
    assert "5 სტრიქონი" in archivist.get(page)
    answer = archivist.client.get(f"{page}/file")
    book = load_workbook(io.BytesIO(answer.data))
    rows = [row[5].value for tab in book for row in tab.iter_rows(min_row=2)]
    assert rows == [f"წერილი {n}" for n in (4, 3, 2, 1, 0)]  # in the order of the page, on two sheets
    assert len(book.worksheets) == 2
    assert answer.headers["Content-Disposition"].startswith("attachment")
    for name in ("mayor", "stranger", "foreigner"):
        for place in (page, f"{page}/file"):
            desk.as_(name).get(place, 404)
        desk.as_(name).post(f"{page}/stop", status=404)
        assert page not in desk.as_(name).get("/tables/")
    desk.as_("foreigner").get(address, 404)
    assert desk.app.test_client().get(page).status_code == 303
    assert tell(desk, Event.TABLE_READY) == 1
    assert f'href="{page}"' in archivist.get("/notices/")
    with desk.house.transaction() as session:
        told = session.scalars(select(EventLine).where(EventLine.kind == Event.REGISTER_EXPORTED)).all()
    assert [(line.detail["lines"], line.detail["form"], line.detail["state"]) for line in told] == [
        (5, "xlsx", "registered")
    ]


def test_every_long_list_has_the_same_rights_when_it_is_written(desk, short):
    _letters(desk, 3)
    archivist, book = desk.as_("archivist"), desk.cast.incoming.register_id
    first = f"{clock.today('Asia/Tbilisi') - timedelta(days=10):%d.%m.%Y}"
    numbers = _ask(archivist, f"/registers/{book}/journal.xlsx?first={first}")
    desk.do(
        lambda s, o: [
            indexing.index_document(s, PostgresIndex(s), ident) for ident in s.scalars(select(Document.document_id))
        ]
    )
    search = _ask(archivist, "/search/table.csv?q=წერილი")
    tables.make(desk.house, search)
    lines = archivist.client.get(f"/tables/{search}/file").get_data(as_text=True).splitlines()
    assert [line.split(";")[5] for line in lines[1:]] == [f"წერილი {n}" for n in (2, 1, 0)]
    with desk.house.transaction() as session:
        whom = desk.cast.archivist.official_id
        for grant in session.scalars(select(RoleGrant).where(RoleGrant.official_id == whom)):
            withdraw_role(session, Actor.system(), grant, reason="x")
    tables.make(desk.house, numbers)
    assert _state(desk, numbers)[0] is TableState.FAILED
    assert tell(desk, Event.TABLE_FAILED) == 1


def test_called_off_killed_and_forgotten(desk, short, monkeypatch):
    _letters(desk, 4)
    archivist, address = desk.as_("archivist"), f"/registers/{desk.cast.incoming.register_id}/register.xlsx"
    ident = _ask(archivist, address)
    written, looked = taking.written, []

    def cut(session, subject, lines):
        looked.append(lines)
        if lines == 2:
            raise KeyboardInterrupt
        return written(session, subject, lines)

    monkeypatch.setattr(taking, "written", cut)
    with pytest.raises(KeyboardInterrupt):
        tables.make(desk.house, ident)
    assert _state(desk, ident) == (TableState.WAITING, 1)  # it was that far, and waits for the next machine

    def called_off(session, subject, lines):
        archivist.post(f"/tables/{ident}/stop")
        looked.append(lines)
        return written(session, subject, lines)

    monkeypatch.setattr(taking, "written", called_off)
    tables.make(desk.house, ident)
    assert looked == [1, 2, 1]  # no line was read after it was called off
    monkeypatch.setattr(taking, "written", written)
    assert _state(desk, ident)[0] is TableState.STOPPED
    again = _ask(archivist, address)
    assert again != ident
    tables.make(desk.house, again)
    with desk.house.transaction() as session:
        content_id = session.get_one(TakenTable, again).content_id
    with clock.at(clock.now() + taking.KEPT + timedelta(minutes=1)), desk.house.transaction() as session:
        assert taking.forget(session) == 2
    with desk.house.transaction() as session:
        assert session.get(Content, content_id) is None
    archivist.get(f"/tables/{again}", 404)


def test_five_wait_at_most_and_a_longer_list_asks_no_more_of_a_page(desk, short):
    """The page reads one piece of the list, however long that is."""
    counted = {}
    archivist, address = desk.as_("archivist"), f"/registers/{desk.cast.incoming.register_id}/register.xlsx"
    for letters in (3, 6):
        _letters(desk, letters - len(counted))
        asked = []

        def note(*args, into=asked):
            into.append(args[2])

        event.listen(desk.house.engine, "before_cursor_execute", note)
        _ask(archivist, f"{address}?year={clock.today('Asia/Tbilisi').year}")
        event.remove(desk.house.engine, "before_cursor_execute", note)
        counted[letters] = sum("FROM document" in statement for statement in asked)
    assert counted[3] == counted[6] <= 2
    for state in ("registered", "submitted", "in_execution", "executed", "filed"):
        desk.do(
            lambda session, office, state=state: taking.ask(
                session, office.mayor.actor(), ListKind.REGISTER, {"state": state}, form="xlsx", language="ka", name="x"
            )
        )
    refused = desk.as_("mayor").client.get(address)
    assert refused.status_code == 409
