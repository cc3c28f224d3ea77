"""Verdicts: B-LTA passes with nobody to ask, for years; whatever was changed is said; nothing is ever thrown."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from io import BytesIO

import pikepdf
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from edms import clock
from edms.demo.authority import revoke
from edms.signing import container
from edms.signing.container import Box, Mark
from edms.signing.examination import examine
from edms.signing.validation import validate
from edms.signing.verdicts import Bottom, Level, Verdict
from tests import signatures as s

SIGNED = cache(s.signed_lta)


def judge(pdf: bytes, days: float = 0) -> Verdict:
    return examine(pdf, s.roots(), at=clock.now() + timedelta(days=days))


@pytest.mark.parametrize("days", [0, 0.1, 1, 60, 365, 1000, 5000])
def test_b_lta_passes_offline_long_after_its_certificates(days: float) -> None:
    """The officials' certificates last two and a half years, the answers in the file minutes."""
    verdict = judge(SIGNED(), days)
    assert (verdict.bottom, verdict.level, verdict.changed_after) == (Bottom.PASSED, Level.LTA, False)


def test_it_says_who_when_and_which_bytes() -> None:
    began = clock.now() - timedelta(seconds=2)
    signed = s.signed_lta()
    (finding,) = judge(signed).findings
    assert (finding.who, finding.organisation) == (s.MAYOR.name, s.MAYOR.organisation)
    assert finding.proven_at is not None and began <= finding.proven_at <= clock.now()
    assert finding.revision_length is not None
    revision = signed[: finding.revision_length]
    assert revision.startswith(s.page()) and revision.rstrip().endswith(b"%%EOF")


def test_b_b_alone_cannot_be_proven() -> None:
    verdict = judge(s.signed_b())
    assert (verdict.bottom, verdict.level) == (Bottom.INDETERMINATE, Level.B)


def test_unknown_issuer_is_indeterminate() -> None:
    verdict = examine(SIGNED(), s.roots(s.fresh_authority()), at=clock.now())
    assert (verdict.bottom, verdict.reason) == (Bottom.INDETERMINATE, "signing.verdict_unknown_issuer")
    assert examine(SIGNED(), [], at=clock.now()).bottom is Bottom.INDETERMINATE


def test_two_signers_both_pass() -> None:
    both = s.signed_lta(SIGNED(), code="clerk", field="Signature2", at_height=300)
    verdict = judge(both, 1)
    assert (verdict.bottom, verdict.level, verdict.changed_after) == (Bottom.PASSED, Level.LTA, False)
    assert verdict.who == (s.MAYOR.name, s.CLERK.name)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_changed_bit_of_the_signed_revision_passes(at: float, bit: int) -> None:
    signed = SIGNED()
    (finding,) = judge(signed).findings
    place = int(at * (finding.revision_length or 0))
    changed = bytearray(signed)
    changed[place] ^= 1 << bit
    around = signed[max(0, place - 40) : place + 40]
    assume(not (bit == 5 and re.fullmatch(rb"[0-9a-fA-F]+", around) and signed[place : place + 1].isalpha()))
    # A hexadecimal letter of the signature's own value, small or capital, is the same value.
    assert judge(bytes(changed)).bottom is not Bottom.PASSED


def test_a_changed_letter_fails() -> None:
    signed = bytearray(SIGNED())
    signed[signed.index(b"stream") + 30] ^= 1
    verdict = judge(bytes(signed))
    assert (verdict.bottom, verdict.reason) == (Bottom.FAILED, "signing.verdict_bytes_changed")


def test_a_stamp_after_signing_is_said_and_the_signed_revision_offered() -> None:
    signed = SIGNED()
    stamped = container.set_marks(signed, [Mark(Box(0, 80, 640, 300, 677), s.face())])
    verdict = judge(stamped)
    assert (verdict.bottom, verdict.changed_after) == (Bottom.FAILED, True)
    assert verdict.reason == "signing.verdict_changed_after"
    assert verdict.revision_length is not None
    assert stamped[: verdict.revision_length] == signed[: verdict.revision_length]


def test_a_page_added_or_a_file_written_anew_does_not_pass() -> None:
    with pikepdf.open(BytesIO(SIGNED())) as pdf:
        pdf.add_blank_page()
        anew = BytesIO()
        pdf.save(anew)
    assert judge(anew.getvalue()).bottom is Bottom.FAILED


def test_a_form_filled_after_signing_is_a_change() -> None:
    """What PDF's own rules call form filling is how published forgeries get through."""
    with pikepdf.open(BytesIO(s.page())) as pdf:
        sheet = pdf.pages[0].obj
        field = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="sum", V="100", F=4,
            Rect=[100, 100, 200, 120], P=sheet,
        )  # fmt: skip
        reference = pdf.make_indirect(field)
        sheet.Annots = pikepdf.Array([reference])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([reference]))
        with_form = BytesIO()
        pdf.save(with_form)
    signed = s.signed_lta(with_form.getvalue())
    assert judge(signed).bottom is Bottom.PASSED
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    changed_field = writer.root["/AcroForm"]["/Fields"][0]
    changed_field["/V"] = type(changed_field["/V"])("999")
    writer.update_container(changed_field)
    filled = BytesIO()
    writer.write(filled)
    verdict = judge(filled.getvalue())
    assert (verdict.bottom, verdict.changed_after) == (Bottom.FAILED, True)


def test_an_empty_signature_field_over_the_text_is_a_change() -> None:
    writer = IncrementalPdfFileWriter(BytesIO(SIGNED()))
    append_signature_field(writer, SigFieldSpec("Cover", box=(50, 400, 500, 700), empty_field_appearance=True))
    covered = BytesIO()
    writer.write(covered)
    assert judge(covered.getvalue()).changed_after


def test_revoked_later_still_passes() -> None:
    own = s.fresh_authority()
    signed = s.signed_lta(of=own)
    revoke(own, "mayor")
    verdict = examine(signed, s.roots(own), at=clock.now() + timedelta(days=30))
    assert verdict.bottom is Bottom.PASSED


@pytest.mark.parametrize(
    "pdf", [b"", b"garbage", b"%PDF-1.7\n%%EOF", b"%PDF-1.4\n" + b"1 0 obj<<" * 3000, b"\x00" * 5000]
)
def test_garbage_is_indeterminate(pdf: bytes) -> None:
    assert judge(pdf).bottom is Bottom.INDETERMINATE


def test_a_truncated_file_does_not_pass() -> None:
    signed = SIGNED()
    for part in (0.3, 0.6, 0.9, 0.99):
        assert judge(signed[: int(len(signed) * part)]).bottom is not Bottom.PASSED


def test_an_unsigned_page_is_called_so() -> None:
    assert judge(s.page()).reason == "signing.verdict_unsigned"


def test_a_verdict_survives_being_kept() -> None:
    verdict = judge(SIGNED())
    assert Verdict.from_json(verdict.as_json()) == verdict


def test_checking_in_a_child_says_the_same_and_is_bounded() -> None:
    signed = SIGNED()
    at = clock.now()
    assert validate(signed, s.roots(), at=at) == examine(signed, s.roots(), at=at)
    assert validate(b"garbage", s.roots(), at=at).bottom is Bottom.INDETERMINATE
