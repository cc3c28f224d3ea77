"""Erasing by an act: everything goes that must, what others use stays, a death in the middle loses and forgets nothing."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import threading

import pytest
from sqlalchemy import func, select, text

from edms import clock, ledger, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.bootstrap import House
from edms.capture.models import PageText, Rendition, RenditionKind, TextSource
from edms.cli.proofs import READERS
from edms.config import Settings
from edms.db.base import Base
from edms.db.engine import Urls, transaction
from edms.db.migrations.draft import import_models
from edms.errors import Forbidden, NotFound, RuleBroken, Unavailable
from edms.filing.models import CaseFile
from edms.ledger.models import LedgerSalt
from edms.overview.reading import read
from edms.overview.tracking import tracked
from edms.registry import contents
from edms.registry.models import Content, Document, DocumentContent
from edms.registry.words import ContentRole, DocumentState
from edms.retention import erasing, holds, traces
from edms.retention.act_models import ActState, DisposalAct, Leftover, Stub
from edms.retention.models import CaseKeeping, KeepingState
from edms.routing.talk.models import Comment
from edms.staff.actors import actor_for
from edms.staff.models import Official
from edms.storage.folder import FolderStore
from tests import cast
from tests.conftest import empty
from tests.disposals import DUE, begun, closed_case, confirmed, machine
from workers import disposal

SECRET = "ანა კალანდაძე"


@pytest.fixture
def house(database, committed, tmp_path):
    settings = Settings(data_dir=tmp_path)
    settings.keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    return House(settings, urls, database.engine, committed, FolderStore(settings.contents_dir))


@pytest.fixture(autouse=True)
def _due():
    with clock.at(DUE):
        yield


def paper(house, session, office, document, words_: bytes, *, parent: Content | None = None) -> Content:
    """A content on a letter with its text and its picture."""
    stored = house.store.put(io.BytesIO(words_), limit=100)
    made = contents.enter(
        session, machine(office), organisation_id=document.organisation_id, stored=stored, name="ანას წერილი.pdf",
        parent_id=parent.content_id if parent else None,
    )  # fmt: skip
    contents.join(session, machine(office), document, made, ContentRole.ORIGINAL)
    picture = house.store.put(io.BytesIO(b"picture of " + words_), limit=200).key
    session.add(PageText(content_id=made.content_id, page=1, text=SECRET, source=TextSource.OCR, words=[]))
    session.add(
        Rendition(
            content_id=made.content_id, kind=RenditionKind.PREVIEW, page=1, store_key=picture, media_type="image/png"
        )
    )
    session.flush()
    return made


def staged(house, letters: int = 2, cases: int = 1):
    """An act that is being erased; its id, its cases, the letters' ids."""
    with transaction(house.sessions) as session:
        office = cast.office(session)
        confirmed(session, office)
        made = [closed_case(session, office, index=f"12-0{n}", letters=letters) for n in range(1, cases + 1)]
        ids = []
        for case in made:
            for document in session.scalars(select(Document).where(Document.case_file_id == case.case_file_id)):
                paper(house, session, office, document, f"წერილი {document.number}".encode())
                session.add(
                    Comment(
                        document_id=document.document_id, author_id=office.mayor.official_id, text=SECRET,
                        at=clock.now(),
                    )
                )  # fmt: skip
                ids.append(document.document_id)
        act = begun(session, office, *made)
        return act.disposal_act_id, [case.case_file_id for case in made], ids, office


def here(session, person) -> Actor:
    """The person's rights as this session reads them."""
    return actor_for(session, session.get_one(Official, person.official_id))


def files(house) -> int:
    return sum(1 for _ in house.store.walk())


def everything(session) -> str:
    """All rows of all tables, as text."""
    import_models()
    found = []
    for table in Base.metadata.tables:
        found += session.scalars(text(f"SELECT t::text FROM {table} AS t"))
    return "\n".join(found)


