"""Raising a signature from B-B to B-LTA (ETSI EN 319 142-1): its time stamp, what answers for its certificates, and a
time stamp over both. Only B-LTA can be validated when nobody can be asked any more.

Each call goes on from the level that was reached and kept, and stops where somebody does not answer, so it can be
repeated at will. A signature that others will follow stops at B-LT: the last one's archive stamp lies over all.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError, UnacceptableSignerError, simple_cms_attribute
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation.dss import DocumentSecurityStore, collect_validation_info
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import (
    CRLFetchError,
    ExpiredError,
    InsufficientRevinfoError,
    OCSPFetchError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)

from edms import clock
from edms.errors import Corrupt, RuleBroken, Unavailable
from edms.signing.container import HASH, RESERVED, fill, fits
from edms.signing.outside import Outside
from edms.signing.trust import Roots
from edms.signing.verdicts import Level

for _talker in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_talker).setLevel(logging.CRITICAL)  # an ordinary "no" is not worth a traceback in the log


Made = TypeVar("Made")


@dataclass(frozen=True)
class Raised:
    """A PDF and the level that its signature has now; `held_up` says why it has not the one that was wanted."""

    pdf: bytes
    level: Level
    held_up: Unavailable | None = None


def raise_further(pdf: bytes, *, field: str, level: Level, wanted: Level, outside: Outside, roots: Roots) -> Raised:
    """Raise the signature of `field`, the newest of `pdf`, from `level` as far as `wanted`.

    Errors: Unavailable when not even the next level can be had now; RuleBroken when the certificate is revoked, expired,
    untrusted, or names nobody who could be asked: such a signature never gets beyond B-T.
    """
    return asyncio.run(_raised(pdf, field, level, wanted, outside, roots))


def raise_to_lta(
    prepared: bytes, start: int, end: int, signature: bytes, *, field: str, outside: Outside, roots: Roots
) -> Raised:
    """All levels at once, from the prepared bytes. Errors: as `raise_further`, and Unavailable wherever it stops."""
    filled = fill(prepared, start, end, signature)
    made = raise_further(filled, field=field, level=Level.B, wanted=Level.LTA, outside=outside, roots=roots)
    if made.held_up is not None:
        raise made.held_up
    return made


async def _raised(pdf: bytes, field: str, level: Level, wanted: Level, outside: Outside, roots: Roots) -> Raised:
    """One context and one time-stamp authority for all levels: what was answered once is not asked and checked again."""
    made = Raised(pdf, level)
    if level is wanted:
        return made
    stamper, known = outside.timestamper(), context(outside, roots)
    try:
        while made.level is not wanted:
            reached, step = _STEPS[made.level]
            try:
                further = await _told(step(made.pdf, field, stamper, known))
            except Unavailable as error:
                if made.level is level:
                    raise
                return Raised(made.pdf, made.level, error)
            made = Raised(further, reached)
    finally:
        await known.aclose()  # type: ignore[no-untyped-call]
    return made


async def stamped(signature: bytes, stamper: TimeStamper) -> bytes:
    """The CMS with a time stamp over its signature among its unsigned attributes."""
    content = cms.ContentInfo.load(signature)
    signer = content["content"]["signer_infos"][0]
    imprint = hashlib.new(HASH, signer["signature"].native).digest()
    token = await stamper.async_timestamp(imprint, HASH)
    signer["unsigned_attrs"] = cms.CMSAttributes([simple_cms_attribute("signature_time_stamp_token", token)])  # type: ignore[no-untyped-call]
    made: bytes = content.dump()
    return made


async def _timed(pdf: bytes, field: str, stamper: TimeStamper, context: ValidationContext) -> bytes:
    """B-T: a time stamp inside the signature (RFC 3161, ETSI EN 319 122-1, 5.3).

    One that is larger than the room that is left lies over the file instead (EN 319 142-1, 5.5), so that the signer,
    whose PIN is gone, need not be asked again.
    """
    embedded = next(s for s in PdfFileReader(BytesIO(pdf)).embedded_regular_signatures if s.field_name == field)
    start, end = int(embedded.byte_range[1]), int(embedded.byte_range[2])
    with_time = await stamped(embedded.pkcs7_content, stamper)
    if fits(with_time, start, end):
        made = fill(pdf, start, end, with_time)
        if made[:start] != pdf[:start] or made[end:] != pdf[end:]:
            raise Corrupt("signing.bytes_changed")
        return made
    return await _stamped_over(pdf, stamper, None)


async def _answered(pdf: bytes, field: str, stamper: TimeStamper, context: ValidationContext) -> bytes:
    """B-LT: what answers for the certificates of all signatures so far."""
    whole = BytesIO(pdf)
    signatures = PdfFileReader(whole).embedded_regular_signatures
    paths = [path for each in signatures for path in await collect_validation_info(each, context)]
    writer = IncrementalPdfFileWriter(whole)
    DocumentSecurityStore.supply_dss_in_writer(writer, None, paths=paths, validation_context=context)
    output = BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    return _carried_on(pdf, output.getvalue())


async def _archived(pdf: bytes, field: str, stamper: TimeStamper, context: ValidationContext) -> bytes:
    """B-LTA: a time stamp over the file, with what answers for the authority that gives it."""
    return await _stamped_over(pdf, stamper, context)


async def _stamped_over(pdf: bytes, stamper: TimeStamper, context: ValidationContext | None) -> bytes:
    output = await PdfTimeStamper(stamper).async_timestamp_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)),
        HASH,
        context,
        bytes_reserved=await _room(stamper),
        dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
    )
    return _carried_on(pdf, output.getvalue())


def _carried_on(before: bytes, after: bytes) -> bytes:
    if not after.startswith(before):
        raise Corrupt("signing.bytes_changed")
    return after


_STEPS: Mapping[Level, tuple[Level, Callable[[bytes, str, TimeStamper, ValidationContext], Awaitable[bytes]]]] = {
    Level.B: (Level.T, _timed),
    Level.T: (Level.LT, _answered),
    Level.LT: (Level.LTA, _archived),
}


async def _room(stamper: TimeStamper) -> int:
    """Hexadecimal digits for a time stamp over the file: twice what the authority's last one needed."""
    return max(RESERVED, 4 * len((await stamper.async_dummy_response(HASH)).dump()))


