"""How much room a signature needs in its container, measured before the PIN: certificates, answer of the key, time stamp.

The certificates of her chain are the larger part. Their size is known from her key before it is opened, or from her last
signature; the time stamp's from the last one. Should it all the same not fit, nothing is lost: the paper is prepared
with more (`requests`), or the time stamp lies over the file (`raising`).
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms.signing import container
from edms.signing.keys import Signer
from edms.signing.models import SignatureRequest

STAMP = 8 * 1024  # bytes: a time stamp with a chain of three RSA certificates has about six thousand
ENVELOPE = 2 * 1024  # bytes: what is signed beside the certificates, and the largest RSA signature
LAST = 20  # so many of her earlier signatures are looked at


@runtime_checkable
class Chained(Protocol):
    """A signer who can say without the PIN how large her certificates are."""

    @property
    def chain_size(self) -> int:
        """Bytes of all certificates of the chain, no less."""
        ...


def room_for(session: Session, official_id: int, signer: Signer | None) -> int:
    """Bytes for her signature and its time stamp, never less than the usual."""
    earlier = (
        select(SignatureRequest.signature)
        .where(SignatureRequest.signed_by_id == official_id, SignatureRequest.signature.is_not(None))
        .order_by(SignatureRequest.signature_request_id.desc())
        .limit(LAST)
        .subquery()
    )
    measured = session.scalar(select(func.max(func.length(earlier.c.signature)))) or 0
    chain = signer.chain_size + ENVELOPE if isinstance(signer, Chained) else 0
    needed = max(measured, chain) + STAMP
    return max(container.ROOM, -(-needed // 1024) * 1024)
