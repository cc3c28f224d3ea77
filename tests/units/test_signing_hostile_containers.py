"""Containers made to break the public check: each is answered with a sentence, in bounded time and room.

What takes its time or room is judged in the child, as the page does; the rest directly.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable

import pytest

from edms import clock, words
from edms.signing import verdicts
from edms.signing.examination import examine
from edms.signing.validation import validate
from edms.signing.verdicts import TOO_MANY, UNREADABLE, UNSIGNED, Bottom, Finding, Verdict
from tests import signatures as s
from tests import signed_things

MIMETYPE = ("mimetype", b"application/vnd.etsi.asic-e+zip")
SIGNATURE = b"<Signature xmlns='http://www.w3.org/2000/09/xmldsig#' Id='%s'/>"


def packed(*entries: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, whole in (MIMETYPE, *entries):
            archive.writestr(name, whole)
    return made.getvalue()


def xml(count: int, name: bytes = b"x") -> bytes:
    return b"<a>" + SIGNATURE % name * count + b"</a>"


def bomb() -> bytes:
    entities = b"".join(b"<!ENTITY b%d '%s'>" % (n + 1, b"&b%d;" % n * 10) for n in range(20))
    return b"<!--" + b"x" * 9000 + b"--><!DOCTYPE x [<!ENTITY b0 'aaaa'>" + entities + b"]><x>&b19;</x>"


def nested() -> bytes:
    whole = b"\0" * (1 << 20)
    for _ in range(5):
        whole = packed(("in.asice", whole))
    return whole


def encrypted() -> bytes:
    whole = bytearray(packed(("a", b"hello"), ("META-INF/signatures.xml", xml(1)), how=zipfile.ZIP_STORED))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = whole.find(mark)
        while at >= 0:
            whole[at + flags] |= 1
            at = whole.find(mark, at + 4)
    return bytes(whole)


def announced() -> bytes:
    """Ten entries that say that they unfold to four gigabytes each."""
    whole = bytearray(packed(*((f"f{n}", b"x") for n in range(10))))
    at = whole.find(b"PK\x01\x02")
    while at >= 0:
        whole[at + 24 : at + 28] = b"\xf0\xff\xff\xff"
        at = whole.find(b"PK\x01\x02", at + 4)
    return bytes(whole)


def overlapping() -> bytes:
    """Nine hundred entries that are all the same bytes."""
    one = packed(("a", b"\0" * (1 << 20)))
    middle, end = one.find(b"PK\x01\x02"), one.find(b"PK\x05\x06")
    listed = one[middle:end] * 900
    return one[:middle] + listed + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1800, 1800, len(listed), middle, 0)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "entries": (lambda: packed(*((f"f{n}", b"") for n in range(1_100))), UNREADABLE),
    "deep names": (lambda: packed(("d/" * 20_000 + "x", b"x")), UNREADABLE),
    "entities": (lambda: packed(("META-INF/signatures.xml", bomb())), UNREADABLE),
    "deep XML": (lambda: packed(("META-INF/signatures.xml", b"<a>" * 200_000)), UNREADABLE),
    "signatures in one XML": (lambda: packed(("META-INF/signatures.xml", xml(1_000))), TOO_MANY),
    "signatures in many XML": (
        lambda: packed(*((f"META-INF/signatures{n}.xml", xml(39)) for n in range(900))),
        TOO_MANY,
    ),
    "signatures in few XML": (lambda: packed(*((f"META-INF/signatures{n}.xml", xml(39)) for n in range(3))), TOO_MANY),
    "many CMS": (lambda: packed(*((f"META-INF/signature{n}.p7s", b"x") for n in range(900))), TOO_MANY),
    "nested": (nested, UNSIGNED),
    "encrypted": (encrypted, UNREADABLE),
    "overlapping": (overlapping, UNREADABLE),
    "announced": (announced, UNREADABLE),
    "beyond the end": (lambda: packed()[:-22] + b"PK\x06\x06" + b"\xff" * 90, UNREADABLE),
}
NAMES = ("../../etc/passwd", "/etc/passwd", "C:letter.txt", "a/../b", "..\\b", "./a", "a\x07b", "x" * 2_000)
TWINS = (("a", "a"), ("letter.txt", "Letter.TXT"), ("caf\u00e9", "cafe\u0301"), ("a\0b", "a"))


@pytest.mark.parametrize("kind", HOSTILE)
def test_it_is_answered_with_a_sentence(kind: str) -> None:
    make, reason = HOSTILE[kind]
    verdict = examine(make(), s.roots(), at=clock.now())
    assert (verdict.bottom, verdict.reason) == (Bottom.INDETERMINATE, reason)
    for speaks in words.LANGS:
        assert words.say(speaks, verdict.reason).endswith((".", "։"))


def test_what_unfolds_without_end_dies_in_the_child_alone() -> None:
    manifest = ("META-INF/ASiCManifest.xml", b"<a>" + b"<b/>" * 20_000_000)
    verdict = validate(packed(manifest, ("META-INF/signature.p7s", b"x")), s.roots())
    assert verdict.bottom is Bottom.INDETERMINATE and not any(finding.who for finding in verdict.findings)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_out_of_the_container_is_not_judged(name: str) -> None:
    assert examine(packed((name, b"x"), ("META-INF/signatures.xml", xml(1))), s.roots(), at=clock.now()).reason == UNREADABLE  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twins", TWINS)
def test_names_that_another_program_takes_for_one_are_not_judged(twins: tuple[str, str]) -> None:
    entries = [(name, f"{n}".encode()) for n, name in enumerate(twins)]
    verdict = examine(packed(*entries, ("META-INF/signatures.xml", xml(1))), s.roots(), at=clock.now())
    assert verdict.reason == UNREADABLE


def test_good_containers_are_judged_as_before() -> None:
    authority = signed_things.authority()
    for make in (signed_things.asic_s, signed_things.asic_e, signed_things.asic_e_xades):
        assert signed_things.judged(make()).bottom is Bottom.PASSED, (make, authority)


def test_no_name_in_a_file_makes_a_verdict_long() -> None:
    long = "x" * 1_000_000
    told = Verdict(
        Bottom.FAILED, "signing.verdict_bytes_changed",
        findings=(Finding(long, Bottom.FAILED, "signing.verdict_bytes_changed", who=long, covers=(long, "a")),),
    ).as_json()  # fmt: skip
    assert len(json.dumps(told)) < 4 * verdicts.LONGEST_TEXT + 2_000
    assert Verdict.from_json(told).findings[0].covers[1] == "a"
