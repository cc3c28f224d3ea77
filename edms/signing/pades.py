"""PAdES: each signature of a PDF judged with explicit trust and what the file itself brings.

Any change after a signature other than a further filled signature, a time stamp or validation data is called a change,
whatever PDF's own form rules would let pass: what they call "form filling" is how published forgeries get through. And
a later signature whose picture lies over words of the page leaves the earlier one undecided.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any, cast

from asn1crypto import parser
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.ades import AdESLTAValidationResult, ades_lta_validation, ades_timestamp_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import LocalKnowledge, PdfSignatureValidationSpec
from pyhanko.sign.validation.status import SignatureCoverageLevel

from edms.signing import changes, pdf_stamps
from edms.signing import cms_judging as judging
from edms.signing.grounds import Grounds, knowledge
from edms.signing.later import NOTHING_BUT_SIGNATURES
from edms.signing.verdicts import CHANGED_AFTER, COVERED, MOST_SIGNATURES, UNDECIDED, Bottom, Finding, Level, TooMany

_SPACE = b"\0\t\n\f\r "


def findings(pdf: bytes, grounds: Grounds) -> tuple[Finding, ...]:
    """Each signature of a PDF in the order of signing. Errors: TooMany, what a parser raises."""
    reader = PdfFileReader(BytesIO(pdf), strict=False)
    signatures = reader.embedded_regular_signatures
    if len(signatures) > MOST_SIGNATURES:
        raise TooMany
    lying = pdf_stamps.over_all(reader, grounds, _brought)
    return tuple(
        pdf_stamps.told(_finding(pdf, reader, each, grounds), each, lying, grounds, _brought) for each in signatures
    )


def _finding(pdf: bytes, reader: PdfFileReader, signature: EmbeddedPdfSignature, grounds: Grounds) -> Finding:
    plain = Finding(str(signature.field_name), Bottom.INDETERMINATE, UNDECIDED, "GENERIC")
    try:
        plain = _described(plain, signature, grounds)
        signature.compute_integrity_info(NOTHING_BUT_SIGNATURES)  # type: ignore[no-untyped-call]
        changed = _changed_after(reader, signature) or _is_trailed(pdf, reader) or _acts(pdf, reader, signature)
        told, evidence = asyncio.run(_judged(plain, reader, signature, grounds))
        if told.bottom is Bottom.INDETERMINATE:
            told, evidence = _carried_on(pdf, plain, reader, signature, grounds) or (told, evidence)
        told = replace(told, level=_level(reader, signature, evidence), changed_after=changed)
        if evidence is not None:
            last = reader.embedded_timestamp_signatures[-1]
            told = judging.archived(told, last.signed_data, grounds.roots)
        if not changed and _is_covered(pdf, reader, signature, told):
            told = replace(judging.unclear(told, "GENERIC", COVERED), changes=((COVERED, None),))
        if _is_stuffed(signature):
            told = judging.unclear(told, "GENERIC", UNDECIDED)
    except Exception:  # bytes made for a parser may make it raise anything: the reason is all there is to tell
        return plain
    if changed:
        told = replace(told, changes=changes.between(pdf[: told.revision_length or 0], pdf))
        if told.bottom is not Bottom.FAILED:
            told = judging.failed(told, "FORMAT_FAILURE", CHANGED_AFTER)
    return told


def _described(plain: Finding, signature: EmbeddedPdfSignature, grounds: Grounds) -> Finding:
    start, length = signature.byte_range[2], signature.byte_range[3]
    plain = judging.described(plain, signature.signer_cert, _certificates(signature), grounds.roots)
    plain = judging.stamped(plain, judging.stamps_of(signature.signed_data), grounds.roots)
    plain = judging.resting(plain, signature.signed_data, signature.signer_cert)
    claimed = judging.claimed_time(signature.signer_info) or _pdf_time(signature)
    return replace(plain, claimed_at=claimed, revision_length=int(start) + int(length))


async def _judged(
    plain: Finding, reader: PdfFileReader, signature: EmbeddedPdfSignature, grounds: Grounds
) -> tuple[Finding, datetime | None]:
    """Judge now, and if only the age of the revocation answers is in the way, at the proven time of the archive stamp.

    With the oldest proven time stamp over the whole file.

    The library takes an aged answer for a useless one as soon as the file holds answers about another certificate of the
    same issuer, and then does not look into the past. The stamp, itself judged now, proves that the file was as it is.
    """
    now = await _long_term(signature, grounds)
    proven = now.oldest_evidence_record_timestamp
    own = bool(judging.stamps_of(signature.signed_data))
    if own and now.ades_subindic.status is not AdESStatus.INDETERMINATE:
        return _told(plain, signature, now), proven
    moments = [grounds, *([grounds.moved(proven)] if proven is not None and proven <= grounds.at else [])]
    if own and len(moments) > 1:
        then = await _long_term(signature, moments[1])
        return _told(plain, signature, then if then.ades_subindic.status is AdESStatus.PASSED else now), proven
    # Nothing lies over the whole file, or nothing over the signature itself: the shorter processes decide.
    told = plain
    for each in moments:
        told = await judging.judged(
            plain, signature.signed_data, signature.compute_digest(), signature.signer_cert, each,
            brought=_brought(reader),
        )  # fmt: skip
        if told.bottom is not Bottom.INDETERMINATE:
            break
    return replace(told, proven_at=told.proven_at or proven), proven


def _carried_on(
    pdf: bytes, plain: Finding, reader: PdfFileReader, signature: EmbeddedPdfSignature, grounds: Grounds
) -> tuple[Finding, datetime | None] | None:
    """The file as it was before it was carried on, judged at the time at which the next stamp proves that it was so.

    Each further time stamp over the whole is judged at the time of the one after it, the last one now. The library does
    not get there: what is believed about a time-stamp authority for as long as its certificate lasts (`grounds`) keeps
    it from looking back before that certificate's end. None: it was never carried on, or a stamp does not hold.
    """
    stamps = [s for s in reader.embedded_timestamp_signatures if s.signed_revision > signature.signed_revision]
    if len(stamps) < 2:
        return None
    moment, brought = grounds, _brought(reader)
    for stamp in reversed(stamps[1:]):
        at = asyncio.run(_stamp_time(stamp, moment, brought))
        if at is None or at > moment.at:
            return None
        moment = grounds.moved(at)
    end = int(stamps[0].byte_range[2]) + int(stamps[0].byte_range[3])
    earlier = PdfFileReader(BytesIO(pdf[:end]), strict=False)
    same = next(s for s in earlier.embedded_regular_signatures if s.field_name == signature.field_name)
    same.compute_integrity_info(NOTHING_BUT_SIGNATURES)
    return asyncio.run(_judged(plain, earlier, same, moment))


async def _stamp_time(stamp: EmbeddedPdfSignature, grounds: Grounds, brought: LocalKnowledge | None) -> datetime | None:
    """When a time stamp over the whole file was given; None when it does not hold at that instant."""
    stamp.compute_integrity_info(NOTHING_BUT_SIGNATURES)  # type: ignore[no-untyped-call]
    if cast(SignatureCoverageLevel, stamp.coverage) < SignatureCoverageLevel.ENTIRE_REVISION:
        return None
    result = await ades_timestamp_validation(
        stamp.signed_data, grounds.spec(brought), lambda _: stamp.compute_digest(), timing_info=grounds.timing
    )
    if result.ades_subindic.status is not AdESStatus.PASSED or result.api_status is None:
        return None
    at: datetime = result.api_status.timestamp
    return at


def _told(plain: Finding, signature: EmbeddedPdfSignature, result: AdESLTAValidationResult) -> Finding:
    told = replace(judging.told(plain, result), proven_at=_proven(result))
    return judging.in_its_days(told, signature.signer_cert)


async def _long_term(signature: EmbeddedPdfSignature, grounds: Grounds) -> AdESLTAValidationResult:
    spec = PdfSignatureValidationSpec(grounds.spec(), diff_policy=NOTHING_BUT_SIGNATURES)
    return await ades_lta_validation(signature, spec, timing_info=grounds.timing)


def _changed_after(reader: PdfFileReader, signature: EmbeddedPdfSignature) -> bool:
    """Was anything that a reader could see, or act on, added after this signature?"""
    coverage, found = cast(SignatureCoverageLevel, signature.coverage), cast(object, signature.diff_result)
    if coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return False
    if coverage is not SignatureCoverageLevel.ENTIRE_REVISION:
        return True
    if not isinstance(found, DiffResult) or found.modification_level not in (
        ModificationLevel.NONE,
        ModificationLevel.LTA_UPDATES,
        ModificationLevel.FORM_FILLING,
    ):
        return True
    if found.modification_level is ModificationLevel.FORM_FILLING:
        # A new visible signature field is a picture on the page: fine with a signature in it, a change without.
        before = {name for name, _, _ in enumerate_sig_fields(_as_signed(reader, signature))}
        return any(value is None for name, value, _ in enumerate_sig_fields(reader) if name not in before)
    return False


def _is_trailed(pdf: bytes, reader: PdfFileReader) -> bool:
    """Is there something after the last signature or time stamp that is no revision of its own?

    The strict comparison reads what the file's tables name; programs that mend broken files read everything.
    """
    ranges = (each.byte_range for each in (*reader.embedded_regular_signatures, *reader.embedded_timestamp_signatures))
    end = max(int(each[2]) + int(each[3]) for each in ranges)
    if not pdf[end:].strip(_SPACE):
        return False
    tail = pdf[end:]
    started = re.findall(rb"startxref\s+(\d+)", tail)
    return bool(tail.rpartition(b"%%EOF")[2].strip(_SPACE)) or not started or int(started[-1]) < end


def _is_stuffed(signature: EmbeddedPdfSignature) -> bool:
    """Does the container hold something after the signature? No signature covers it: room for whatever is to be hidden."""
    held: bytes = signature.pkcs7_content
    return bool(held[parser.peek(held) :].strip(b"\0"))


def _acts(pdf: bytes, reader: PdfFileReader, signature: EmbeddedPdfSignature) -> bool:
    """Does a field that came after the signature do something when it is touched?"""
    if cast(object, signature.coverage) is SignatureCoverageLevel.ENTIRE_FILE:
        return False
    before = {name for name, _, _ in enumerate_sig_fields(_as_signed(reader, signature))}
    later = {str(name) for name, _, _ in enumerate_sig_fields(reader) if name not in before}
    return bool(later) and changes.acts(pdf, later)


def _is_covered(pdf: bytes, reader: PdfFileReader, signature: EmbeddedPdfSignature, told: Finding) -> bool:
    """Does the picture of a later signature lie over words of the page that this one signed?"""
    if cast(object, signature.coverage) is SignatureCoverageLevel.ENTIRE_FILE:
        return False
    filled = {name for name, value, _ in enumerate_sig_fields(_as_signed(reader, signature)) if value is not None}
    later = {str(name) for name, value, _ in enumerate_sig_fields(reader) if value is not None and name not in filled}
    return bool(later) and changes.covered(pdf[: told.revision_length or 0], pdf, later)


def _as_signed(reader: PdfFileReader, signature: EmbeddedPdfSignature) -> Any:
    return reader.get_historical_resolver(signature.signed_revision)


def _proven(result: AdESLTAValidationResult) -> datetime | None:
    """By its own time stamp, or by one over the whole file."""
    stamp = result.signature_timestamp_status
    status = result.api_status.timestamp_validity if result.api_status is not None else None
    if stamp is not None and stamp.ades_subindic.status is AdESStatus.PASSED and stamp.api_status is not None:
        status = stamp.api_status
    if status is not None and status.valid and status.intact:
        told: datetime = status.timestamp
        return told
    return result.oldest_evidence_record_timestamp


def _level(reader: PdfFileReader, signature: EmbeddedPdfSignature, evidence: datetime | None) -> Level:
    """Which baseline level the signature has the parts of (EN 319 142-1, 6); an archive stamp counts when it holds."""
    if not judging.stamps_of(signature.signed_data) and evidence is None:
        return Level.B
    if "/DSS" not in reader.root:
        return Level.T
    return Level.LTA if evidence is not None else Level.LT


def _brought(reader: PdfFileReader) -> LocalKnowledge | None:
    """The validation data that the file holds for all its signatures."""
    if "/DSS" not in reader.root:
        return None
    store = DocumentSecurityStore.read_dss(reader)
    return knowledge(
        [each.get_object().data for each in store.ocsps],
        [each.get_object().data for each in store.crls],
        list(store.load_certs()),
    )


def _certificates(signature: EmbeddedPdfSignature) -> list[Any]:
    known = judging.certificates_of(signature.signed_data)
    if "/DSS" in signature.reader.root:
        known += list(DocumentSecurityStore.read_dss(signature.reader).load_certs())
    return known


def _pdf_time(signature: EmbeddedPdfSignature) -> datetime | None:
    claimed = signature.self_reported_timestamp
    return claimed if claimed is not None and claimed.tzinfo else None
