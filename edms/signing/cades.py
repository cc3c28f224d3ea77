"""CAdES: a CMS signature around the signed bytes, or beside them (ETSI EN 319 122), judged at every
baseline level; its archive time stamps are read next door (`cms_archives`)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from asn1crypto import cms, pem

from edms.signing import cms_archives, stamp_facts
from edms.signing import cms_judging as judging
from edms.signing.grounds import Grounds
from edms.signing.verdicts import (
    MOST_SIGNATURES,
    SIGNED_FILE_MISSING,
    UNDECIDED,
    Bottom,
    Finding,
    Form,
    Level,
    Stamp,
    TooMany,
)

_ARCHIVE = (
    "0.4.0.1733.2.4",
    "1.2.840.113549.1.9.16.2.48",
    "1.2.840.113549.1.9.16.2.27",
)  # archive time stamps v3, v2, v1


def read(content: bytes) -> cms.SignedData | None:
    """The signed data in DER, BER, PEM or base64; None when it is none."""
    try:
        told = cms.ContentInfo.load(der(content))
        if told["content_type"].native != "signed_data":
            return None
        signed: cms.SignedData = told["content"]
        len(signed["signer_infos"])
    except (ValueError, TypeError, KeyError):
        return None
    return signed


def enveloped(signed_data: cms.SignedData) -> bytes | None:
    """The signed bytes that lie inside; None for a detached signature."""
    inner = signed_data["encap_content_info"]["content"]
    return None if inner is None or inner.native is None else bytes(inner)


def findings(
    signed_data: cms.SignedData,
    beside: Mapping[str, bytes],
    grounds: Grounds,
    *,
    name: str = "",
    since: datetime | None = None,
    later: Sequence[Stamp] = (),
) -> tuple[Finding, ...]:
    """Each signer of a CMS. `beside` are the files that it may be over, by name; `name` is that of the signature.

    `since` an archive time stamp proves that all of it was as it is: what cannot be decided now is judged at that time.
    `later` are the facts of all time stamps over the whole.
    """
    if len(signed_data["signer_infos"]) > MOST_SIGNATURES:
        raise TooMany
    return tuple(_finding(alone, beside, grounds, name, since, later) for alone in judging.singly(signed_data))


def _finding(
    signed_data: cms.SignedData, beside: Mapping[str, bytes], grounds: Grounds, name: str, since: datetime | None,
    later: Sequence[Stamp],
) -> Finding:  # fmt: skip
    plain = Finding(name, Bottom.INDETERMINATE, UNDECIDED, "GENERIC", form=Form.CADES)
    try:
        signer = signed_data["signer_infos"][0]
        known = judging.certificates_of(signed_data)
        certificate = judging.signer_certificate(signed_data, known)
        if certificate is None:
            return judging.unclear(plain, "NO_SIGNING_CERTIFICATE_FOUND", "signing.verdict_unknown_issuer")
        plain = judging.described(plain, certificate, known, grounds.roots)
        plain = judging.stamped(plain, judging.stamps_of(signed_data), grounds.roots)
        plain = judging.resting(plain, signed_data, certificate)
        brought = judging.inside(signed_data)
        level = judging.level_of(signer, answers_inside=brought is not None)
        plain = replace(plain, claimed_at=judging.claimed_time(signer), level=level)
        found = _signed_file(signed_data, signer, beside, name)
        if found is None:
            return judging.unclear(plain, "SIGNED_DATA_NOT_FOUND", SIGNED_FILE_MISSING)
        file, digest = found
        plain = replace(plain, covers=(file,) if file else ())
        archive = _archive(signed_data, beside, file, grounds) if since is None else None
        over = (*(archive.stamps if archive is not None else ()), *later)
        own = stamp_facts.judged(stamp_facts.over_signature(signed_data), grounds, brought, over)
        plain = replace(plain, stamps=(*own, *over))
        told = asyncio.run(judging.judged(plain, signed_data, digest, certificate, grounds, brought=brought))
        if told.bottom is Bottom.INDETERMINATE and archive is not None:
            since, brought = archive.since, archive.brought
        if told.bottom is Bottom.INDETERMINATE and since is not None:
            then = grounds.moved(since)
            told = asyncio.run(judging.judged(plain, signed_data, digest, certificate, then, brought=brought))
        if archive is not None and told.level is Level.LT:
            told = replace(judging.archived(told, archive.last, grounds.roots), level=Level.LTA)
    except Exception:  # bytes made for a parser may make it raise anything: the reason is all there is to tell
        return plain
    if told.bottom is Bottom.INDETERMINATE and _is_archived(signer):
        return replace(told, reason="signing.verdict_higher_level")
    return told


def signed_bytes(signed_data: cms.SignedData, beside: Mapping[str, bytes], name: str) -> bytes | None:
    """The bytes that the one signer signed, inside or beside; None when they are not there."""
    found = _signed_file(signed_data, signed_data["signer_infos"][0], beside, name)
    return None if found is None else _bytes(signed_data, beside, found[0])


def _bytes(signed_data: cms.SignedData, beside: Mapping[str, bytes], file: str) -> bytes | None:
    inner = enveloped(signed_data)
    return inner if inner is not None else beside.get(file)


def _archive(
    signed_data: cms.SignedData, beside: Mapping[str, bytes], file: str, grounds: Grounds
) -> cms_archives.Archived | None:
    """What its archive time stamps prove; whatever goes wrong with them, they prove nothing."""
    if not cms_archives.is_archived(signed_data["signer_infos"][0]):
        return None
    content = _bytes(signed_data, beside, file)
    with suppress(Exception):  # what was made for a parser proves nothing
        return cms_archives.archived(signed_data, content, grounds) if content is not None else None
    return None


def _signed_file(
    signed_data: cms.SignedData, signer: cms.SignerInfo, beside: Mapping[str, bytes], name: str
) -> tuple[str, bytes | None] | None:
    """What was signed: its name and hash. The one whose hash the signature names, else the one it is named after."""
    algorithm, wanted = judging.message_digest(signer)
    inner = enveloped(signed_data)
    if inner is not None:
        return "", None
    hashes = {file: judging.digest_of(content, algorithm) for file, content in beside.items()}
    for file, digest in hashes.items():
        if wanted is not None and hmac.compare_digest(digest, wanted):
            return file, digest
    after = PurePosixPath(name).stem  # letter.pdf.p7s is over letter.pdf, and so is letter.p7s
    for file, digest in hashes.items():
        if after and after in (file, PurePosixPath(file).stem):
            return file, digest
    return None


def _is_archived(signer: cms.SignerInfo) -> bool:
    return any(attribute["type"].dotted in _ARCHIVE for attribute in signer["unsigned_attrs"] or ())


def der(content: bytes) -> bytes:
    """The bytes of a CMS without the armour in which it may have come. Errors: ValueError."""
    if pem.detect(content):
        return bytes(pem.unarmor(content)[2])
    if content[:1] != b"\x30":
        try:
            return base64.b64decode(b"".join(content.split()), validate=True)
        except binascii.Error as error:
            raise ValueError("no CMS") from error
    return content
