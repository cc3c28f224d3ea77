"""Case files go to the archive: drawn up, packed by a machine that may die, handed over, answered. Not for strangers."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from edms import clock, words
from edms.archive import coming, fixity, packing, transfers, verifying
from edms.archive.models import FixityFault, LineState, Transfer, TransferLine, TransferState
from edms.errors import Corrupt, Forbidden, Invalid, NotFound, RuleBroken, Unavailable
from edms.events import Event, EventLine
from edms.filing import case_files, plan
from edms.filing.lines import IndexLine
from edms.filing.models import CaseFile
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.registry.words import ContentRole, Grade
from edms.retention import keep_until, retention_class
from edms.retention.models import CaseKeeping, KeepingState
from edms.retention.schedule import Action
from edms.signing import algorithms
from tests import letters, signed_things
from tests import signatures as s
from tests.web.test_proving import town  # noqa: F401
from workers import archiving

pytest_plugins = ["tests.web.desk_site"]
SIGNED = signed_things.pdf("B-LTA")


def closed(town, *, index: str = "01-02", grade: Grade = Grade.OPEN) -> int:  # noqa: F811
    """A closed case file with two letters, kept for ever, whose day for the archive has come; its id."""
    stored = town.house.store.put(io.BytesIO(SIGNED), limit=1 << 30)

    def act(session, office):
        who = office.archivist.actor()
        year = clock.today("Asia/Tbilisi").year
        known = [line.index for line in plan.case_indexes(session, who, year=year)]
        if index not in known:
            line = IndexLine(index=index, titles={"ka": "მერის ბრძანებები"}, retention_class="orders")
            plan.enter(session, who, office.organisation, line, year=year, classes={"orders"})
        for number in range(2):
            document = letters.letter(session, office, case_index=index, grade=grade, summary=f"წერილი {number}")
            if not number:
                content = contents.enter(
                    session, office.registrar.actor(), organisation_id=document.organisation_id, stored=stored,
                    name="ბრძანება.pdf", media_type="application/pdf",
                )  # fmt: skip
                contents.join(session, office.registrar.actor(), document, content, ContentRole.ORIGINAL)
            case_files.file_document(session, office.registrar.actor(), document)
        case_file = session.scalars(select(CaseFile).order_by(CaseFile.case_file_id.desc())).first()
        case_files.close(session, who, case_file)
        session.flush()
        keeping = session.get(CaseKeeping, case_file.case_file_id) or CaseKeeping(case_file_id=case_file.case_file_id)
        keeping.organisation_id, keeping.state, keeping.retention_class = (
            case_file.organisation_id,
            KeepingState.KEPT,
            "orders",
        )
        keeping.permanent, keeping.until, keeping.action = True, None, Action.TRANSFER
        kept = keep_until(retention_class("orders"), date(2015, 12, 31))
        keeping.transfer_from, keeping.reason, keeping.set_at = kept.transfer_from, kept.to_json(), clock.now()
        session.add(keeping)
        return case_file.case_file_id

    return town.do(act)


def drawn_up(town, *case_file_ids: int) -> int:  # noqa: F811
    fields = {"marked": [str(each) for each in case_file_ids], "archive": "საქართველოს ეროვნული არქივი"}
    answer = town.as_("archivist").post("/transfers/", fields)
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def pack(town, transfer_id: int) -> None:  # noqa: F811
    with town.house.transaction() as session:
        ids = session.scalars(
            select(TransferLine.transfer_line_id).where(TransferLine.transfer_id == transfer_id)
        ).all()
    for each in ids:
        archiving.pack(town.house, each)


def state(town, transfer_id: int) -> TransferState:  # noqa: F811
    with town.house.transaction() as session:
        return session.get_one(Transfer, transfer_id).state


def keeping(town, case_file_id: int) -> KeepingState:  # noqa: F811
    with town.house.transaction() as session:
        return session.get_one(CaseKeeping, case_file_id).state


def test_a_case_file_goes_all_the_way_and_its_package_holds(town, tmp_path):  # noqa: F811
    case_file_id = closed(town)
    archivist = town.as_("archivist")
    assert "01-02" in archivist.get("/transfers/") and "/transfers/" in archivist.get("/cases/")
    transfer_id = drawn_up(town, case_file_id)
    address = f"/transfers/{transfer_id}"
    assert keeping(town, case_file_id) is KeepingState.IN_TRANSFER
    archivist.post(f"{address}/hand-over", status=409)  # not packed yet
    archivist.post("/transfers/", {"marked": [str(case_file_id)], "archive": "x"}, status=422)  # it is in this one
    pack(town, transfer_id)
    pack(town, transfer_id)  # again: nothing happens
    assert state(town, transfer_id) is TransferState.READY
    with town.house.transaction() as session:
        (line,) = session.scalars(select(TransferLine)).all()
        content = session.get_one(Content, line.content_id)
        assert session.scalars(select(EventLine.detail).where(EventLine.kind == Event.TRANSFER_PACKED)).one()["to"]
        content_name, letters_told = content.name, line.letters
    package = archivist.client.get(f"{address}/packages/{line.transfer_line_id}")
    (tmp_path / "package.zip").write_bytes(package.data)
    roots = s.roots(signed_things.authority())
    found = verifying.verify(tmp_path / "package.zip", roots=roots, algorithms=algorithms.load(None))
    assert found.faults == [] and found.found.letters == letters_told == 2 and found.receipts >= 4
    assert content_name == f"{found.found.ident}.zip"
    assert archivist.client.get(f"{address}/inventory.pdf").data.startswith(b"%PDF")

    archivist.post(f"{address}/hand-over")
    archivist.post(f"{address}/accept", {"receipt": "", "day": "t"}, status=422)
    archivist.post(f"{address}/accept", {"receipt": "77", "day": "t", "scan": (io.BytesIO(b"%PDF-1.7"), "receipt.pdf")})
    assert state(town, transfer_id) is TransferState.ACCEPTED
    assert keeping(town, case_file_id) is KeepingState.TRANSFERRED
    assert archivist.client.get(f"{address}/receipt").data == b"%PDF-1.7"
    archivist.get(f"{address}/packages/{line.transfer_line_id}", 404)  # let go: the archive has it
    assert content_name in archivist.get(address)
    assert "77" in archivist.get(address) and address in archivist.get(f"/cases/{case_file_id}")
    for what in ("hand-over", "call-off", "refuse", "accept"):
        archivist.post(f"{address}/{what}", {"reason": "x"}, status=409)
    with town.house.transaction() as session:
        told = session.scalars(
            select(EventLine).where(EventLine.subject_kind == "transfer", EventLine.leaf_id.is_not(None))
        )
        assert {each.kind for each in told} == {
            Event.TRANSFER_DRAWN_UP,
            Event.TRANSFER_HANDED_OVER,
            Event.TRANSFER_ACCEPTED,
        }


def test_a_refusal_and_calling_off_give_the_case_files_back(town):  # noqa: F811
    case_file_id = closed(town)
    archivist = town.as_("archivist")
    first = drawn_up(town, case_file_id)
    archivist.post(f"/transfers/{first}/call-off", status=422)
    archivist.post(f"/transfers/{first}/call-off", {"reason": "სხვა ანაწერით"})
    assert keeping(town, case_file_id) is KeepingState.KEPT
    pack(town, first)  # the job that was waiting finds nothing to do
    assert state(town, first) is TransferState.CALLED_OFF
    second = drawn_up(town, case_file_id)
    pack(town, second)
    archivist.post(f"/transfers/{second}/hand-over")
    archivist.post(f"/transfers/{second}/refuse", {"reason": "ფურცლები აკლია"})
    assert (state(town, second), keeping(town, case_file_id)) == (TransferState.REFUSED, KeepingState.KEPT)
    assert "ფურცლები აკლია" in archivist.get(f"/transfers/{second}") and "01-02" in archivist.get("/transfers/")
    with town.house.transaction() as session:
        numbers = [each.number for each in transfers.transfers(session, town.cast_in(session).archivist.actor())]
    assert [number.split("/")[0] for number in numbers] == ["2", "1"]


def test_the_page_names_what_waits_for_its_day_and_takes_a_scan_later(town):  # noqa: F811
    case_file_id, other = closed(town), closed(town, index="01-03")

    def undated(session, office):
        row = session.get_one(CaseKeeping, other)
        row.retention_class, row.transfer_from = "permits", None

    town.do(undated)
    archivist = town.as_("archivist")
    page = archivist.get("/transfers/")
    assert words.say("ka", "archive.waiting") in page and f"/cases/{other}" in page
    assert f'value="{other}"' not in page and f'value="{case_file_id}"' in page
    transfer_id = drawn_up(town, case_file_id)
    pack(town, transfer_id)
    address = f"/transfers/{transfer_id}"
    archivist.post(f"{address}/hand-over")
    assert 'name="for_good"' not in archivist.get(address)  # it is kept for ever
    archivist.post(f"{address}/accept", {"receipt": "78", "day": "t"})
    assert f"{address}/scan" in archivist.get(address)
    archivist.post(f"{address}/scan", status=422)
    for name in ("stranger", "registrar", "mayor"):
        town.as_(name).post(f"{address}/scan", {"scan": (io.BytesIO(b"%PDF-1.7"), "a.pdf")}, status=403)
    archivist.post(f"{address}/scan", {"scan": (io.BytesIO(b"%PDF-1.7"), "a.pdf")})
    assert archivist.client.get(f"{address}/receipt").data == b"%PDF-1.7"
    assert f"{address}/scan" not in archivist.get(address)
    archivist.post(f"{address}/scan", {"scan": (io.BytesIO(b"%PDF-1.8"), "b.pdf")}, status=409)


def test_a_packer_that_dies_loses_nothing_and_a_spoilt_paper_is_told(town, monkeypatch):  # noqa: F811
    transfer_id = drawn_up(town, closed(town))
    with town.house.transaction() as session:
        (line_id,) = session.scalars(select(TransferLine.transfer_line_id)).all()
    with monkeypatch.context() as dying:
        dying.setattr(packing, "packed", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            archiving.pack(town.house, line_id)  # stored, and killed before its row
    assert state(town, transfer_id) is TransferState.PACKING
    with town.house.transaction() as session:
        (content,) = session.scalars(select(Content).where(Content.name == "ბრძანება.pdf")).all()
    path = town.house.store.root / content.store_key
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1] + b"x")
    with pytest.raises(Corrupt):
        archiving.pack(town.house, line_id)
    page = town.as_("archivist").get(f"/transfers/{transfer_id}")
    assert f"/transfers/{transfer_id}/pack-again" in page
    path.write_bytes(whole)
    town.as_("archivist").post(f"/transfers/{transfer_id}/pack-again")
    archiving.pack(town.house, line_id)
    assert state(town, transfer_id) is TransferState.READY
    with town.house.transaction() as session:
        line = session.get_one(TransferLine, line_id)
        assert (line.state, line.trouble) == (LineState.MADE, None)


def test_the_folder_of_the_archive_gets_each_package_once_and_whole(town, tmp_path):  # noqa: F811
    town.house.settings = town.house.settings.model_copy(update={"archive_dir": tmp_path / "away" / "archive"})
    (tmp_path / "away").write_text("a file in the way")
    transfer_id = drawn_up(town, closed(town), closed(town, index="01-03"))
    pack(town, transfer_id)
    archiving.lay_out(town.house, transfer_id)  # not handed over yet
    town.as_("archivist").post(f"/transfers/{transfer_id}/hand-over")
    with pytest.raises(Unavailable):
        archiving.lay_out(town.house, transfer_id)
    (tmp_path / "away").unlink()
    for _ in range(2):
        archiving.lay_out(town.house, transfer_id)
    laid = sorted(path for path in (tmp_path / "away").rglob("*") if path.is_file())
    assert len(laid) == 2 and all(path.suffix == ".zip" for path in laid)
    with town.house.transaction() as session:
        assert session.get_one(Transfer, transfer_id).laid_out_at is not None


def test_strangers_are_refused_and_so_is_what_is_not_due(town):  # noqa: F811
    case_file_id = closed(town, grade=Grade.PERSONAL)
    transfer_id = drawn_up(town, case_file_id)
    pack(town, transfer_id)
    with town.house.transaction() as session:
        line_id = session.scalars(select(TransferLine.transfer_line_id)).one()
    address = f"/transfers/{transfer_id}"
    package = f"{address}/packages/{line_id}"
    assert town.as_("archivist").client.get(package).status_code == 409  # personal letters lie in it
    assert town.as_("mayor").client.get(package).status_code == 200  # who may read them all
    for name in ("stranger", "registrar", "executor"):
        for page in ("/transfers/", address, f"{address}/inventory.pdf", package):
            assert town.as_(name).client.get(page).status_code == 403, (name, page)
        town.as_(name).post(f"{address}/hand-over", status=403)
    for page in (address, f"{address}/inventory.pdf", package):
        assert town.as_("foreigner").client.get(page).status_code == 404
    town.as_("mayor").post(f"{address}/hand-over", status=403)  # she may look

    def others(session, office):
        for who in (office.registrar, office.mayor):
            with pytest.raises(Forbidden):
                transfers.draw_up(session, who.actor(), [case_file_id], archive="x")
        with pytest.raises(NotFound):
            transfers.draw_up(session, office.archivist.actor(), [case_file_id + 1000], archive="x")
        with pytest.raises(Invalid):
            transfers.draw_up(session, office.archivist.actor(), [], archive="x")

    def not_due(session, office):
        row = session.get_one(CaseKeeping, case_file_id)
        row.state, row.transfer_from = KeepingState.KEPT, clock.today("Asia/Tbilisi") + timedelta(days=1)
        session.flush()
        who = office.archivist.actor()
        assert coming.due(session, who, on=clock.today("Asia/Tbilisi")) == []
        with pytest.raises(RuleBroken):
            transfers.draw_up(session, who, [case_file_id], archive="x")
        row.transfer_from, row.state = clock.today("Asia/Tbilisi"), KeepingState.IN_ACT
        session.flush()
        with pytest.raises(RuleBroken):
            transfers.draw_up(session, who, [case_file_id], archive="x")

    town.do(others)
    town.do(not_due)


def test_what_nobody_has_read_is_not_called_whole(town):  # noqa: F811
    closed(town)
    page = town.as_("archivist").get("/house/fixity/")
    assert words.say("ka", "fixity.head.unread") in page and words.say("ka", "fixity.head.going") not in page


def test_contents_are_read_again_and_what_changed_stands_until_it_is_whole(town):  # noqa: F811
    closed(town)
    with town.house.transaction() as session:
        (content,) = session.scalars(select(Content)).all()
        document = session.scalars(select(Document.document_id).order_by(Document.document_id)).first()
    path = town.house.store.root / content.store_key
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1] + b"x")
    for _ in range(3):  # read, the round is over, read anew
        archiving.read_contents(town.house, None)
    with town.house.transaction() as session:
        (fault,) = session.scalars(select(FixityFault)).all()
        assert fault.mended_at is None and fault.seen_at >= fault.found_at
        archivist = town.cast_in(session).archivist.actor()
        sums = fixity.sums(session, archivist, days=90)
        assert (sums.contents, sums.read, sums.percent, sums.faults) == (1, 1, 100, 1)
        (line,) = fixity.faults(session, archivist)
        assert line.document_id == document
        with pytest.raises(Forbidden):
            fixity.sums(session, town.cast_in(session).registrar.actor(), days=90)
        assert fixity.faults(session, town.cast_in(session).foreign_administrator.actor()) == []
    page = town.as_("archivist").get("/house/fixity/")
    assert f"/letters/{document}" in page and "fmt/14" in page
    assert f"/letters/{document}" in town.as_("archivist").get("/house/fixity/files?kind=application/pdf")
    assert f"/letters/{document}" not in town.as_("administrator").get("/house/fixity/")  # she reads no letters
    assert f"/letters/{document}" not in town.as_("administrator").get("/house/fixity/files?kind=application/pdf")
    for name in ("stranger", "registrar", "foreigner"):
        town.as_(name).get("/house/fixity/", 403)
        town.as_(name).get("/house/fixity/files?kind=application/pdf", 403)
    assert "fmt/14" not in town.as_("foreign_administrator").get("/house/fixity/")
    path.write_bytes(whole)
    for _ in range(2):
        archiving.read_contents(town.house, None)
    with town.house.transaction() as session:
        assert session.scalars(select(FixityFault)).one().mended_at is not None