def test_all_of_a_letter_goes_and_its_stub_stays(house) -> None:
    act_id, [case_id], ids, office = staged(house)
    with transaction(house.sessions) as session:
        numbers = {d.document_id: d.number for d in session.scalars(select(Document).where(Document.document_id.in_(ids)))}  # fmt: skip
        assert SECRET in everything(session)
    assert files(house) == 4
    disposal.erase(house, act_id)
    assert files(house) == 0
    with transaction(house.sessions) as session:
        assert SECRET not in everything(session)
        act = session.get_one(DisposalAct, act_id)
        assert act.state is ActState.DONE
        number = session.get_one(Document, act.document_id).number
        for document in session.scalars(select(Document).where(Document.document_id.in_(ids))):
            assert document.state is DocumentState.DESTROYED and document.number == numbers[document.document_id]
            assert number in document.summary and document.correspondent_name is None
            stub = session.get_one(Stub, document.document_id)
            assert [each["role"] for each in stub.hashes] == ["original"] and stub.leaf_id is not None
            assert read(session, here(session, office.registrar), document.document_id) is document
            for permission in (Permission.DOCUMENT_CORRECT, Permission.DOCUMENT_DISPATCH, Permission.COMMENT_WRITE):
                assert not permits(here(session, office.registrar), permission, document)
            with pytest.raises(NotFound):
                read(session, here(session, office.stranger), document.document_id)
            with pytest.raises(Forbidden):
                holds.place(session, here(session, office.lawyer), document, reason="დავა", ground="სასამართლო")
        assert session.get_one(CaseKeeping, case_id).state is KeepingState.DESTROYED
        salts = select(func.count()).where(LedgerSalt.document_id.in_(ids), LedgerSalt.facts["summary"].is_not(None))
        assert session.scalar(salts) == 0
    house.seal()
    with transaction(house.sessions) as session:
        assert ledger.verify(session, [house.ledger_signer.verifier]).difference is None
        assert list(ledger.verify_facts(session, READERS)) == []


def test_a_scan_that_another_letter_was_cut_from_too_stays_until_that_one_goes(house) -> None:
    with transaction(house.sessions) as session:
        office = cast.office(session)
        confirmed(session, office)
        case, other = closed_case(session, office), closed_case(session, office, index="12-06")
        one, two = (
            session.scalars(select(Document).where(Document.case_file_id == each.case_file_id)).first()
            for each in (case, other)
        )
        stored = house.store.put(io.BytesIO(b"batch"), limit=100)
        batch = contents.enter(
            session, machine(office), organisation_id=one.organisation_id, stored=stored, name="batch.pdf"
        )
        mine, theirs = (paper(house, session, office, each, each.number.encode(), parent=batch) for each in (one, two))
        moved = paper(house, session, office, two, b"moved", parent=mine)  # a page that went to the other letter
        act = begun(session, office, case)
    disposal.erase(house, act.disposal_act_id)
    with transaction(house.sessions) as session:
        stay = set(session.scalars(select(Content.content_id)))
        assert stay == {batch.content_id, theirs.content_id, moved.content_id}
        assert session.get_one(Content, moved.content_id).parent_id is None
        assert traces.contents_of(session, [two.document_id], []) != []
        assert set(traces.contents_of(session, [two.document_id], [])) == stay
    assert files(house) == 5


def test_a_death_between_the_decision_and_the_bytes_is_made_good(house, monkeypatch) -> None:
    act_id, cases, _, _ = staged(house, cases=2)
    deleted = []

    def dies(key: str) -> None:
        deleted.append(key)
        if len(deleted) == 2:
            raise SystemExit  # the machine stops here
        FolderStore.delete(house.store, key)

    monkeypatch.setattr(house.store, "delete", dies)
    with pytest.raises(SystemExit):
        disposal.erase(house, act_id)
    with transaction(house.sessions) as session:
        states = [session.get_one(CaseKeeping, each).state for each in cases]
        assert states == [KeepingState.DESTROYED, KeepingState.IN_ACT]
        assert session.scalar(select(func.count()).select_from(Leftover)) == 3
        assert not erasing.end(session, act_id)
    monkeypatch.undo()
    disposal.erase(house, act_id)
    assert files(house) == 0
    with transaction(house.sessions) as session:
        assert session.get_one(DisposalAct, act_id).state is ActState.DONE
        assert session.scalar(select(func.count()).select_from(Leftover)) == 0


KILLED = """
import os, signal, sys
from edms.bootstrap import House
from edms.config import Settings
from edms.db.engine import Urls, engine_for, sessions_of
from edms.retention import erasing
from edms.storage.folder import FolderStore
from pathlib import Path
from workers import disposal
app, owner, folder, act = sys.argv[1:]
settings = Settings(data_dir=Path(folder))
engine = engine_for(app, pool_size=2)
house = House(settings, Urls(app, owner), engine, sessions_of(engine), FolderStore(settings.contents_dir))
deciding = erasing.destroy
def half(*given):
    deciding(*given)
    os.kill(os.getpid(), signal.SIGKILL)  # all is written, nothing is committed
erasing.destroy = half
disposal.erase(house, int(act))
"""


