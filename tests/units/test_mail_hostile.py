"""Mail made to be read wrongly or without end: each is read in bounded time, and no name of it lies to whoever reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from edms.capture import envelope
from edms.capture.mail import LONGEST_HEADER, header, mail
from edms.registry.card import clean
from edms.registry.contents import kept_name

PLAIN = b"From: a@b.example\r\nSubject: x\r\n"


def read(tmp_path: Path, whole: bytes):
    path = tmp_path / "letter.eml"
    path.write_bytes(whole)
    return mail(path)


@pytest.mark.parametrize(
    "whole",
    [
        b"Subject: " + b"x" * 10_000_000 + b"\r\n\r\nhi",
        b"Subject: " + b"=?a?q?x" * 300_000 + b"\r\n\r\nhi",
        b"From: " + b"=?a?b?" * 300_000 + b"\r\n\r\nhi",
        b"Received: from a by b; x\r\n" * 100_000 + PLAIN + b"\r\nhi",
        b"To: " + b'"' * 100_000 + b"<a@b.c>, " * 100_000 + b"\r\n" + PLAIN + b"\r\nhi",
    ],
    ids=["long", "words without end", "words without code", "a hundred thousand stations", "a hundred thousand people"],
)
def test_headers_without_end_are_cut_and_the_letter_is_read(tmp_path: Path, whole: bytes) -> None:
    letter = read(tmp_path, whole)
    assert letter.text.endswith("hi") and len(letter.text) < 3 * LONGEST_HEADER
    fields = envelope.headers(whole)
    assert len(header(fields.get("subject", "")[:2_000])) <= 2_000


def test_no_encoding_makes_a_header_raise_or_hold_what_the_database_refuses() -> None:
    for raw in (
        "=?nope?b?////?=", "=?utf-16?b?/w==?=", "=?utf-8?b?AGEA?=", "=?unicode_escape?q?=5Cud800?=", "=?idna?q?xn--=2E?=",
        "=?zlib?b?eJw=?=", "=?rot13?q?abc?=", "=?base64?b?AAAA?=", "\udcff\udcfe", "=?utf-7?q?+2AA-?=",
    ):  # fmt: skip
        said = header(raw)
        said.encode()
        assert "\0" not in said and "\n" not in said, raw


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("inv\u202efdp.exe", "invfdp.exe"), ("\u2066a\u2069.pdf", "a.pdf"), ("a\0b.pdf", "ab.pdf"),
        ("a.pdf\r\nSet-Cookie: x", "a.pdfSet-Cookie: x"), ("\x1b[2Ja.pdf", "[2Ja.pdf"), ("\ud800.pdf", ".pdf"),
        ("\u202e\0", "-"), ("წერილი №5 — ա.pdf", "წერილი №5 — ա.pdf"), ("x" * 600, "x" * 500),
    ],
)  # fmt: skip
def test_a_file_is_called_as_it_is_seen(written: str, kept: str) -> None:
    assert kept_name(written) == kept


def test_a_senders_name_turns_nothing_around() -> None:
    assert clean("\u202eრეგ\u202c ბერიძე\0") == "რეგ ბერიძე"
    assert header("=?utf-8?b?4oCuZ25wLmV4ZQ==?= <a@b.example>") == "gnp.exe <a@b.example>"
    fields = envelope.headers(b"From: \xe2\x80\xaea@b.example\r\n\r\n")
    assert clean(envelope.sender(fields)) == "a@b.example"


def test_a_thousand_attachments_are_refused_in_words_and_one_name_in_pieces_is_read(tmp_path: Path) -> None:
    part = b"--z\r\nContent-Disposition: attachment; filename*0=a; filename*1=%d.pdf\r\n\r\nx\r\n"
    begin = PLAIN + b"Content-Type: multipart/mixed; boundary=z\r\n\r\n"
    assert [a.name for a in read(tmp_path, begin + part % 1 + b"--z--").attachments] == ["a1.pdf"]
    with pytest.raises(Exception, match="unfolds_too_far"):
        read(tmp_path, begin + b"".join(part % n for n in range(1_000)) + b"--z--")
