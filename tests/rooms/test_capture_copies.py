"""Searchable copies beside the originals: for what was recognised and nothing else, always of the present text."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.capture import copies
from edms.capture.models import PageText, Rendition, RenditionKind
from edms.capture.pdf import Pdf
from edms.db.engine import Sessions
from edms.jobs import Kind
from edms.registry.models import Content
from edms.storage.folder import FolderStore
from tests.rooms.test_capture_reading import Desk, double
from tests.units import hostile_files as files

READS = r"""printf 'level\tpage_num\t\n5\t1\t1\t1\t1\t1\t10\t10\t90\t20\t95\tგანცხადება\n' > $2.tsv"""


@pytest.fixture
def desk(committed: Sessions, tmp_path: Path) -> Desk:
    return Desk(committed, tmp_path / "store")


def photographed(pages: int = 1) -> bytes:
    """A PDF of a scanner: nothing but photographs."""
    sheets = [Image.effect_noise((620, 877), n + 20).convert("RGB") for n in range(pages)]
    made = io.BytesIO()
    sheets[0].save(made, "PDF", resolution=75, save_all=True, append_images=sheets[1:])
    return made.getvalue()


def made(desk: Desk, content_id: int) -> None:
    copies.make(desk.transaction, desk.store, content_id)


def copy_of(desk: Desk, content_id: int, folder: Path) -> Path | None:
    with desk.transaction() as session:
        found = copies.copy_of(session, content_id)
        if found is None:
            return None
        key = found.store_key
    path = folder / "copy.pdf"
    with desk.store.open(key) as stored:
        path.write_bytes(stored.read())
    return path


def kept(store: FolderStore) -> set[str]:
    return {found.key for found in store.walk()}


def test_scan_gets_a_copy_beside_its_untouched_bytes_and_a_new_one_when_its_text_changes(
    desk: Desk, tmp_path: Path
) -> None:
    whole = photographed(3)
    content_id = desk.took_in(whole, "განცხადება.pdf")
    desk.read(content_id, double(tmp_path, READS))
    assert desk.jobs(Kind.MAKE_COPY) == [content_id]
    made(desk, content_id)
    copy = copy_of(desk, content_id, tmp_path)
    assert copy is not None
    assert [Pdf(copy).layer(n).text for n in (1, 2, 3)] == ["განცხადება"] * 3
    before = kept(desk.store)
    with desk.transaction() as session:
        second = session.scalars(select(PageText).where(PageText.page == 2)).one()
        second.text, second.words = "თხოვნა", [["თხოვნა", *second.words[0][1:]]]
        original = session.get_one(Content, content_id).store_key
    made(desk, content_id)
    copy = copy_of(desk, content_id, tmp_path)
    assert copy is not None
    assert [Pdf(copy).layer(n).text for n in (1, 2, 3)] == ["განცხადება", "თხოვნა", "განცხადება"]
    assert len(kept(desk.store)) == len(before), "the older copy is gone"
    with desk.store.open(original) as stored:
        assert hashlib.sha256(stored.read()).digest() == hashlib.sha256(whole).digest()


def test_copy_of_a_text_that_was_changed_meanwhile_is_not_kept(desk: Desk, tmp_path: Path) -> None:
    content_id = desk.took_in(photographed())
    desk.read(content_id, double(tmp_path, READS))
    turns = 0

    @contextmanager
    def changing() -> Iterator[Session]:
        nonlocal turns
        turns += 1
        if turns == 2:  # between the making and the keeping
            with desk.transaction() as session:
                session.scalars(select(PageText)).one().text = "თხოვნა"
        with desk.transaction() as session:
            yield session

    before = kept(desk.store)
    copies.make(changing, desk.store, content_id)
    assert copy_of(desk, content_id, tmp_path) is None and kept(desk.store) == before
    made(desk, content_id)
    assert copy_of(desk, content_id, tmp_path) is not None


def test_what_has_a_text_of_its_own_gets_none(desk: Desk, tmp_path: Path) -> None:
    def with_scan(pdf: pikepdf.Pdf) -> None:
        with pikepdf.open(io.BytesIO(photographed())) as scanned:
            pdf.pages.append(scanned.pages[0])

    for whole in (files.pdf("A letter with a text of its own"), files.pdf("Both", extra=with_scan), b"plain words"):
        content_id = desk.took_in(whole)
        desk.read(content_id, double(tmp_path, READS))
        made(desk, content_id)
    assert desk.jobs(Kind.MAKE_COPY) == []
    with desk.transaction() as session:
        assert session.scalars(select(Rendition).where(Rendition.kind == RenditionKind.SEARCHABLE)).all() == []


def test_signed_scan_gets_none_and_its_bytes_stay(desk: Desk, tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(photographed())) as pdf:
        signature = pikepdf.Dictionary(ByteRange=[0, 1, 2, 3], Contents=b"\x00" * 8)
        pdf.Root.Perms = pikepdf.Dictionary(DocMDP=pdf.make_indirect(signature))
        signed = io.BytesIO()
        pdf.save(signed, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    content_id = desk.took_in(signed.getvalue())
    desk.read(content_id, double(tmp_path, READS))
    before = kept(desk.store)
    made(desk, content_id)
    assert copy_of(desk, content_id, tmp_path) is None and kept(desk.store) == before


def test_scan_that_is_damaged_keeps_no_half_of_a_copy(desk: Desk, tmp_path: Path) -> None:
    content_id = desk.took_in(photographed())
    desk.read(content_id, double(tmp_path, READS))
    with desk.transaction() as session:
        damaged = desk.store.put(io.BytesIO(b"%PDF-1.4\n" + random.Random(1).randbytes(5000)), limit=1 << 20)
        session.get_one(Content, content_id).store_key = damaged.key
    before = kept(desk.store)
    made(desk, content_id)
    assert copy_of(desk, content_id, tmp_path) is None and kept(desk.store) == before
