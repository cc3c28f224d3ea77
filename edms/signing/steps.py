"""What machines do between the signer's act and the finished letter: prepare, embed, raise. Each step in three parts:
read in a short transaction, work with none open, write in one. Doing a step twice, or dying in it, changes nothing.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import Corrupt, EdmsError, RuleBroken, Unavailable
from edms.events import Event, Subject, record
from edms.jobs import Kind, defer
from edms.registry import contents, lifecycle
from edms.registry.models import Content, Document
from edms.registry.words import ContentRole, DocumentState
from edms.signing import container, plainness, requests, verdict_lines
from edms.signing.container import Box, Mark
from edms.signing.examination import examine
from edms.signing.models import OVER, SignatureRequest, SignatureState
from edms.signing.outside import Outside
from edms.signing.raising import raise_to_lta
from edms.signing.trust import Roots
from edms.signing.verdicts import Bottom, Level, Verdict
from edms.storage.port import ContentStore, Stored

LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True)
class Work:
    """What a step needs to know of its request, read before the work and free of the database."""

    request_id: int
    organisation_id: int
    key: str  # in the store, of the bytes to go on with
    content_id: int
    file_name: str
    field: str
    signer: str
    reason: str | None
    marks: Sequence[dict[str, Any]]
    at: datetime
    start: int = 0
    end: int = 0
    signature: bytes = b""


@dataclass(frozen=True)
class Prepared:
    """The bytes with their empty container, stored."""

    stored: Stored
    field: str
    digest: bytes
    start: int
    end: int


@dataclass(frozen=True)
class Finished:
    """The bytes at B-LTA, stored, with our own verdict on them."""

    stored: Stored
    verdict: Verdict


def to_prepare(session: Session, request_id: int) -> Work | None:
    """What there is to prepare, or None: done already, or gone."""
    request = _in_state(session, request_id, SignatureState.ASKED)
    return _work(session, request, request.shown_content_id) if request else None


def prepare(work: Work, *, store: ContentStore, drawn: Sequence[tuple[str, Box, bytes]]) -> Prepared:
    """Print the marks, reserve the container, hash. `drawn` is kind, place and one-page PDF of each mark.

    Registration marks are a revision of their own; the signature's mark is its visible face.
    Errors: Invalid, RuleBroken when the content may not be signed as it is.
    """
    shown = _read(store, work.key)
    plainness.require_plain(shown)
    fields = container.signature_fields(shown)
    if fields and any(kind != "signature" for kind, _, _ in drawn):
        raise RuleBroken("signing.stamp_after_signature")
    field = container.free_field(fields)
    stamped = container.set_marks(shown, [Mark(box, pdf) for kind, box, pdf in drawn if kind != "signature"])
    face = next((Mark(box, pdf) for kind, box, pdf in drawn if kind == "signature"), None)
    reserved = container.reserve(stamped, field=field, at=work.at, name=work.signer, reason=work.reason, place=face)
    return Prepared(_keep(store, reserved.pdf), field, reserved.digest, reserved.start, reserved.end)


def prepared(session: Session, request_id: int, made: Prepared) -> None:
    """Note that the request waits for its signer's PIN."""
    request = _in_state(session, request_id, SignatureState.ASKED)
    if request is None:
        return
    request.prepared_content_id = _entered(session, request, made.stored).content_id
    request.field, request.digest = made.field, made.digest
    request.container = {"start": made.start, "end": made.end}
    request.prepared_at = clock.now()
    request.state = SignatureState.PREPARED


def to_embed(session: Session, request_id: int) -> Work | None:
    """What there is to embed, or None."""
    request = _in_state(session, request_id, SignatureState.SIGNED)
    return _work(session, request, request.prepared_content_id) if request else None


def embed(work: Work, *, store: ContentStore) -> Stored:
    """Put the signature into its container."""
    return _keep(store, container.fill(_read(store, work.key), work.start, work.end, work.signature))


def embedded(session: Session, request_id: int, made: Stored) -> None:
    """Note it, and have it raised."""
    request = _in_state(session, request_id, SignatureState.SIGNED)
    if request is None:
        return
    request.embedded_content_id = _entered(session, request, made).content_id
    request.embedded_at = clock.now()
    request.level = Level.B
    request.state = SignatureState.EMBEDDED
    defer(session, Kind.RAISE_SIGNATURE, request_id)


def to_raise(session: Session, request_id: int) -> Work | None:
    """What there is to raise, or None."""
    request = _in_state(session, request_id, SignatureState.EMBEDDED)
    return _work(session, request, request.embedded_content_id) if request else None