def test_kill_9_in_the_middle_of_a_decision_leaves_the_case_whole(house, database) -> None:
    act_id, [case_id], ids, _ = staged(house)
    folder = str(house.settings.data_dir)
    died = subprocess.run([sys.executable, "-c", KILLED, database.app_url, database.owner_url, folder, str(act_id)])
    assert died.returncode == -signal.SIGKILL
    with transaction(house.sessions) as session:
        assert session.get_one(CaseKeeping, case_id).state is KeepingState.IN_ACT
        assert session.scalar(select(func.count()).where(DocumentContent.document_id.in_(ids))) == 2
    assert files(house) == 4
    disposal.erase(house, act_id)
    assert files(house) == 0


def test_bytes_that_cannot_be_erased_are_seen_and_tried_again(house, monkeypatch) -> None:
    act_id, _, _, _ = staged(house, letters=1)

    def locked(key: str) -> None:
        raise RuleBroken("storage.locked")

    def away(key: str) -> None:
        raise Unavailable("storage.no_answer")

    for refuses in (locked, away):
        monkeypatch.setattr(house.store, "delete", refuses)
        try:
            disposal.erase(house, act_id)
        except Unavailable:
            assert refuses is away
        with transaction(house.sessions) as session:
            left = session.scalars(select(Leftover)).all()
            assert len(left) == 2 and any(each.trouble for each in left)
            assert session.get_one(DisposalAct, act_id).state is ActState.ERASING
    monkeypatch.undo()
    with transaction(house.sessions) as session:
        assert erasing.begin_due(session) == 1  # the round sends it on
    disposal.erase(house, act_id)
    assert files(house) == 0


def test_a_hold_and_the_erasing_race_and_nothing_held_is_destroyed(house, emptying) -> None:
    for n in range(3):
        act_id, [case_id], ids, office = staged(house, letters=1)
        ready = threading.Barrier(2)
        placed: list[bool] = []

        def hold(case_id=case_id, office=office, ready=ready, placed=placed) -> None:
            with clock.at(DUE), transaction(house.sessions) as session:
                actor = here(session, office.lawyer)
                ready.wait()
                try:
                    holds.place(session, actor, session.get_one(CaseFile, case_id), reason="დავა", ground="წერილი")
                    placed.append(True)
                except RuleBroken:
                    placed.append(False)

        other = threading.Thread(target=hold)
        other.start()
        ready.wait()
        disposal.erase(house, act_id)
        other.join()
        with transaction(house.sessions) as session:
            destroyed = session.get_one(CaseKeeping, case_id).state is KeepingState.DESTROYED
            assert destroyed is not placed[0], n
            assert session.get_one(Document, ids[0]).state is (
                DocumentState.DESTROYED if destroyed else DocumentState.FILED
            )
        with emptying.begin() as connection:
            empty(connection)


def test_the_act_and_its_certificate_are_printed_onto_its_document(house) -> None:
    act_id, _, ids, _ = staged(house)
    disposal.print_act(house, act_id)
    disposal.erase(house, act_id)
    disposal.print_act(house, act_id)
    disposal.print_act(house, act_id)  # again: nothing is doubled
    with transaction(house.sessions) as session:
        act = session.get_one(DisposalAct, act_id)
        places = contents.papers(session, session.get_one(Document, act.document_id))
        assert [place.content_id for place in places] == [act.paper_id, act.certificate_id]
        keys = [place.content.store_key for place in places]
        stubs = session.scalars(select(Stub)).all()
        hashes = [each["sha256"] for stub in stubs for each in stub.hashes]
        numbers = session.scalars(select(Document.number).where(Document.document_id.in_(ids))).all()
    pypdfium2 = pytest.importorskip("pypdfium2")
    said = []
    for key in keys:
        with house.store.open(key) as stream:
            pdf = pypdfium2.PdfDocument(stream.read())
            said.append("".join(page.get_textpage().get_text_bounded() for page in pdf).replace("\r\n", ""))
    assert "12-01" in said[0] and words.say("ka", "paper.disposal_act") in said[0]
    assert all(each in said[1].replace("\n", "") for each in (*hashes, *numbers))


def test_every_table_that_speaks_of_a_letter_is_named() -> None:
    import_models()
    speaking = {
        table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in ("document_id", "content_id", "draft_id", "draft_ref")
        or any(key.column.table.name in ("document", "content", "draft") for key in column.foreign_keys)
    }
    named = {table for table in speaking if any(f" {table} " in f"{statement} " for statement in traces.ERASE)}
    assert speaking - named - traces.STAYS == set()
    assert named & traces.STAYS == set()


def test_the_citizen_is_told_that_the_letter_is_destroyed(house) -> None:
    act_id, _, ids, _ = staged(house, letters=1)
    disposal.erase(house, act_id)
    with transaction(house.sessions) as session:
        told = tracked(session, session.get_one(Document, ids[0]), "ka")
        assert told.where[0] == "overview.track.destroyed"
        assert told.steps[-1] == ("overview.step.destroyed", None, True)
