"""How long a signed file proves itself, and when its proof has to be carried on. Pure: facts in, dates out.

What holds a proof is its outermost time stamp: until the certificate of who gave it ends, or what it was made with is
no longer believed. A file without one over the whole holds only while its signer's certificate can be asked about.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import x509

from edms.signing.algorithms import Algorithms
from edms.signing.proof_models import EndsBy
from edms.signing.verdicts import Bottom, Finding, Form, Level, Verdict

LEAD = timedelta(days=180)
"""So long before its end a proof is carried on: time for a time-stamp authority to come back, and for a person to look."""
CARRIED_ON = frozenset(
    (form, level) for form in (Form.PADES, Form.ASICE, Form.CADES) for level in (Level.LT, Level.LTA)
)
"""What we can put a further time stamp over: PDF, containers and CMS that bring the answers about their certificates."""


@dataclass(frozen=True)
class End:
    """When a proof ends, and by what; `certified_until` and `algorithms` are what that rests on."""

    at: datetime | None
    by: EndsBy | None
    certified_until: datetime | None
    algorithms: tuple[str, ...]


def end_of(verdict: Verdict, algorithms: Algorithms) -> End:
    """The first end among the signatures of a file. A file whose signatures do not hold proves nothing: no end."""
    ends = [_end(finding, algorithms) for finding in verdict.findings]
    if verdict.bottom is not Bottom.PASSED or not ends:
        return End(None, None, None, ())
    first = min(ends, key=lambda end: end.at.timestamp() if end.at is not None else math.inf)
    certified = min((end.certified_until for end in ends if end.certified_until), default=None)
    names = sorted({name for end in ends for name in end.algorithms})
    return End(first.at, first.by, certified, tuple(names))


def earliest(certified_until: datetime | None, names: Sequence[str], algorithms: Algorithms) -> datetime | None:
    """The end of a proof that rests on these, by the table as it is now."""
    return min(filter(None, (certified_until, algorithms.first_end(names))), default=None)


def can_be_carried_on(form: Form, level: Level | None) -> bool:
    """Is there anything in the file that a further time stamp could lie over?"""
    return level is not None and (form, level) in CARRIED_ON


def _end(finding: Finding, algorithms: Algorithms) -> End:
    if finding.archive_chain:
        until, by = _until(finding.archive_chain), EndsBy.TIME_STAMP
    else:
        until, by = _until(finding.chain[:1]), EndsBy.CERTIFICATE
    weak = algorithms.first_end(finding.algorithms)
    if weak is not None and (until is None or weak < until):
        return End(weak, EndsBy.ALGORITHM, until, finding.algorithms)
    return End(until, by if until is not None else None, until, finding.algorithms)


def _until(chain: Sequence[str]) -> datetime | None:
    """The first end among these certificates; that of the trusted root itself ends nothing."""
    asked = chain[:-1] if len(chain) > 1 else chain
    ends = [x509.Certificate.load(base64.b64decode(each)).not_valid_after for each in asked]
    return min(ends, default=None)
