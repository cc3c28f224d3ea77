"""Packages, pure: the same for the same letters, as their schemas want them, and nothing hostile is believed."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from edms.archive.package.checking import check
from edms.archive.package.found import heard, told
from edms.archive.package.parts import Act, Agent, Letter, Paper, Signature, Whole
from edms.archive.package.writing import SCHEMAS, write
from edms.errors import Corrupt

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OFFICE = Agent("kvemo", "organization", "ქვემოს მერია")
CASE = [
    ("index", "12-05", {}), ("year", "2026", {}), ("volume", "1", {}), ("title", "გზები", {}), ("openedOn", "2026-01-01", {}),
    ("sheets", "3", {}), ("letters", "2", {}), ("retentionClass", "orders", {}),
]  # fmt: skip
WHOLE = Whole("kvemo_12-05", "12-05", "ka", OFFICE, AT, "edms 1", case=CASE, readme="წაიკითხეთ", bag_info=[("A", "b")])
TOP = "kvemo_12-05/data/kvemo_12-05"


class Counted(io.RawIOBase):
    """A paper of any size, made as it is read; remembers how much was asked for at once."""

    most = 0

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        Counted.most = max(Counted.most, len(buffer))
        count = min(len(buffer), self._left)
        buffer[:count] = b"x" * count
        self._left -= count
        return count


def paper(content_id: int, whole: bytes, name: str, **more) -> Paper:
    sha256 = hashlib.sha256(whole).hexdigest()
    return Paper(
        content_id, name, "original", "application/pdf", len(whole), sha256, AT, lambda: io.BytesIO(whole), **more
    )


def letter(place: int, *papers: Paper) -> Letter:
    card = [
        ("number", f"12-{place}", {}), ("register", "შემოსული", {"code": "in"}), ("kind", "incoming", {}), ("type", "letter", {}),
        ("registeredAt", "2026-01-02T03:04:05Z", {}), ("registeredOn", "2026-01-02", {}), ("receivedOn", None, {}),
        ("grade", "open", {}), ("language", "ka", {}), ("summary", "თხოვნა \x01", {}), ("sheets", "1", {}),
        ("annexSheets", "0", {}), ("state", "filed", {}),
    ]  # fmt: skip
    who = Agent("official-3", "person", "ნინო", "რეგისტრატორი")
    acts = [Act(place * 10, "document:registered", "registered", AT, who, papers[0].content_id, {"format": "x"})]
    return Letter(place, f"12-{place}", card, [("reply_to", "11")], papers, acts)


def made(*letters: Letter) -> bytes:
    target = io.BytesIO()
    write(target, WHOLE, letters)
    return target.getvalue()


@pytest.fixture(scope="module")
def package() -> bytes:
    signed = Signature("passed", AT, b"<report/>", b"{}", "B-LTA", AT, ["ნინო"])
    hostile = paper(
        1, b"%PDF one", "../../გ\x00\u202efdp.exe.pdf", signature=signed, copy=lambda: io.BytesIO(b"%PDF copy")
    )
    return made(letter(1, hostile, paper(2, b"two", "a.eml", of=1)), letter(2, paper(3, b"three", "no ending")))


def looked(folder: Path, whole: bytes):
    path = folder / "package.zip"
    path.write_bytes(whole)
    return check(path)


def changed(package: bytes, **files: bytes | None) -> bytes:
    """The package with files put in, exchanged, or (None) left out; `__` stands for a folder."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as opened, zipfile.ZipFile(target, "w") as again:
        held = {name: opened.read(name) for name in opened.namelist()}
        for name, content in {**held, **files}.items():
            if content is not None:
                again.writestr(name, content)
    return target.getvalue()


def test_the_same_letters_give_the_same_bytes_and_the_look_finds_them_whole(package: bytes, tmp_path: Path) -> None:
    again = Signature("passed", AT, b"<report/>", b"{}", "B-LTA", AT, ["ნინო"])
    first = paper(
        1, b"%PDF one", "../../გ\x00\u202efdp.exe.pdf", signature=again, copy=lambda: io.BytesIO(b"%PDF copy")
    )
    assert (
        made(letter(1, first, paper(2, b"two", "a.eml", of=1)), letter(2, paper(3, b"three", "no ending"))) == package
    )
    found = looked(tmp_path, package)
    assert found.faults == [] and found.letters == 2 and len(found.receipts) == 2
    (signed,) = found.signed
    assert signed.path == f"{TOP}/representations/rep1/data/0001/papers/01.pdf"
    assert [name for name, _ in signed.beside] == ["a.eml"]
    assert heard(list(told(found))) == found


def test_every_description_is_as_its_schema_wants_it(package: bytes) -> None:
    schemas = {name: etree.XMLSchema(etree.parse(SCHEMAS / name)) for name in ("mets.xsd", "edms-records-1.xsd")}
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        names = opened.namelist()
        tables = [name for name in names if name.endswith("METS.xml")]
        assert len(tables) == 3  # of the whole, of the originals, of the copies
        for name in tables:
            schemas["mets.xsd"].assertValid(etree.fromstring(opened.read(name)))
        schemas["edms-records-1.xsd"].assertValid(
            etree.fromstring(opened.read(f"{TOP}/metadata/descriptive/records.xml"))
        )
        assert all(info.compress_type == zipfile.ZIP_STORED for info in opened.infolist())
        assert opened.read(f"{TOP}/representations/rep1/data/0002/papers/01.pdf") == b"three"


def test_what_was_changed_added_or_taken_out_is_named(package: bytes, tmp_path: Path) -> None:
    one = f"{TOP}/representations/rep1/data/0001/papers/01.pdf"
    for files, message in (
        ({one: b"%PDF 0ne"}, "archive.fault.changed"),
        ({one: None}, "archive.fault.missing"),
        ({f"{TOP}/representations/rep1/data/0001/papers/09.pdf": b"more"}, "archive.fault.not_listed"),
        ({f"{TOP}/METS.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}, "archive.fault.changed"),
        ({"kvemo_12-05/manifest-sha256.txt": b""}, "archive.fault.changed"),
    ):
        faults = looked(tmp_path, changed(package, **files)).faults
        assert message in {fault.message for fault in faults}, (files, faults)


def test_hostile_names_and_no_zip_at_all_are_refused(package: bytes, tmp_path: Path) -> None:
    for name in ("../escape", "/root", "kvemo_12-05/../x", "other/top", "kvemo_12-05/a\\b"):
        assert [f.message for f in looked(tmp_path, changed(package, **{name: b"x"})).faults] == ["archive.fault.names"]
    assert [fault.message for fault in looked(tmp_path, b"PK not a zip").faults] == ["archive.fault.unreadable"]
    assert looked(tmp_path, package[: len(package) // 2]).faults


def test_a_paper_that_is_not_what_was_registered_stops_the_package() -> None:
    false = paper(1, b"registered", "a.pdf")
    with pytest.raises(Corrupt):
        made(letter(1, Paper(**{**vars(false), "opens": lambda: io.BytesIO(b"other, yes")})))


def test_memory_does_not_grow_with_a_paper(tmp_path: Path) -> None:
    size = 40 << 20
    sha256 = hashlib.sha256(b"x" * size).hexdigest()
    large = Paper(
        1, "large.tif", "original", "image/tiff", size, sha256, AT, lambda: io.BufferedReader(Counted(size), 1 << 16)
    )
    with (tmp_path / "package.zip").open("wb") as target:
        assert write(target, WHOLE, [letter(1, large)]).size > size
    assert Counted.most <= 1 << 20
    assert check(tmp_path / "package.zip").faults == []
