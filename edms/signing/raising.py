"""Raising a signature from B-B to B-LTA (ETSI EN 319 142-1): its time stamp, what answers for its certificates, and a
time stamp over both. Only B-LTA can be validated when nobody can be asked any more.

Each call starts from the prepared bytes and the signature made at the signer's act, so it can be repeated at will.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError, UnacceptableSignerError, simple_cms_attribute
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimestampRequestError
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
from edms.signing.container import HASH, RESERVED, fill
from edms.signing.outside import Outside
from edms.signing.trust import Roots

for _talker in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_talker).setLevel(logging.CRITICAL)  # an ordinary "no" is not worth a traceback in the log


@dataclass(frozen=True)
class Raised:
    """A PDF at B-LTA, and when its signature was proven to exist."""

    pdf: bytes
    proven_at: datetime


def raise_to_lta(
    prepared: bytes, start: int, end: int, signature: bytes, *, field: str, outside: Outside, roots: Roots
) -> Raised:
    """Time stamp, validation data and archive time stamp for the signature of `field`.

    Errors: Unavailable when time stamps or revocation answers cannot be had now; RuleBroken when the certificate is
    revoked, expired, untrusted, or names nobody who could be asked: such a signature never gets beyond B-T.
    """
    stamper = outside.timestamper()
    context = _context(outside, roots)

    async def all_steps() -> Raised:
        stamped, proven_at = await _stamped(signature, stamper)
        signed = BytesIO(fill(prepared, start, end, stamped))
        reader = PdfFileReader(signed)
        embedded = next(s for s in reader.embedded_regular_signatures if s.field_name == field)
        paths = await collect_validation_info(embedded, context)
        writer = IncrementalPdfFileWriter(signed)
        DocumentSecurityStore.supply_dss_in_writer(writer, None, paths=paths, validation_context=context)
        output = await PdfTimeStamper(stamper).async_timestamp_pdf(
            writer,
            HASH,
            context,
            bytes_reserved=RESERVED,
            dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        )
        return Raised(output.getvalue(), proven_at)

    made = _run(all_steps(), context)
    if made.pdf[:start] != prepared[:start]:
        raise Corrupt("signing.bytes_changed")
    return made


async def _stamped(signature: bytes, stamper: object) -> tuple[bytes, datetime]:
    """The CMS with a signature time stamp among its unsigned attributes (RFC 3161, ETSI EN 319 122-1, 5.3)."""
    content = cms.ContentInfo.load(signature)
    signer = content["content"]["signer_infos"][0]
    imprint = hashlib.new(HASH, signer["signature"].native).digest()
    token = await stamper.async_timestamp(imprint, HASH)  # type: ignore[attr-defined]
    signer["unsigned_attrs"] = cms.CMSAttributes([simple_cms_attribute("signature_time_stamp_token", token)])  # type: ignore[no-untyped-call]
    told = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    return content.dump(), told


def _context(outside: Outside, roots: Roots) -> ValidationContext:
    return ValidationContext(
        trust_roots=list(roots),
        allow_fetching=True,
        fetcher_backend=outside.fetchers(),
        moment=clock.now(),
        revocation_mode="require",
    )


def _run(steps: Awaitable[Raised], context: ValidationContext) -> Raised:
    async def released() -> Raised:
        try:
            return await steps
        finally:
            await context.aclose()  # type: ignore[no-untyped-call]

    try:
        return asyncio.run(released())
    except TimestampRequestError as error:
        raise Unavailable("signing.time_authority_silent") from error
    except (OCSPFetchError, CRLFetchError) as error:
        raise Unavailable("signing.revocation_silent") from error
    except RevokedError as error:
        raise RuleBroken("signing.certificate_revoked", since=error.revocation_dt.date().isoformat()) from error
    except ExpiredError as error:
        raise RuleBroken("signing.certificate_expired", until=error.expired_dt.date().isoformat()) from error
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
