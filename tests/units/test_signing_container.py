"""The container: the bytes shown begin the bytes signed, and a signature fills exactly its place."""

from __future__ import annotations

import pytest

from edms.errors import Corrupt, Invalid
from edms.signing import container
from edms.signing.container import Box, Mark
from tests import signatures as s


def test_shown_bytes_begin_the_signed_file() -> None:
    stamped = container.set_marks(s.page(), [Mark(Box(0, 80, 640, 300, 677), s.face())])
    reserved = s.prepared(stamped)
    assert stamped.startswith(s.page()) and len(stamped) > len(s.page())
    assert reserved.pdf.startswith(stamped)


def test_hash_is_over_everything_but_the_container() -> None:
    reserved = s.prepared()
    filled = container.fill(reserved.pdf, reserved.start, reserved.end, b"\x30\x03abc")
    assert container.digest(reserved.pdf, reserved.start, reserved.end) == reserved.digest
    assert container.digest(filled, reserved.start, reserved.end) == reserved.digest
    other = bytearray(filled)
    other[50] ^= 1
    assert container.digest(bytes(other), reserved.start, reserved.end) != reserved.digest


def test_a_shorter_signature_leaves_nothing_of_a_longer_one() -> None:
    reserved = s.prepared()
    long = container.fill(reserved.pdf, reserved.start, reserved.end, b"\xff" * 5000)
    again = container.fill(long, reserved.start, reserved.end, b"\x01" * 10)
    assert again == container.fill(reserved.pdf, reserved.start, reserved.end, b"\x01" * 10)


def test_a_signature_larger_than_its_place_is_refused() -> None:
    reserved = s.prepared()
    room = (reserved.end - reserved.start - 2) // 2
    assert room >= 16 * 1024
    with pytest.raises(Corrupt) as refusal:
        container.fill(reserved.pdf, reserved.start, reserved.end, b"\x00" * (room + 1))
    assert refusal.value.message == "signing.container_too_small"


def test_without_a_face_nothing_is_set_on_the_page() -> None:
    assert len(s.prepared(visible=False).pdf) < len(s.prepared(visible=True).pdf)


@pytest.mark.parametrize("bytes_", [b"", b"%PDF-1.7\n", b"not a pdf at all", b"PK\x03\x04"])
def test_what_is_no_pdf_is_refused(bytes_: bytes) -> None:
    with pytest.raises(Invalid):
        container.set_marks(bytes_, [Mark(Box(0, 0, 0, 10, 10), s.face())])
    with pytest.raises(Invalid):
        s.container.reserve(bytes_, field="Signature1", at=s.clock.now(), name="x")


def test_a_mark_on_a_page_that_is_not_there_is_refused() -> None:
    with pytest.raises(Invalid):
        container.set_marks(s.page(), [Mark(Box(7, 0, 0, 10, 10), s.face())])
