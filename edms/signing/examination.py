"""Looking at the signatures of any bytes: PDF, CMS, signed containers, XML. Nobody outside is asked from here.

Never throws: whatever goes wrong is "indeterminate, because".
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from edms.signing import asic, cades, pades, xades
from edms.signing.algorithms import Algorithms, shipped
from edms.signing.grounds import Answers, Grounds
from edms.signing.trust import Roots
from edms.signing.verdicts import TOO_MANY, UNREADABLE, UNSIGNED, Finding, TooMany, Verdict, undecided, worst

NOTHING: Mapping[str, bytes] = {}


def examine(
    signed: bytes,
    roots: Roots,
    *,
    at: datetime,
    answers: Answers | None = None,
    beside: Mapping[str, bytes] = NOTHING,
    name: str = "",
    algorithms: Algorithms | None = None,
) -> Verdict:
    """The verdict on bytes at the instant `at`. For bytes from outside call `validation.validate`, which bounds it.

    `answers` are what was heard outside about revocation, `beside` the files that a detached signature may be over,
    `algorithms` the table of what is believed until when (the shipped one).
    """
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    grounds = Grounds(roots, at, answers or Answers(), algorithms or shipped())
    try:
        found = _findings(signed, grounds, beside, name)
    except TooMany:
        return undecided(TOO_MANY)
    except Exception:  # a parser may raise anything at bytes made for it
        return undecided(UNREADABLE)
    return undecided(found) if isinstance(found, str) else worst(found)


def _findings(signed: bytes, grounds: Grounds, beside: Mapping[str, bytes], name: str) -> tuple[Finding, ...] | str:
    if signed[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return asic.findings(signed, grounds)
    if b"%PDF-" in signed[:1024]:
        return pades.findings(signed, grounds)
    if xades.is_xml(signed):
        return xades.findings(signed, beside, grounds)
    message = cades.read(signed)
    if message is not None:
        return cades.findings(message, beside, grounds, name=name)
    return UNREADABLE if not signed else UNSIGNED
