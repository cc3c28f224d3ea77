"""Whatever is sent: a clear reason with words in every language, the original as it came, nothing outside, the rest read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edms import words
from edms.capture.parts import part_of
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import Child
from tests.units import hostile_files as files

QUICK = Limits(cpu_seconds=30, wall_seconds=60.0, memory_bytes=1024 * MIB)
Parts = list[dict[str, Any]]


def looked(whole: bytes, *, act_seconds: float = 5.0) -> tuple[Parts, str | None]:
    """What the sandbox says of these bytes, and how it ended; the bytes and the world outside stay as they were."""
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "content"
        path.write_bytes(whole)
        asked = {"languages": ["ka", "hy", "ru", "en"], "done": 0, "engine": {}, "act_seconds": act_seconds}
        with Child("edms.capture.looking:look", [path], asked, limits=QUICK) as child:
            said = list(child)
            made = set(os.listdir(child.folder))
            outcome = child.outcome
        assert path.read_bytes() == whole and os.listdir(room) == ["content"]
    for part in said:
        part_of(part)
    assert all(name.startswith(("preview-", "thumbnail-", "attachment-")) for name in made)
    return said, outcome.reason


def reason_of(said: Parts, ended: str | None) -> str | None:
    return ended or next((part["reason"] for part in said if part.get("reason")), None)


@pytest.mark.parametrize(
    ("name", "whole", "reason"),
    [
        ("nothing", lambda: b"", "capture.empty"),
        ("bytes of no kind", lambda: files.garbage(), "capture.kind_unknown"),
        (
            "a telephone's photograph",
            lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + files.garbage(),
            "capture.telephone_photo",
        ),
        ("a vector picture that reads our files", lambda: f"{files.XXE}<svg>&e;</svg>".encode(), None),
        ("a PDF cut in half", lambda: files.pdf("x" * 50)[:300], "capture.damaged"),
        ("a PDF with a password", lambda: files.encrypted_pdf(), "capture.locked"),
        ("an archive with a password", lambda: files.locked_archive(), "capture.locked"),
        ("an office document with a password", lambda: files.locked_office(), "capture.locked"),
        (
            "a Word document that reads our files",
            lambda: files.docx("&e;", before=files.XXE),
            "capture.forbidden_markup",
        ),
        ("a Word document of laughs", lambda: files.docx("&i;", before=files.LAUGHS), "capture.forbidden_markup"),
        (
            "an OpenDocument that reads our files",
            lambda: files.odt("&e;", before=files.XXE),
            "capture.forbidden_markup",
        ),
        ("a workbook that reads our files", lambda: files.xlsx("&e;", before=files.XXE), "capture.forbidden_markup"),
        ("a Word document that unfolds a thousandfold", lambda: files.zip_bomb(), "capture.unfolds_too_far"),
        ("a Word document cut in half", lambda: files.docx("text" * 100)[:200], "capture.damaged"),
        ("a picture that claims 3.6 billion pixels", lambda: files.pixel_bomb(), "capture.too_many_pixels"),
        ("a picture cut in half", lambda: files.picture((900, 700), "JPEG")[:500], "capture.page_damaged"),
        ("a letter of 5,000 parts", lambda: files.mail_of_many_parts(), "capture.unfolds_too_far"),
        ("a letter nested 3,000 times", lambda: files.nested_parts(), "capture.unfolds_too_far"),
        ("a damaged archive", lambda: b"PK\x03\x04" + files.garbage(), "capture.damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_it_says_why_it_cannot_be_read(name: str, whole: Callable[[], bytes], reason: str | None) -> None:
    said, ended = looked(whole())
    assert reason_of(said, ended) == reason, name
    assert "root:" not in str(said), "no file of ours"
    if reason is not None:
        for language in ("ka", "hy", "en"):
            assert words.say(language, reason) not in ("", reason)


def test_entities_are_never_followed_wherever_they_stand() -> None:
    said, _ = looked(f"{files.XXE}<svg xmlns='http://www.w3.org/2000/svg'><text>&e;</text></svg>".encode())
    assert "root:" not in str(said)
    utf16 = f"<?xml version='1.0' encoding='UTF-16'?>{files.XXE}<w:document xmlns:w='{files.WORD}'/>".encode("utf-16")
    said, ended = looked(files.archive({"[Content_Types].xml": "<Types/>", "word/document.xml": utf16}))
    assert reason_of(said, ended) == "capture.forbidden_markup"


def test_broken_page_costs_only_itself() -> None:
    said, ended = looked(files.pdf_with_broken_page())
    assert said[0]["pages"] == 2
    assert ended is None and "first page is whole" in said[1]["text"]
    assert said[2] == {"page": 2, "reason": "capture.page_damaged"}
    said, ended = looked(files.broken_tiff())
    assert ended is None and [part.get("reason") for part in said[1:]] == [None, "capture.page_damaged"]


def test_page_that_never_ends_is_stopped_in_time() -> None:
    said, ended = looked(files.hanging_pdf(), act_seconds=1.0)
    assert ended == "sandbox.too_long"
    assert [part["page"] for part in said if "page" in part] == [1], "the page before is kept"


def test_page_that_unfolds_to_100_MB_is_stopped_by_time_or_memory() -> None:
    said, ended = looked(files.deflate_bomb(), act_seconds=1.0)
    pages = {part["page"]: part for part in said if "page" in part}
    if ended is None:
        assert "second page can be read" in pages[2]["text"]
    else:
        assert ended in ("sandbox.too_long", "sandbox.crashed", "sandbox.too_much_memory")


def test_comments_without_end_do_not_hold_up_the_kind() -> None:
    said, ended = looked(files.comments(), act_seconds=2.0)
    assert ended is None and said[0]["media_type"] == "text/plain"


def test_pdf_runs_no_program() -> None:
    said, ended = looked(files.pdf_with_script())
    assert ended is None and "runs a program" in said[1]["text"]


def test_odd_pictures_are_pages_like_others() -> None:
    for whole, pages in ((files.picture((1, 100_000)), 1), (files.picture((100_000, 1)), 1), (files.moving_gif(), 1)):
        said, ended = looked(whole)
        assert ended is None and said[0]["pages"] == pages and reason_of(said, ended) is None
        assert said[1]["preview"]


def test_ten_thousand_pages_are_counted_at_once_and_one_more_refused() -> None:
    path = Path(tempfile.mkdtemp()) / "content"
    path.write_bytes(files.many_pages(10_000))
    asked = {"languages": ["en"], "done": 9_998, "engine": {}}
    with Child("edms.capture.looking:look", [path], asked, limits=QUICK) as child:
        said = list(child)
    assert [part.get("page") for part in said] == [None, 9_999, 10_000] and said[0]["pages"] == 10_000
    said, ended = looked(files.many_pages(10_001))
    assert reason_of(said, ended) == "capture.too_many_pages"


def test_names_come_through_as_they_are_and_links_not_at_all() -> None:
    said, ended = looked(files.archive_of_traversals())
    assert ended is None
    assert {part["name"] for part in said if "name" in part} == {n for n in files.HOSTILE_NAMES if "\r" not in n}
    said, _ = looked(files.archive_with_link())
    assert [part["name"] for part in said if "name" in part] == ["letter.txt"]


def test_name_says_nothing_about_the_kind(tmp_path: Path) -> None:
    """What is called a picture and is a letter is read as a letter: kinds are told from the bytes alone."""
    kinds = {
        files.pdf("text of it"): "application/pdf",
        files.docx("x"): "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        files.odt("x"): "application/vnd.oasis.opendocument.text",
        files.xlsx("x"): "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        files.picture(): "image/png",
        files.picture(kind="TIFF"): "image/tiff",
        files.letter().as_bytes(): "message/rfc822",
        files.container({"a.txt": "x"}): "application/vnd.etsi.asic-e+zip",
        files.archive({"a.txt": "x"}): "application/zip",
        b"<!DOCTYPE html><p>x": "text/html",
        "წერილი".encode(): "text/plain",
        b"{\\rtf1\\ansi letter}": "text/rtf",
        b"junk before\n" + files.pdf("text of it"): "application/pdf",
    }
    assert {whole: looked(whole)[0][0]["media_type"] for whole in kinds} == kinds
