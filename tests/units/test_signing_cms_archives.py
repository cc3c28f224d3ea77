"""Archive time stamps inside CAdES: carried on by us, read again, and worth nothing once anything they lie over is gone."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest
from asn1crypto import cms

from edms import clock
from edms.errors import RuleBroken
from edms.signing import cms_archives, cms_archiving, lasting, renewing
from edms.signing.algorithms import shipped
from edms.signing.examination import examine
from edms.signing.proof_models import EndsBy
from edms.signing.verdicts import Bottom, Form, Level
from edms.storage.memory import MemoryStore
from tests import signatures as s
from tests import signed_things as t

BESIDE = {"letter.txt": t.LETTER}
Change = Callable[[cms.SignedData], None]


@cache
def once(code: str = "ec") -> bytes:
    """A detached signature with its answers, under one archive stamp of ours."""
    return _on(t.message("B-LT", code))


def _on(signed: bytes) -> bytes:
    outside, roots = t.Inside(t.authority()), s.roots(t.authority())
    return cms_archiving.carried_on(signed, BESIDE, name="letter.p7s", outside=outside, roots=roots)


def _judged(signed: bytes, **more: object) -> tuple[Bottom, Level | None]:
    verdict = t.judged(signed, beside=more.pop("beside", BESIDE), online=False, **more)  # type: ignore[arg-type]
    return verdict.bottom, verdict.level


def _first(signed: bytes) -> cms.SignedData:
    return cms.ContentInfo.load(signed)["content"]


def test_it_becomes_lta_and_stays_so_under_a_second_stamp() -> None:
    assert _judged(t.message("B-LT")) == (Bottom.PASSED, Level.LT)
    for signed in (once(), once("rsa"), _on(once())):
        assert _judged(signed) == (Bottom.PASSED, Level.LTA)
    inside = t.message("B-LT", detached=False)
    assert _judged(_on(inside), beside={}) == (Bottom.PASSED, Level.LTA)
    (finding,) = t.judged(once(), beside=BESIDE, online=False).findings
    assert finding.form is Form.CADES and finding.archive_chain
    end = lasting.end_of(t.judged(once(), beside=BESIDE, online=False), shipped())
    assert end.by is EndsBy.TIME_STAMP and end.at is not None and end.at - clock.now() > timedelta(days=6800)


def test_years_after_its_certificate_ended_nobody_need_be_asked() -> None:
    later = clock.now() + timedelta(days=365 * 8)
    verdicts = [
        examine(signed, s.roots(t.authority()), at=later, beside=BESIDE) for signed in (t.message("B-LT"), once())
    ]
    assert verdicts[1].bottom is Bottom.PASSED and verdicts[1].level is Level.LTA
    assert verdicts[1].findings[0].proven_at is not None
    assert verdicts[0].level is Level.LT


def _without_answers(signed: cms.SignedData) -> None:
    signed["crls"] = cms.RevocationInfoChoices(list(signed["crls"])[1:])


def _without_certificate(signed: cms.SignedData) -> None:
    signed["certificates"] = cms.CertificateSet(list(signed["certificates"])[:-1])


def _without_index(signed: cms.SignedData) -> None:
    signer = signed["signer_infos"][0]
    for each in signer["unsigned_attrs"]:
        if each["type"].dotted == cms_archives.ARCHIVE:
            token = cms.ContentInfo.load(each["values"][0].dump())
            token["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([])
            stripped = token.dump(force=True)
    kept = [each for each in signer["unsigned_attrs"] if each["type"].dotted != cms_archives.ARCHIVE]
    signer["unsigned_attrs"] = cms.CMSAttributes(kept)
    cms_archiving._add(signer, cms_archives.ARCHIVE, stripped)


def _of_another(signed: cms.SignedData) -> None:
    theirs = _first(once("rsa"))["signer_infos"][0]["unsigned_attrs"]
    stamp = next(each["values"][0].dump() for each in theirs if each["type"].dotted == cms_archives.ARCHIVE)
    signer = signed["signer_infos"][0]
    kept = [each for each in signer["unsigned_attrs"] if each["type"].dotted != cms_archives.ARCHIVE]
    signer["unsigned_attrs"] = cms.CMSAttributes(kept)
    cms_archiving._add(signer, cms_archives.ARCHIVE, stamp)


@pytest.mark.parametrize("change", [_without_answers, _without_certificate, _without_index, _of_another])
def test_what_it_lay_over_is_gone_and_it_proves_nothing(change: Change) -> None:
    whole = cms.ContentInfo.load(once())
    change(whole["content"])
    assert _judged(whole.dump())[1] is not Level.LTA


def test_a_changed_file_fails_and_more_beside_it_harms_nothing() -> None:
    assert _judged(once(), beside={"letter.txt": b"other"}, name="letter.txt.p7s")[0] is Bottom.FAILED
    whole = cms.ContentInfo.load(once())
    held = whole["content"]
    held["certificates"] = cms.CertificateSet([*held["certificates"], *_first(once("rsa"))["certificates"]])
    assert _judged(whole.dump()) == (Bottom.PASSED, Level.LTA)


def test_the_round_carries_on_a_signature_with_its_file_beside_and_a_container_of_one_file() -> None:
    store, outside, roots = MemoryStore(), t.Inside(t.authority()), s.roots(t.authority())
    letter = store.put(io.BytesIO(t.LETTER), limit=10**6).key
    kept = store.put(io.BytesIO(t.message("B-LT")), limit=10**6).key
    work = renewing.Work(1, kept, 1, "letter.txt.p7s", (("letter.txt", letter),))
    made = renewing.renew(work, store=store, outside=outside, roots=roots)
    assert (made.verdict.bottom, made.verdict.level) == (Bottom.PASSED, Level.LTA)
    with pytest.raises(RuleBroken):
        renewing.renew(renewing.Work(1, kept, 1, "letter.txt.p7s"), store=store, outside=outside, roots=roots)
    container = t.packed({"mimetype": b"application/vnd.etsi.asic-s+zip", "letter.txt": t.LETTER, "META-INF/signature.p7s": t.message("B-LT")})  # fmt: skip
    key = store.put(io.BytesIO(container), limit=10**6).key
    made = renewing.renew(renewing.Work(2, key, 1, "letter.asics"), store=store, outside=outside, roots=roots)
    assert (made.verdict.bottom, made.verdict.level) == (Bottom.PASSED, Level.LTA)
    with store.open(made.stored.key) as stream:
        assert not any(b"ASiCArchiveManifest" in piece for piece in [stream.read()])
