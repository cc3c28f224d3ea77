"""The time stamps of a PDF as facts: those within its signatures, and those over the whole file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import cast

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import LocalKnowledge
from pyhanko.sign.validation.status import SignatureCoverageLevel

from edms.signing import stamp_facts
from edms.signing.grounds import Grounds
from edms.signing.later import NOTHING_BUT_SIGNATURES
from edms.signing.stamp_facts import Lying
from edms.signing.verdicts import Finding, Over, Stamp

MOST = 40  # the newest; a file with more is somebody's joke
Brought = Callable[[PdfFileReader], LocalKnowledge | None]
Placed = tuple[int, Stamp]
"""A stamp over the whole file, with the number of the revision that it made."""


def over_all(reader: PdfFileReader, grounds: Grounds, brought: Brought) -> list[Placed]:
    """Those over the whole file, from the oldest to the newest; `brought` reads what the file holds for its signatures."""
    held = reader.embedded_timestamp_signatures[-MOST:]
    with suppress(Exception):  # bytes made for a parser may make it raise anything: then there is nothing to tell
        facts = stamp_facts.judged([_lying(each) for each in held], grounds, brought(reader) if held else None)
        return [(stamp.signed_revision, fact) for stamp, fact in zip(held, facts, strict=True)]
    return []


def told(
    finding: Finding, signature: EmbeddedPdfSignature, lying: Sequence[Placed], grounds: Grounds, brought: Brought
) -> Finding:
    """The finding with all its time stamps: its own, then those over the whole file that came after it."""
    with suppress(Exception):  # as above
        later = tuple(stamp for revision, stamp in lying if revision > signature.signed_revision)
        own = stamp_facts.over_signature(signature.signed_data)
        facts = stamp_facts.judged(own, grounds, brought(signature.reader) if own else None, later)
        return replace(finding, stamps=(*facts, *later))
    return finding


def _lying(stamp: EmbeddedPdfSignature) -> Lying:
    stamp.compute_integrity_info(NOTHING_BUT_SIGNATURES)  # type: ignore[no-untyped-call]
    whole = cast(SignatureCoverageLevel, stamp.coverage) >= SignatureCoverageLevel.ENTIRE_REVISION
    return Lying(Over.DOCUMENT, stamp.signed_data, lambda _: bytes(stamp.compute_digest()), whole)
