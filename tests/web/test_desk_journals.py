"""A register of a period in hand: every number and what became of it, on paper, in Excel; its foot is proved; strangers."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pypdfium2
from click.testing import CliRunner
from openpyxl import load_workbook

from edms import clock, ledger
from edms.cli import proofs
from edms.events import Event, EventLine
from edms.registry import corrections, reservations
from edms.registry.card import Card
from edms.registry.older import migration
from edms.registry.older.migration import OldEntry
from edms.registry.registration import register
from edms.registry.words import Grade
from edms.reports import journal
from edms.reports.models import Journal
from tests.letters import letter
from workers.journals import make

pytest_plugins = ["tests.web.desk_site"]

REFUSED = ("executor", "administrator", "unit_head")
OLD = Card(summary="ძველი წერილი", correspondent_name="ნანა ძველი")


def _fill(desk) -> None:
    """Of the incoming letters: one corrected, one void, one personal, one reserved, one of an older journal."""

    def act(session, office):
        nino = office.actor("registrar", stepped_up=True)
        first = letter(session, office, summary="პირველი")
        corrections.correct(
            session, nino, first, {"summary": "პირველი, შესწორებული"}, reason="აკლდა", version=first.version
        )
        until = clock.now() + timedelta(days=2)
        kept = [
            reservations.reserve(
                session, nino, office.incoming, for_official_id=nino.official_id, reason=why, until=until
            )
            for why in ("სასამართლო", "შეცდომა", "კურიერი")
        ]
        reservations.void(session, nino, kept[1], reason="ქაღალდი დაიკარგა")
        late = Card(summary="მეორე", correspondent_name="ბესო")
        register(session, nino, office.incoming, late, idempotency_key="used", reserved=kept[2])
        letter(session, office, summary="პირადი საქმე", grade=Grade.PERSONAL)
        day = clock.today("Asia/Tbilisi") - timedelta(days=3)
        migration.migrate(session, office.actor("administrator"), office.incoming, OldEntry("12-05/9", 9, day, OLD))

    desk.do(act)


def _address(desk, end: str = "") -> str:
    today = clock.today("Asia/Tbilisi")
    days = f"first={today - timedelta(days=10):%d.%m.%Y}&last={today:%d.%m.%Y}"
    return f"/registers/{desk.cast.incoming.register_id}/journal{end}?{days}"


def test_the_workbook_has_every_number_and_what_became_of_it(desk):
    _fill(desk)
    page = desk.as_("registrar").get(_address(desk))
    assert "წერილები: 3 · გაუქმებული: 1 · დაჯავშნილი: 1 · ძველი ჟურნალიდან: 1" in page
    rows = _workbook(desk, "archivist")
    kinds = [row[1] for row in rows[1:7]]
    assert kinds == ["წერილი", "წერილი", "დაჯავშნილი", "გაუქმებული", "წერილი", "დახურული წერილი"]
    assert "ძველი ჟურნალიდან" in rows[1][11] and rows[1][0] == "12-05/9"
    assert "პირველი → პირველი, შესწორებული" in rows[2][11] and "აკლდა" in rows[2][11] and "ნინო ბერიძე" in rows[2][11]
    assert "ნინო ბერიძე" in rows[3][11] and "სასამართლო" in rows[3][11]
    assert "ქაღალდი დაიკარგა" in rows[4][11] and "ნინო ბერიძე" in rows[4][11]
    assert "პირადი" not in str(rows) and "პირადი საქმე" in str(_workbook(desk, "mayor"))
    foot = {row[0]: row[3] for row in rows if row[0] and row[3]}
    first, last = (str(rows[n][0]) for n in (2, 6))
    assert foot["პირველი და ბოლო ნომერი"] == f"{first} – {last}"
    assert (foot["სტრიქონები"], foot["წერილები"], foot["გაუქმებული ნომრები"], foot["სერიაში აკლია"]) == (
        "6",
        "3",
        "1",
        "0",
    )
    with desk.house.transaction() as session:
        sealed = ledger.latest(session)
        assert foot["უახლესი ხელმოწერილი საკონტროლო ჩანაწერი"] == sealed.note()
        assert sealed.statement.root.hex() in foot["აღრიცხვის ჟურნალი ამ წამს"]
        told = session.query(EventLine).filter(EventLine.kind == Event.JOURNAL_MADE).all()
    assert {(line.official_id, line.detail["void"], line.detail["form"]) for line in told} == {
        (desk.cast.archivist.official_id, 1, "xlsx"), (desk.cast.mayor.official_id, 1, "xlsx"),
    }  # fmt: skip
    assert told[0].detail["fingerprint"] == foot["სტრიქონების ანაბეჭდი (SHA-256)"]


def test_the_paper_is_printed_by_a_job_in_parts_and_kept_for_its_asker_alone(desk, monkeypatch):
    _fill(desk)
    monkeypatch.setattr("edms.drafting.paper.journal.PART", 2)
    registrar = desk.as_("registrar")
    registrar.post(_address(desk))
    assert "იბეჭდება" in registrar.get(_address(desk))
    with desk.house.transaction() as session:
        journal_id = session.query(Journal).one().journal_id
    address = f"/registers/journals/{journal_id}.pdf"
    registrar.get(address, 404)
    make(desk.house, journal_id)
    make(desk.house, journal_id)  # once more changes nothing
    answer = registrar.client.get(address)
    paper = pypdfium2.PdfDocument(answer.data)
    pages = [page.get_textpage().get_text_bounded() for page in paper]
    assert len(pages) == 3 and [text.split()[-1] for text in pages] == ["1", "2", "3"]  # numbered through
    whole = " ".join(" ".join(pages).split())
    for said in ("12-05/9", "პირველი, შესწორებული", "ქაღალდი დაიკარგა", "სასამართლო", "— edms "):
        assert said in whole, said
    paper.close()
    for name in ("mayor", "archivist", "foreigner"):
        desk.as_(name).get(address, 404)
    assert address in registrar.get(_address(desk)) and address not in desk.as_("mayor").get(_address(desk))


def test_strangers_get_no_journal(desk):
    _fill(desk)
    for name in REFUSED:
        for end in ("", ".xlsx"):
            desk.as_(name).get(_address(desk, end), 403)
        desk.as_(name).post(_address(desk), status=403)
        assert "/journal" not in desk.as_(name).get(f"/registers/{desk.cast.incoming.register_id}")
    desk.as_("foreigner").get(_address(desk), 404)
    assert desk.app.test_client().get(_address(desk)).status_code == 303
    with desk.house.transaction() as session:
        assert session.query(Journal).count() == 0


def test_a_serial_that_was_taken_out_is_said(desk):
    _fill(desk)
    with desk.house.transaction() as session:
        session.execute(journal.Number.__table__.delete().where(journal.Number.state == "void"))
    rows = _workbook(desk, "registrar")
    assert [row[1] for row in rows[3:5]] == ["დაჯავშნილი", "აკლია"]


def test_a_printed_foot_is_checked_against_the_ledger(desk, tmp_path, monkeypatch):
    with clock.at(datetime(2026, 3, 2, 8, tzinfo=UTC)):
        _fill(desk)
        desk.house.seal()
    with desk.house.transaction() as session:
        note = ledger.latest(session).note()
    desk.letter()
    monkeypatch.setattr(proofs, "load", lambda: None)
    monkeypatch.setattr(proofs, "build", lambda *a, **k: desk.house)
    monkeypatch.setattr(type(desk.house), "close", lambda self: None)
    for text, code in ((note, 0), (f"\n  {note}  ", 0), (note.replace("time 2026", "time 2025"), 4)):
        (tmp_path / "foot").write_text(text)
        done = CliRunner().invoke(proofs.ledger_group, ["verify", "--checkpoint", str(tmp_path / "foot")])
        assert (done.exit_code == 0) is (code == 0), done.output
        assert code or "It begins with the checkpoint over" in done.output


def _workbook(desk, name: str) -> list[list[object]]:
    answer = desk.as_(name).client.get(_address(desk, ".xlsx"))
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(answer.data)).active
    return [[cell.value for cell in row] for row in book.iter_rows()]
