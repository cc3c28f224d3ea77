"""The bytes to sign: marks printed, the container reserved, the hash. Before the PIN; made anew when another signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from edms import clock
from edms.errors import RuleBroken
from edms.signing import container, plainness, steps, turns
from edms.signing.container import Box, Mark
from edms.signing.models import ON_ITS_WAY, SignatureState
from edms.signing.steps import Work
from edms.storage.port import ContentStore, Stored


@dataclass(frozen=True)
class Prepared:
    """The bytes with their empty container, stored."""

    stored: Stored
    field: str
    digest: bytes
    start: int
    end: int


def to_prepare(session: Session, request_id: int) -> Work | None:
    """What there is to prepare, or None: done already, gone, or another's signature is being set before it."""
    request = steps.in_state(session, request_id, SignatureState.ASKED)
    if request is None:
        return None
    if request.draft_ref is not None:
        paper = turns.of_paper(session, request.draft_ref)
        if any(other.state in ON_ITS_WAY for other in paper):
            return None  # she is prepared for when the other's is there
        base = turns.newest(session, paper)
        request.base_content_id = base.content_id if base is not None else None
    return steps.work_of(session, request, request.base_content_id or request.shown_content_id)


def prepare(work: Work, *, store: ContentStore, drawn: Sequence[tuple[str, Box, bytes]]) -> Prepared:
    """Print the marks, reserve the container, hash. `drawn` is kind, place and one-page PDF of each mark.

    Registration marks are a revision of their own; the signature's mark is its visible face.
    Errors: Invalid, RuleBroken when the content may not be signed as it is.
    """
    shown = steps.read(store, work.key)
    plainness.require_plain(shown)
    fields = container.signature_fields(shown)
    signed = any(fields.values())
    # Of two who were asked at once the second finds the stamp there: it was set before the first signature.
    stamps = [] if signed and work.draft_ref else [Mark(box, pdf) for kind, box, pdf in drawn if kind != "signature"]
    if fields and stamps:
        raise RuleBroken("signing.stamp_after_signature")
    field = work.field or container.free_fields(fields)[0]
    if signed and field not in fields and container.is_certified(shown):
        raise RuleBroken("signing.no_field_left")
    face = next((Mark(box, pdf) for kind, box, pdf in drawn if kind == "signature"), None)
    reserved = container.reserve(
        container.set_marks(shown, stamps), field=field, at=work.at, name=work.signer, reason=work.reason,
        place=face, reserved=2 * work.room, later=None if signed else work.later,
    )  # fmt: skip
    return Prepared(steps.keep(store, reserved.pdf), field, reserved.digest, reserved.start, reserved.end)


def prepared(session: Session, request_id: int, made: Prepared) -> None:
    """Note that the request waits for its signer's PIN."""
    request = steps.in_state(session, request_id, SignatureState.ASKED)
    if request is None:
        return
    request.prepared_content_id = steps.entered(session, request, made.stored).content_id
    request.field, request.digest = made.field, made.digest
    request.container = {"start": made.start, "end": made.end}
    request.prepared_at = clock.now()
    request.state = SignatureState.PREPARED
