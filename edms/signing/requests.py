"""Requests for a signature: asked, refused, given up, found. The pile with its PIN is in `lots`, the machines in `steps`.

The signer's act has two moments. When she chooses to sign, the request is asked and its bytes are prepared by a job
while she types her PIN. The visit that brings the PIN signs all listed hashes; nothing of the PIN remains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as dataclass_field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Conflict, Corrupt, EdmsError, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.jobs import Kind, defer
from edms.registry.models import Content, Document
from edms.signing import container
from edms.signing.container import Box
from edms.signing.models import OVER, SignatureRequest, SignatureState


@dataclass(frozen=True)
class MarkAsked:
    """Something to print on a page before signing: `kind` is registration or signature, `words` is what it shows."""

    kind: str
    place: Box
    words: Mapping[str, Any] = dataclass_field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the request's row."""
        return {"kind": self.kind, "place": asdict(self.place), "words": dict(self.words)}


@dataclass(frozen=True)
class Among:
    """Her place among several signers: the field made for her, and those to make for the others by the first of them."""

    field: str = ""
    later: Mapping[str, Box] = dataclass_field(default_factory=dict)


def ask(
    session: Session,
    actor: Actor,
    *,
    signer_id: int,
    shown: Content,
    shown_sha256: bytes,
    name: str,
    document: Document | None = None,
    draft_ref: int | None = None,
    marks: Sequence[MarkAsked] = (),
    reason: str | None = None,
    among: Among | None = None,
    room: int = container.ROOM,
) -> SignatureRequest:
    """Ask for `signer_id`'s signature on exactly the bytes shown, and have them prepared.

    `shown_sha256` is the hash of what her screen showed; `name` her name as printed. `draft_ref` is the draft's id.
    `room` are the bytes that her signature needs with its time stamp (`edms.signing.room`).
    Errors: Corrupt when the content is not what was shown; Conflict when the same is asked already.
    """
    among = among or Among()
    request = SignatureRequest(
        organisation_id=shown.organisation_id,
        signer_id=signer_id,
        document_id=document.document_id if document is not None else None,
        draft_ref=draft_ref,
        shown_content_id=shown.content_id,
        shown_sha256=shown_sha256,
        later={name_: asdict(box) for name_, box in among.later.items()},
        field=among.field,
        room=room,
        marks=[mark.as_json() for mark in marks],
        name=name,
        reason_to_sign=reason,
        state=SignatureState.ASKED,
        trouble_values={},
        asked_at=clock.now(),
    )
    require(actor, Permission.DOCUMENT_SIGN, request)
    if shown.sha256 != shown_sha256:
        raise Corrupt("signing.not_what_was_shown")
    if _asked_already(session, request):
        raise Conflict("signing.asked_already")
    session.add(request)
    session.flush()  # the job carries its id
    defer(session, Kind.PREPARE_SIGNATURE, request.signature_request_id)
    return request


def refuse(session: Session, actor: Actor, request: SignatureRequest, *, reason: str) -> None:
    """Refuse to sign, with the reason that its author will read. Errors: RuleBroken once it is signed or over."""
    require(actor, Permission.DOCUMENT_SIGN, request)
    request = session.get_one(SignatureRequest, request.signature_request_id, with_for_update=True)
    if request.state not in (SignatureState.ASKED, SignatureState.PREPARED):
        raise RuleBroken("signing.too_late_to_refuse")
    request.state = SignatureState.REFUSED
    request.trouble, request.trouble_values = "signing.refused", {"reason": reason}
    request.ended_at = clock.now()


def give_up(session: Session, actor: Actor, request: SignatureRequest, error: EdmsError) -> None:
    """End a request that cannot be fulfilled, with its reason: the PIN never came, the certificate is revoked.

    A request of a draft is told of by the draft, whose people and number are concerned (`edms.drafting.act.fail`).
    """
    if request.state in OVER:
        return
    request.state = SignatureState.FAILED
    request.trouble = error.message
    request.trouble_values = {name: str(value) for name, value in error.values.items()}
    request.ended_at = clock.now()
    if request.draft_ref is not None:
        return
    record(
        session,
        actor,
        Event.SIGNATURE_FAILED,
        Subject("signature-request", request.signature_request_id, document_id=request.document_id),
        organisation_id=request.organisation_id,
        detail={
            "reason": error.message,
            "values": request.trouble_values,
            "signer_id": request.signer_id,
        },
    )


def request_of(session: Session, actor: Actor, request_id: int) -> SignatureRequest:
    """One request that the actor may know of: the signer's own. Errors: NotFound."""
    found = session.get(SignatureRequest, request_id)
    mine = found is not None and (actor.is_system or found.signer_id in actor.people)
    if found is None or not mine:
        raise NotFound
    return found


def may_sign(actor: Actor, request: SignatureRequest) -> bool:
    """Would `lots.sign` be allowed now, her password having been asked again?"""
    return (
        request.state is SignatureState.PREPARED
        and not request.at_key
        and permits(actor, Permission.DOCUMENT_SIGN, request)
    )


def prepared_of(session: Session, ids: Sequence[int]) -> list[SignatureRequest]:
    """Those of the requests that wait for nothing but the PIN."""
    found = select(SignatureRequest).where(
        SignatureRequest.signature_request_id.in_(ids), SignatureRequest.state == SignatureState.PREPARED
    )
    return list(session.scalars(found.order_by(SignatureRequest.signature_request_id)))


def latest_for_draft(session: Session, draft_ref: int, signer_id: int | None = None) -> SignatureRequest | None:
    """The newest request of a draft, or of one of its signers: where the signature stands."""
    found = select(SignatureRequest).where(SignatureRequest.draft_ref == draft_ref)
    if signer_id is not None:
        found = found.where(SignatureRequest.signer_id == signer_id)
    return session.scalar(found.order_by(SignatureRequest.signature_request_id.desc()).limit(1))


def _asked_already(session: Session, request: SignatureRequest) -> bool:
    twin = select(SignatureRequest.signature_request_id).where(
        SignatureRequest.shown_content_id == request.shown_content_id,
        SignatureRequest.signer_id == request.signer_id,
        SignatureRequest.state.not_in((SignatureState.REFUSED, SignatureState.FAILED, SignatureState.VOID)),
    )
    return session.scalar(twin.limit(1)) is not None
