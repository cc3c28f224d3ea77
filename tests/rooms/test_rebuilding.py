"""Nothing is left but the objects of the store: the house is raised from them, field by field (faults.md F17)."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from edms import clock, ledger
from edms.access import keys
from edms.backup import in_store
from edms.db.engine import Urls, engine_for, transaction
from edms.filing.models import CaseFile
from edms.registry import contents
from edms.registry.models import Document
from edms.registry.words import ContentRole
from edms.retention import holds
from edms.storage.folder import FolderStore
from tests.backups import Place
from tests.cast import office
from tests.disposals import DUE, closed_case, confirmed, machine
from workers.sweeping import sweep_store

CHANGED_BY_RESTORING = {"restoration", "sign_in", "job_trouble", "procrastinate_jobs", "procrastinate_events"}


@pytest.fixture
def town(database, committed, tmp_path) -> Iterator[Place]:
    """Letters with papers in closed case files, one of them held."""
    place = Place(tmp_path / "town", database.app_url, database.owner_url)
    keys.create(place.settings.keys_dir)
    ledger.make_key(place.settings.keys_dir / "ledger.pem")
    store = FolderStore(place.settings.contents_dir)
    with clock.at(DUE), transaction(committed) as session:
        cast = office(session)
        confirmed(session, cast)
        case = closed_case(session, cast)
        for document in session.scalars(select(Document)):
            stored = store.put(io.BytesIO(document.number.encode()), limit=100)
            here = document.organisation_id
            paper = contents.enter(session, machine(cast), organisation_id=here, stored=stored, name="სკანი.pdf")
            contents.join(session, machine(cast), document, paper, ContentRole.ORIGINAL)
        held = session.get_one(CaseFile, case.case_file_id)
        holds.place(session, cast.archivist.actor(stepped_up=True), held, reason="სასამართლო", ground="№ 1")
    yield place
    place.close()


def fields(urls: Urls) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    engine = engine_for(urls.owner)
    with engine.connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        found = {
            table: sorted(connection.scalars(text(f'SELECT row_to_json(t)::text FROM "{table}" t')).all())
            for table in tables
            if table not in CHANGED_BY_RESTORING
        }
    engine.dispose()
    return found


def stored_with(town: Place, place: Place) -> Place:
    """The place with the town's store and keys: all that is left."""
    place.environ |= {"EDMS_STORE_DIR": str(town.settings.contents_dir)}
    town.settings.keys_dir.rename(place.settings.data_dir / "keys")
    return place


def test_a_house_is_raised_from_the_store_alone_field_by_field(town: Place, empty_place: Place) -> None:
    made = town.facts("storage", "dump")
    assert made["key"] in {each.key for each in FolderStore(town.settings.contents_dir).walk()}
    before = fields(town.urls)
    late = FolderStore(town.settings.contents_dir).put(io.BytesIO(b"came after the dump"), limit=100)
    empty_place.settings.data_dir.mkdir()
    here = stored_with(town, empty_place)

    assert here.run("storage", "rebuild", code=1).exit_code == 1  # nobody says whose dump it is
    told = here.facts("storage", "rebuild", "--seal", made["seal"])

    assert (told["missing"], told["unknown"], told["documents"]) == ([], 1, 2)
    after = fields(here.urls)
    assert {name for name in before if before[name] != after[name]} == set()
    assert before["document"] and before["hold"] and before["case_keeping"] and before["number"]
    assert late.key in {each.key for each in FolderStore(town.settings.contents_dir).walk()}
    assert "restored" in here.run("serve", code=1).stderr
    here.run("restore", "--accept", "--gap", "0", "--none-destroyed")
    here.run("storage", "verify")
    here.run("ledger", "verify")


def test_what_the_store_lost_is_named_and_a_dump_that_was_changed_is_refused(
    town: Place, empty_place: Place, tmp_path
) -> None:
    store = FolderStore(town.settings.contents_dir)
    paper = next(iter(store.walk())).key
    seal = town.facts("storage", "dump")["seal"]
    dump = in_store.dumps(store)[0]
    with store.open(dump.key) as raw:
        whole = raw.read()
    empty_place.settings.data_dir.mkdir()
    here = stored_with(town, empty_place)

    forged = tmp_path / "forged.tar"
    with tarfile.open(fileobj=io.BytesIO(whole)) as old, tarfile.open(forged, "w") as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == "database.dump":
                content = content[:-1] + b"!"
                member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    planted = put_as_dump(store, forged.read_bytes())
    assert "database.dump" in here.run("storage", "rebuild", "--seal", seal, code=1).stderr
    with tarfile.open(forged, "w") as new:
        link = tarfile.TarInfo("manifest.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        new.addfile(link)
    store.delete(planted)
    planted = put_as_dump(store, forged.read_bytes())
    assert "manifest.json" in here.run("storage", "rebuild", "--seal", seal, code=1).stderr
    assert fields(here.urls) == {}
    store.delete(planted)

    store.delete(paper)
    assert paper in here.run("storage", "rebuild", "--seal", seal, code=4).output


def put_as_dump(store: FolderStore, raw: bytes) -> str:
    """Under a key that says it is the newest dump."""
    key = in_store._key(hashlib.sha256(raw).hexdigest(), clock.now() + timedelta(hours=1))
    store.take_over(key, io.BytesIO(raw))
    return key


def test_old_dumps_make_room_and_the_sweep_of_orphans_leaves_the_rest(town: Place) -> None:
    names = [town.facts("storage", "dump")["dump"] for _ in range(3)]
    kept = [each["dump"] for each in town.facts("storage", "dump", "--list")]
    assert kept == names[:0:-1]
    with clock.at(clock.now() + timedelta(days=town.settings.orphan_days + 1)):
        sweep_store(town.house(), None)
    assert [each["dump"] for each in town.facts("storage", "dump", "--list")] == kept
