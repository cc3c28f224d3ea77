"""XAdES (ETSI EN 319 132): cryptography by signxml, chain and time stamp by pyHanko; levels up to B-T are judged.

Each signature is verified with the certificate that its signed properties name, over the files it refers to; what it
covers is said. Transforms beyond canonical forms, "enveloped" and base64 are not applied by the library, which would
call a good signature wrong: they leave it undecided.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from asn1crypto import cms, x509
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from pyhanko.sign.ades.report import AdESPassed, AdESStatus
from pyhanko.sign.validation.ades import ades_timestamp_validation
from pyhanko.sign.validation.generic_cms import validate_cert_usage
from pyhanko.sign.validation.policy_decl import bootstrap_validation_data_handlers
from pyhanko.sign.validation.settings import KeyUsageConstraints
from signxml.algorithms import CanonicalizationMethod
from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from edms.signing import cms_judging as judging
from edms.signing import stamp_facts
from edms.signing.grounds import Grounds
from edms.signing.stamp_facts import Lying
from edms.signing.verdicts import (
    HIGHER_LEVEL,
    MOST_SIGNATURES,
    PART_ONLY,
    REASONS,
    SIGNED_FILE_MISSING,
    UNDECIDED,
    Bottom,
    Finding,
    Form,
    Level,
    Over,
    TooMany,
)

Element = Any
DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
_KNOWN_TRANSFORMS = {method.value for method in CanonicalizationMethod} | {
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2000/09/xmldsig#base64",
}
_HIGHER = (
    "CertificateValues",
    "RevocationValues",
    "ArchiveTimeStamp",
    "CompleteCertificateRefs",
    "SigAndRefsTimeStamp",
)


class _Missing(Exception):
    """A file that the signature refers to is not there."""


def is_xml(content: bytes) -> bool:
    """May these bytes be XML?"""
    return content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def parsed(content: bytes) -> Element:
    """The root of an XML text without document type, entities and network. Errors: ValueError."""
    if b"<!DOCTYPE" in content[:8192].replace(b"\0", b""):
        raise ValueError("document type declared")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("document type declared")
    return root


def findings(content: bytes, beside: Mapping[str, bytes], grounds: Grounds) -> tuple[Finding, ...]:
    """Each signature of an XML text. `beside` are the files that it may refer to, by name. Errors: ValueError, TooMany."""
    root = parsed(content)
    each = [
        found for found in root.iter(f"{DS}Signature") if not any(a.tag == found.tag for a in found.iterancestors())
    ]
    if len(each) > MOST_SIGNATURES:
        raise TooMany
    return tuple(_finding(root, signature, len(each), beside, grounds) for signature in each)


def _finding(root: Element, signature: Element, count: int, beside: Mapping[str, bytes], grounds: Grounds) -> Finding:
    plain = Finding(signature.get("Id") or "", Bottom.INDETERMINATE, UNDECIDED, "GENERIC", form=Form.XADES)
    try:
        certificates = _certificates(signature)
        certificate = _signing_certificate(signature, certificates)
        if certificate is None:
            return judging.unclear(plain, "NO_SIGNING_CERTIFICATE_FOUND", "signing.verdict_unknown_issuer")
        plain = judging.described(plain, certificate, certificates, grounds.roots)
        stamps = _stamps(signature)
        plain = judging.stamped(plain, [token["content"] for token, _ in stamps], grounds.roots)
        plain = replace(
            plain, claimed_at=_claimed(signature), level=Level.T if stamps else Level.B,
            algorithms=_names(signature, certificate),
            stamps=stamp_facts.judged([
                Lying(Over.SIGNATURE, token["content"], stamp_facts.over_bytes(over)) for token, over in stamps
            ], grounds, None),
        )  # fmt: skip
        plain = _cryptography(plain, root, signature, count, certificate, beside)
        if plain.bottom is Bottom.FAILED or plain.sub_indication != "OK":
            return plain
        return asyncio.run(_judged(plain, certificate, certificates, stamps, _has_higher(signature), grounds))
    except Exception:  # bytes made for a parser may make it raise anything: the reason is all there is to tell
        return judging.unclear(plain, "GENERIC", UNDECIDED)


def _cryptography(
    plain: Finding, root: Element, signature: Element, count: int, certificate: x509.Certificate,
    beside: Mapping[str, bytes],
) -> Finding:  # fmt: skip
    """The finding with what it covers, failed when a hash or the signature is wrong, sub-indication OK when not."""
    references = list(signature.iterfind(f"{DS}SignedInfo/{DS}Reference"))
    if any("sha1" in _text_of(each) or "md5" in _text_of(each) for each in _algorithms(signature)):
        return judging.unclear(plain, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", REASONS["CRYPTO_CONSTRAINTS_FAILURE_NO_POE"])
    transforms = {each.get("Algorithm") for each in signature.iterfind(f"{DS}SignedInfo//{DS}Transform")}
    outer = root is not signature and any(_reaches_out(signature, each) for each in references)
    if transforms - _KNOWN_TRANSFORMS or (outer and count > 1):
        return plain
    loaded = load_der_x509_certificate(certificate.dump())
    rules = XAdESSignatureConfiguration(
        require_x509=True,
        expect_references=True,
        # The days of the certificate are judged with its chain, not here.
        verification_time=loaded.not_valid_before_utc + timedelta(seconds=1),
    )
    text = etree.tostring(root if outer else signature, with_tail=False)
    try:
        XAdESVerifier().verify(text, x509_cert=loaded, expect_config=rules, uri_resolver=_resolver(beside))
    except _Missing:
        return judging.unclear(plain, "SIGNED_DATA_NOT_FOUND", SIGNED_FILE_MISSING)
    except InvalidDigest:
        return judging.failed(plain, "HASH_FAILURE")
    except InvalidInput:
        return plain
    except InvalidSignature:
        return judging.failed(plain, "SIG_CRYPTO_FAILURE")
    names = [unquote(each.get("URI", "")) for each in references]
    plain = replace(plain, covers=tuple(name for name in names if name and not name.startswith("#")))
    if outer and not any(_is_whole(root, each) for each in references):
        return judging.unclear(plain, "SIG_CONSTRAINTS_FAILURE", PART_ONLY)
    return replace(plain, sub_indication="OK")


async def _judged(
    plain: Finding, certificate: x509.Certificate, certificates: list[x509.Certificate],
    stamps: list[tuple[cms.ContentInfo, bytes]], higher: bool, grounds: Grounds,
) -> Finding:  # fmt: skip
    """The chain now, or at the proven time where the certificate was revoked or ran out since."""
    told = judging.with_line(plain, await _chain(certificate, certificates, grounds))
    if stamps:
        token, over = stamps[0]
        stamp = await ades_timestamp_validation(
            token["content"],
            grounds.spec(),
            lambda algorithm: hashlib.new(algorithm, over).digest(),
            timing_info=grounds.timing,
        )
        if stamp.ades_subindic.status is not AdESStatus.PASSED or stamp.api_status is None:
            return judging.with_line(plain, stamp.ades_subindic)
        proven: datetime = stamp.api_status.timestamp
        told = replace(told, proven_at=proven)
        if told.sub_indication in ("REVOKED_NO_POE", "OUT_OF_BOUNDS_NO_POE"):
            told = replace(
                judging.with_line(plain, await _chain(certificate, certificates, grounds.moved(proven))),
                proven_at=proven,
            )
    if told.bottom is Bottom.INDETERMINATE and higher:
        return replace(told, reason=HIGHER_LEVEL)
    if not grounds.algorithms.judged(plain.algorithms, told.proven_at or grounds.at):
        return judging.unclear(told, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", REASONS["CRYPTO_CONSTRAINTS_FAILURE_NO_POE"])
    return judging.in_its_days(told, certificate)


async def _chain(certificate: x509.Certificate, certificates: list[x509.Certificate], grounds: Grounds) -> Any:
    """The sub-indication of the chain."""
    spec = grounds.spec()
    context = spec.cert_validation_policy.build_validation_context(
        timing_info=grounds.timing, handlers=bootstrap_validation_data_handlers(spec, timing_info=grounds.timing)
    )
    context.certificate_registry.register_multiple(certificates)
    paths = context.path_builder.async_build_paths_lazy(certificate)
    result = await validate_cert_usage(certificate, context, KeyUsageConstraints(), paths)
    return result.error_subindic or AdESPassed.OK


def _resolver(beside: Mapping[str, bytes]) -> Callable[[str], bytes]:
    def resolve(uri: str) -> bytes:
        for name in (uri, unquote(uri), unquote(uri).removeprefix("./")):
            if name in beside:
                return beside[name]
        raise _Missing

    return resolve


def _certificates(signature: Element) -> list[x509.Certificate]:
    places = [f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate", f".//{XADES}EncapsulatedX509Certificate"]
    texts = [each.text or "" for place in places for each in signature.iterfind(place)]
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(x509.Certificate.load(base64.b64decode("".join(text.split()))))
    return found


def _signing_certificate(signature: Element, certificates: list[x509.Certificate]) -> x509.Certificate | None:
    """The one whose hash is among the signed properties; signxml compares it again."""
    named = signature.find(f".//{XADES}SignedSignatureProperties//{XADES}Cert/{XADES}CertDigest")
    if named is None:
        return None
    wanted = base64.b64decode(named.findtext(f"{DS}DigestValue") or "")
    method = (named.find(f"{DS}DigestMethod").get("Algorithm") or "").rpartition("#")[2]
    for each in certificates:
        with suppress(ValueError):
            if hashlib.new(method, each.dump(), usedforsecurity=False).digest() == wanted:
                return each
    return None


def _stamps(signature: Element) -> list[tuple[cms.ContentInfo, bytes]]:
    """The time stamps over the signature's value, each with the bytes that it must be over."""
    value = signature.find(f"{DS}SignatureValue")
    found = []
    for stamp in signature.iterfind(f".//{XADES}SignatureTimeStamp"):
        method = stamp.find(f"{DS}CanonicalizationMethod")
        algorithm = method.get("Algorithm") if method is not None else "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
        exclusive, comments = "xml-exc-c14n" in algorithm, algorithm.endswith("WithComments")
        over = etree.tostring(value, method="c14n", exclusive=exclusive, with_comments=comments, with_tail=False)
        text = stamp.findtext(f"{XADES}EncapsulatedTimeStamp") or ""
        found.append((cms.ContentInfo.load(base64.b64decode("".join(text.split()))), over))
    return found