def finish(work: Work, *, store: ContentStore, outside: Outside, roots: Roots) -> Finished:
    """Raise to B-LTA and judge the result as anybody else would. Errors: Unavailable, RuleBroken, Corrupt."""
    embedded_pdf = _read(store, work.key)
    raised = raise_to_lta(
        embedded_pdf, work.start, work.end, work.signature, field=work.field, outside=outside, roots=roots
    )
    verdict = examine(raised.pdf, roots, at=clock.now())
    if verdict.bottom is not Bottom.PASSED or verdict.level is not Level.LTA:
        raise Corrupt("signing.own_signature_not_passed", reason=verdict.sub_indication or verdict.reason)
    return Finished(_keep(store, raised.pdf), verdict)


def finished(session: Session, request_id: int, made: Finished) -> SignatureRequest | None:
    """Note that the letter is signed: its content on the document, the verdict, the history, the ledger.

    Answers the request when this call finished it, None when it was finished or given up before.
    """
    request = _in_state(session, request_id, SignatureState.EMBEDDED)
    if request is None:
        return None
    content = _entered(session, request, made.stored)
    request.raised_content_id = content.content_id
    request.level = Level.LTA
    request.trouble, request.trouble_values = None, {}
    request.ended_at = clock.now()
    request.state = SignatureState.RAISED
    verdict_lines.keep(session, content, made.verdict)
    if request.document_id is not None:
        _on_document(session, request, content)
    return request


def held_up(session: Session, request_id: int, error: Unavailable) -> None:
    """Note why it has to wait, for those who ask; the job comes again."""
    request = session.get(SignatureRequest, request_id, with_for_update=True)
    if request is not None and request.state not in OVER:
        request.trouble = error.message
        request.trouble_values = {name: str(value) for name, value in error.values.items()}


def failed(session: Session, request_id: int, error: EdmsError) -> SignatureRequest | None:
    """End the request with its reason; the number on it is drafting's affair."""
    request = session.get(SignatureRequest, request_id, with_for_update=True)
    if request is None or request.state in OVER:
        return None
    requests.give_up(session, Actor.system(request.organisation_id), request, error)
    return request


def _on_document(session: Session, request: SignatureRequest, content: Content) -> None:
    document = session.get_one(Document, request.document_id)
    hand = replace(_system(request), official_id=request.signed_by_id)
    if request.signed_by_id != request.signer_id:
        hand = replace(hand, acting_for=request.signer_id)
    contents.attach(session, hand, document, content, ContentRole.SIGNED)
    lifecycle.step(document, DocumentState.SIGNED)
    record(
        session,
        hand,
        Event.DOCUMENT_SIGNED,
        Subject("document", document.document_id, document_id=document.document_id, content_id=content.content_id),
        organisation_id=document.organisation_id,
        detail={"certificate": request.certificate, "content_id": content.content_id, "level": Level.LTA.value},
        facts={
            "number": document.number,
            "sha256": content.sha256.hex(),
            "shown_sha256": request.shown_sha256.hex(),
            "level": Level.LTA.value,
        },
    )


def _in_state(session: Session, request_id: int, state: SignatureState) -> SignatureRequest | None:
    request = session.get(SignatureRequest, request_id, with_for_update=True)
    return request if request is not None and request.state is state else None


def _work(session: Session, request: SignatureRequest, content_id: int | None) -> Work:
    content = session.get_one(Content, content_id)
    place = request.container or {}
    return Work(
        request_id=request.signature_request_id,
        organisation_id=request.organisation_id,
        key=content.store_key,
        content_id=content.content_id,
        file_name=content.name,
        field=request.field,
        signer=request.name,
        reason=request.reason_to_sign,
        marks=request.marks,
        at=clock.now(),
        start=place.get("start", 0),
        end=place.get("end", 0),
        signature=request.signature or b"",
    )


def _entered(session: Session, request: SignatureRequest, stored: Stored) -> Content:
    shown = session.get_one(Content, request.shown_content_id)
    return contents.enter(
        session,
        _system(request),
        organisation_id=request.organisation_id,
        stored=stored,
        name=shown.name,
        media_type="application/pdf",
        parent_id=shown.content_id,
    )


def _system(request: SignatureRequest) -> Actor:
    return Actor.system(request.organisation_id)


def _read(store: ContentStore, key: str) -> bytes:
    with store.open(key) as stream:
        return stream.read()


def _keep(store: ContentStore, pdf: bytes) -> Stored:
    return store.put(io.BytesIO(pdf), limit=LIMIT)
