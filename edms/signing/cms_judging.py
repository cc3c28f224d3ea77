"""Judging one CMS signature (CAdES, and what PAdES holds): its cryptography, its chain, its time stamp."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, x509
from pyhanko.sign.ades.report import AdESStatus, AdESSubIndic
from pyhanko.sign.validation.ades import (
    AdESBasicValidationResult,
    AdESWithTimeValidationResult,
    ades_basic_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.generic_cms import extract_self_reported_ts
from pyhanko.sign.validation.policy_decl import LocalKnowledge

from edms.signing.algorithms import names_of
from edms.signing.grounds import Grounds, knowledge
from edms.signing.keys import card_of
from edms.signing.trust import Roots, chain_of
from edms.signing.verdicts import REASONS, UNDECIDED, Bottom, Finding, Level

BOTTOM = {
    AdESStatus.PASSED: Bottom.PASSED,
    AdESStatus.FAILED: Bottom.FAILED,
    AdESStatus.INDETERMINATE: Bottom.INDETERMINATE,
}
_OCSP_INSIDE = "1.3.6.1.5.5.7.16.2"  # id-ri-ocsp-response, RFC 5940
TIME_STAMP = "signature_time_stamp_token"


async def judged(
    plain: Finding,
    signed_data: cms.SignedData,
    digest: bytes | None,
    certificate: x509.Certificate,
    grounds: Grounds,
    *,
    brought: LocalKnowledge | None = None,
) -> Finding:
    """The finding on one signer; `digest` is that of the signed bytes, None when they are inside.

    `brought` are the revocation answers that lie beside the signature.

    Without a time stamp it is the basic process (EN 319 102-1, 5.3), with one the process with time (5.5). A signature
    whose certificate has run out since its proven time is judged at that time, with the answers that it brings.
    """
    stamped_once = stamps_of(signed_data)

    async def at(moment: Grounds) -> Finding:
        spec, timing = moment.spec(brought), moment.timing
        process: Any = ades_with_time_validation if stamped_once else ades_basic_validation
        return told(plain, await process(signed_data, spec, timing_info=timing, raw_digest=digest))

    found = await at(grounds)
    proven = found.proven_at
    if found.bottom is Bottom.PASSED and grounds.at > certificate.not_valid_after and proven is not None:
        then = await at(grounds.moved(proven))
        found = then if then.bottom is not Bottom.PASSED else found
    return in_its_days(found, certificate)


def in_its_days(finding: Finding, certificate: x509.Certificate) -> Finding:
    """Nothing passes that was proven to exist only after its certificate had run out: the library lets it."""
    proven = finding.proven_at
    if finding.bottom is Bottom.PASSED and proven is not None and proven > certificate.not_valid_after:
        return unclear(finding, "OUT_OF_BOUNDS_NO_POE", REASONS["OUT_OF_BOUNDS_NO_POE"])
    return finding


def told(finding: Finding, result: AdESBasicValidationResult[Any]) -> Finding:
    """The finding with the result's bottom line; a signature whose cryptography does not hold never passes."""
    finding = with_line(finding, result.ades_subindic)
    status = result.api_status
    if finding.bottom is Bottom.PASSED and (status is None or not (status.intact and status.valid)):
        return failed(finding, "SIG_CRYPTO_FAILURE")
    if finding.bottom is Bottom.PASSED and isinstance(result, AdESWithTimeValidationResult):
        finding = replace(finding, proven_at=result.best_signature_time)
    return finding


def with_line(finding: Finding, sub: AdESSubIndic) -> Finding:
    """The finding with the bottom line of a sub-indication."""
    name = str(sub.standard_name)
    return replace(finding, bottom=BOTTOM[sub.status], sub_indication=name, reason=REASONS.get(name, UNDECIDED))


def failed(finding: Finding, sub_indication: str, reason: str | None = None) -> Finding:
    """The finding as one that failed."""
    return replace(
        finding, bottom=Bottom.FAILED, sub_indication=sub_indication, reason=reason or REASONS[sub_indication]
    )


def unclear(finding: Finding, sub_indication: str, reason: str) -> Finding:
    """The finding as one that nobody can decide, unless it failed anyway."""
    if finding.bottom is Bottom.FAILED:
        return finding
    return replace(finding, bottom=Bottom.INDETERMINATE, sub_indication=sub_indication, reason=reason)


def described(
    finding: Finding, certificate: x509.Certificate, others: Iterable[x509.Certificate], roots: Roots
) -> Finding:
    """Who says to have signed, and by whose word: true of any signature that can be read, valid or not."""
    card = card_of(certificate)
    return replace(
        finding,
        who=card.name,
        organisation=card.organisation,
        issuer=card.issuer,
        serial=card.serial,
        seal=card.seal,
        chain=as_text(chain_of(certificate, others, roots)),
    )