def context(outside: Outside, roots: Roots) -> ValidationContext:
    """What is trusted now, with whom to ask about revocation."""
    return ValidationContext(
        trust_roots=list(roots),
        allow_fetching=True,
        fetcher_backend=outside.fetchers(),
        moment=clock.now(),
        revocation_mode="require",
    )


async def run(steps: Awaitable[Made], known: ValidationContext) -> Made:
    """What the steps make, and the context given back. Errors: those of `raise_further`."""
    try:
        return await _told(steps)
    finally:
        await known.aclose()  # type: ignore[no-untyped-call]


async def _told(steps: Awaitable[Made]) -> Made:
    """What the steps make; what the library raises comes as errors of ours."""
    try:
        return await steps
    except TimestampRequestError as error:
        raise Unavailable("signing.time_authority_silent") from error
    except (OCSPFetchError, CRLFetchError) as error:
        raise Unavailable("signing.revocation_silent") from error
    except RevokedError as error:
        raise RuleBroken("signing.certificate_revoked", since=error.revocation_dt) from error
    except ExpiredError as error:
        raise RuleBroken("signing.certificate_expired", until=error.expired_dt) from error
    except InsufficientRevinfoError as error:
        raise _unanswered(error) from error
    except PathBuildingError as error:
        raise RuleBroken("signing.certificate_untrusted") from error
    except (ValidationError, UnacceptableSignerError) as error:
        raise RuleBroken("signing.certificate_unusable") from error
    except SigningError as error:
        raise Corrupt("signing.container_too_small") from error
    except OSError as error:
        raise Unavailable("signing.time_authority_silent") from error


def _unanswered(error: InsufficientRevinfoError) -> Exception:
    """Nobody answered for a certificate: was nobody named in it, or did the named not answer?"""
    subject = error.current_path.leaf
    named = bool(subject is not None and (subject.ocsp_urls or subject.crl_distribution_points))
    return Unavailable("signing.revocation_silent") if named else RuleBroken("signing.no_revocation_address")
