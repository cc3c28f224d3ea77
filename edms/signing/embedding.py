"""A signature put into the place that was reserved for it. After the PIN."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import clock
from edms.jobs import Kind, defer
from edms.signing import container, steps
from edms.signing.models import SignatureState
from edms.signing.steps import Work
from edms.signing.verdicts import Level
from edms.storage.port import ContentStore, Stored


def to_embed(session: Session, request_id: int) -> Work | None:
    """What there is to embed, or None."""
    request = steps.in_state(session, request_id, SignatureState.SIGNED)
    return steps.work_of(session, request, request.prepared_content_id) if request else None


def embed(work: Work, *, store: ContentStore) -> Stored:
    """Put the signature into its container."""
    return steps.keep(store, container.fill(steps.read(store, work.key), work.start, work.end, work.signature))


def embedded(session: Session, request_id: int, made: Stored) -> None:
    """Note it, and have it raised."""
    request = steps.in_state(session, request_id, SignatureState.SIGNED)
    if request is None:
        return
    request.embedded_content_id = steps.entered(session, request, made).content_id
    request.embedded_at = clock.now()
    request.level = Level.B
    request.state = SignatureState.EMBEDDED
    defer(session, Kind.RAISE_SIGNATURE, request_id)