def archived(finding: Finding, token: cms.SignedData, roots: Roots) -> Finding:
    """The finding with the chain of the last time stamp over the whole, and what that stamp rests on."""
    with suppress(Exception):  # as above
        known = certificates_of(token)
        signer = signer_certificate(token, known)
        if signer is not None:
            chain = as_text(chain_of(signer, known, roots))
            return replace(finding, archive_chain=chain, algorithms=names_of(token, signer))
    return finding


def resting(finding: Finding, signed_data: cms.SignedData, certificate: x509.Certificate) -> Finding:
    """The finding with what its own signature rests on."""
    with suppress(Exception):  # a signature without a known algorithm is told so by its verdict
        value = as_base64(signed_data["signer_infos"][0]["signature"].native)
        return replace(finding, signature_value=value, algorithms=names_of(signed_data, certificate))
    return finding


def stamped(finding: Finding, tokens: Sequence[cms.SignedData], roots: Roots) -> Finding:
    """The finding with the chain of who gave its first time stamp."""
    for token in tokens[:1]:
        with suppress(Exception):  # a stamp that cannot be read has no chain
            known = certificates_of(token)
            signer = signer_certificate(token, known)
            if signer is not None:
                return replace(finding, stamp_chain=as_text(chain_of(signer, known, roots)))
    return finding


def level_of(signer: cms.SignerInfo, *, answers_inside: bool) -> Level:
    """Which baseline level a CMS signature has the parts of; archive time stamps of CAdES are not looked at."""
    if not any(attribute["type"].native == TIME_STAMP for attribute in signer["unsigned_attrs"] or ()):
        return Level.B
    return Level.LT if answers_inside else Level.T


def singly(signed_data: cms.SignedData) -> Iterator[cms.SignedData]:
    """The same signed data with one signer at a time: the library wants exactly one."""
    for signer in signed_data["signer_infos"]:
        alone = cms.SignedData.load(signed_data.untag().dump())
        alone["signer_infos"] = cms.SignerInfos([signer])
        yield alone


def certificates_of(signed_data: cms.SignedData) -> list[x509.Certificate]:
    """The certificates that came along."""
    return [each.chosen for each in signed_data["certificates"] or () if each.name == "certificate"]


def signer_certificate(signed_data: cms.SignedData, known: Iterable[x509.Certificate]) -> x509.Certificate | None:
    """The certificate that the one signer names."""
    named = signed_data["signer_infos"][0]["sid"]
    for certificate in known:
        if named.name == "issuer_and_serial_number":
            issuer, serial = named.chosen["issuer"], named.chosen["serial_number"].native
            if certificate.serial_number == serial and certificate.issuer == issuer:
                return certificate
        elif certificate.key_identifier == named.native:
            return certificate
    return None


def stamps_of(signed_data: cms.SignedData) -> list[cms.SignedData]:
    """The time stamps over the one signer's signature."""
    unsigned = signed_data["signer_infos"][0]["unsigned_attrs"] or ()
    return [value["content"] for each in unsigned if each["type"].native == TIME_STAMP for value in each["values"]]


def claimed_time(signer: cms.SignerInfo) -> datetime | None:
    """What the signer's machine said."""
    with suppress(Exception):  # a date in a form of its own is no reason to stop
        claimed = extract_self_reported_ts(signer)
        return claimed.astimezone(UTC) if claimed is not None and claimed.tzinfo else None
    return None


def message_digest(signer: cms.SignerInfo) -> tuple[str, bytes | None]:
    """By which algorithm the signed bytes were hashed, and to what."""
    algorithm = str(signer["digest_algorithm"]["algorithm"].native)
    for attribute in signer["signed_attrs"] or ():
        if attribute["type"].native == "message_digest":
            return algorithm, attribute["values"][0].native
    return algorithm, None


def digest_of(content: bytes, algorithm: str) -> bytes:
    """The hash of bytes by a CMS algorithm name. Errors: ValueError for one that is unknown."""
    return hashlib.new(algorithm, content, usedforsecurity=False).digest()


def inside(signed_data: cms.SignedData) -> LocalKnowledge | None:
    """The revocation answers that a CAdES-B-LT signature carries in itself (RFC 5652, 10.2.1; RFC 5940)."""
    ocsps, crls = [], []
    for choice in signed_data["crls"] or ():
        if choice.name == "crl":
            crls.append(choice.chosen.dump())
        elif choice.chosen["other_rev_info_format"].native == "ocsp_response" or (
            choice.chosen["other_rev_info_format"].dotted == _OCSP_INSIDE
        ):
            ocsps.append(choice.chosen["other_rev_info"].dump())
    return knowledge(ocsps, crls, certificates_of(signed_data)) if ocsps or crls else None


def as_text(chain: Sequence[x509.Certificate]) -> tuple[str, ...]:
    """Certificates in base64 of DER."""
    return tuple(as_base64(each.dump()) for each in chain)


def as_base64(content: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(content).decode()
