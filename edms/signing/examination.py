"""Looking at each signature of a PDF with explicit trust roots and what the file itself brings; nobody else is asked.

Never throws: whatever goes wrong is "indeterminate, because". Any change after a signature other than a further filled
signature, a time stamp or validation data is called a change, whatever PDF's own form rules would let pass: what they
call "form filling" is how published forgeries get through.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import cast

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate, AdESStatus
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.ades import AdESLTAValidationResult, ades_lta_validation
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType
from pyhanko_certvalidator.registry import SimpleTrustManager

from edms.signing.keys import card_of
from edms.signing.trust import Roots
from edms.signing.verdicts import (
    CHANGED_AFTER,
    REASONS,
    UNDECIDED,
    UNREADABLE,
    Bottom,
    Finding,
    Level,
    Verdict,
    undecided,
    worst,
)

MOST_SIGNATURES = 40  # a file with more is somebody's joke

_LATER = ModificationLevel.LTA_UPDATES
NOTHING_BUT_SIGNATURES = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),  # type: ignore[no-untyped-call]
        DocInfoRule().as_qualified(_LATER),
        XrefStreamRule().as_qualified(_LATER),
        ObjectStreamRule().as_qualified(_LATER),
        DSSCompareRule().as_qualified(_LATER),
        MetadataUpdateRule().as_qualified(_LATER),  # type: ignore[no-untyped-call]
    ],
    form_rule=FormUpdatingRule(
        field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]  # type: ignore[no-untyped-call]
    ),
)

# What was known of a time-stamp authority when it stamped is believed until its certificate ends: offline nobody can
# be asked again, and a new time stamp must lie over the file by then anyway. See docs/adr on signatures.
TIME_AUTHORITY = CertRevTrustPolicy(
    REQUIRE_REVINFO,
    freshness=timedelta(days=365 * 30),
    freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION,
)

_BOTTOM = {
    AdESStatus.PASSED: Bottom.PASSED,
    AdESStatus.FAILED: Bottom.FAILED,
    AdESStatus.INDETERMINATE: Bottom.INDETERMINATE,
}


def examine(pdf: bytes, roots: Roots, *, at: datetime) -> Verdict:
    """The verdict on a PDF at the instant `at`. For bytes from outside call `validation.validate`, which bounds it."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    try:
        reader = PdfFileReader(BytesIO(pdf), strict=False)
        signatures = reader.embedded_regular_signatures
    except Exception:  # a parser may raise anything at bytes made for it
        return undecided(UNREADABLE)
    if len(signatures) > MOST_SIGNATURES:
        return undecided(UNDECIDED)
    return worst(tuple(_finding(reader, signature, roots, at) for signature in signatures))


def _finding(reader: PdfFileReader, signature: EmbeddedPdfSignature, roots: Roots, at: datetime) -> Finding:
    plain = Finding(str(signature.field_name), Bottom.INDETERMINATE, UNDECIDED, "GENERIC")
    try:
        plain = _described(plain, signature)
        signature.compute_integrity_info(NOTHING_BUT_SIGNATURES)  # type: ignore[no-untyped-call]
        changed = _changed_after(reader, signature)
        result = asyncio.run(_judged_with_evidence(signature, roots, at))
    except Exception:  # see above: the reason is all there is to tell
        return plain
    sub = result.ades_subindic
    status = result.api_status
    told = replace(
        plain,
        bottom=_BOTTOM[sub.status],
        sub_indication=str(sub.standard_name),
        reason=REASONS.get(str(sub.standard_name), UNDECIDED),
        proven_at=_proven(result),
        level=_level(reader, signature, result),
        changed_after=changed,
    )
    if status is not None and not (status.intact and status.valid) and told.bottom is Bottom.PASSED:
        told = replace(
            told, bottom=Bottom.FAILED, sub_indication="SIG_CRYPTO_FAILURE", reason=REASONS["SIG_CRYPTO_FAILURE"]
        )
    if changed and told.bottom is not Bottom.FAILED:
        told = replace(told, bottom=Bottom.FAILED, sub_indication="FORMAT_FAILURE", reason=CHANGED_AFTER)
    return told


def _described(plain: Finding, signature: EmbeddedPdfSignature) -> Finding:
    """Who says to have signed, which bytes: true of any signature that can be read, valid or not."""
    card = card_of(signature.signer_cert)
    start, length = signature.byte_range[2], signature.byte_range[3]
    claimed = None
    with suppress(Exception):  # a date in a form of its own is no reason to stop
        claimed = signature.self_reported_timestamp
    return replace(
        plain,
        who=card.name,
        organisation=card.organisation,
        issuer=card.issuer,
        serial=card.serial,
        claimed_at=claimed.astimezone(UTC) if claimed is not None and claimed.tzinfo else None,
        revision_length=int(start) + int(length),
    )


async def _judged_with_evidence(signature: EmbeddedPdfSignature, roots: Roots, at: datetime) -> AdESLTAValidationResult:
    """Judge now, and if only the age of the revocation answers is in the way, at the proven time of the archive stamp.

    The library takes an aged answer for a useless one as soon as the file holds answers about another certificate of the
    same issuer, and then does not look into the past. The stamp, itself judged now, proves that the file was as it is.
    """
    now = await _judged(signature, roots, at)
    proven = now.oldest_evidence_record_timestamp
    if now.ades_subindic is not AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE or proven is None or proven > at:
        return now
    then = await _judged(signature, roots, proven)
    return then if then.ades_subindic.status is AdESStatus.PASSED else now


async def _judged(signature: EmbeddedPdfSignature, roots: Roots, at: datetime) -> AdESLTAValidationResult:
    trust = SimpleTrustManager.build(trust_roots=list(roots))
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(trust, CertRevTrustPolicy(REQUIRE_REVINFO)),
            ts_cert_validation_policy=CertValidationPolicySpec(trust, TIME_AUTHORITY),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        ),
        diff_policy=NOTHING_BUT_SIGNATURES,
    )
    timing = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)
    return await ades_lta_validation(signature, spec, timing_info=timing)


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
        before = {
            name for name, _, _ in enumerate_sig_fields(reader.get_historical_resolver(signature.signed_revision))
        }
        return any(value is None for name, value, _ in enumerate_sig_fields(reader) if name not in before)
    return False


def _proven(result: AdESLTAValidationResult) -> datetime | None:
    """By its own time stamp, or by one over the whole file."""
    stamp = result.signature_timestamp_status
    if stamp is not None and stamp.ades_subindic.status is AdESStatus.PASSED and stamp.api_status is not None:
        told: datetime = stamp.api_status.timestamp
        return told
    return result.oldest_evidence_record_timestamp


def _level(reader: PdfFileReader, signature: EmbeddedPdfSignature, result: AdESLTAValidationResult) -> Level:
    """Which baseline level the signature has the parts of (EN 319 142-1, 6)."""
    if not _has_time_stamp(signature.signer_info):
        return Level.B
    if "/DSS" not in reader.root:
        return Level.T
    return Level.LTA if result.oldest_evidence_record_timestamp is not None else Level.LT


def _has_time_stamp(signer: cms.SignerInfo) -> bool:
    unsigned: Sequence[cms.CMSAttribute] = signer["unsigned_attrs"] or ()
    return any(attribute["type"].native == "signature_time_stamp_token" for attribute in unsigned)