def _claimed(signature: Element) -> datetime | None:
    told = signature.findtext(f".//{XADES}SignedSignatureProperties/{XADES}SigningTime") or ""
    with suppress(ValueError):
        claimed = datetime.fromisoformat(told.strip().replace("Z", "+00:00"))
        return claimed.astimezone(UTC) if claimed.tzinfo else None
    return None


def _has_higher(signature: Element) -> bool:
    names = {etree.QName(each).localname for each in signature.iter(etree.Element)}
    return bool(names.intersection(_HIGHER))


def _algorithms(signature: Element) -> list[Element]:
    tags = (f"{DS}SignatureMethod", f"{DS}DigestMethod")
    return [each for tag in tags for each in signature.iterfind(f"{DS}SignedInfo//{tag}")]


def _names(signature: Element, certificate: x509.Certificate) -> tuple[str, ...]:
    """What the signature rests on, as the table of algorithms calls it."""
    hashes = [_text_of(each).rpartition("#")[2].rpartition("-")[2] for each in _algorithms(signature)]
    key = certificate.public_key
    name = {"ec": "ecdsa"}.get(key.algorithm, key.algorithm)
    return tuple(dict.fromkeys([*hashes, f"{name}-{key.bit_size}"]))


def _text_of(element: Element) -> str:
    return str(element.get("Algorithm") or "").lower().rpartition("/")[2]


def _target(signature: Element, reference: Element) -> Element | None:
    """The element that an inner reference names."""
    uri = reference.get("URI") or ""
    if not uri.startswith("#"):
        return None
    named = [
        each for each in signature.getroottree().iter(etree.Element) if uri[1:] in (each.get("Id"), each.get("ID"))
    ]
    return named[0] if len(named) == 1 else None


def _reaches_out(signature: Element, reference: Element) -> bool:
    """Does a reference mean something of this XML outside the signature itself?"""
    if reference.get("URI") == "":
        return True
    target = _target(signature, reference)
    return target is not None and target is not signature and signature not in target.iterancestors()


def _is_whole(root: Element, reference: Element) -> bool:
    return reference.get("URI") == "" or _target(root, reference) is root
