"""What machines do between the signer's act and the finished letter: `preparing`, `embedding`, `finishing`; what those share.

Each step is in three parts: read in a short transaction, work with none open, write in one. Doing a step twice, or dying
in it, changes nothing.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import EdmsError, Unavailable
from edms.registry import contents
from edms.registry.models import Content
from edms.signing import container, requests
from edms.signing.container import Box
from edms.signing.models import OVER, SignatureRequest, SignatureState
from edms.signing.verdicts import Level
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
    draft_ref: int | None = None
    later: Mapping[str, Box] = dataclass_field(default_factory=dict)
    room: int = container.ROOM
    start: int = 0
    end: int = 0
    signature: bytes = b""
    level: Level = Level.B
    wanted: Level = Level.LTA


def held_up(session: Session, request_id: int, error: Unavailable) -> None:
    """Note why it has to wait, for those who ask; the job comes again."""
    request = session.get(SignatureRequest, request_id, with_for_update=True)
    if request is not None and request.state not in OVER:
        note_trouble(request, error)


def note_trouble(request: SignatureRequest, error: EdmsError) -> None:
    """Say beside the request why it waits."""
    request.trouble = error.message
    request.trouble_values = {name: str(value) for name, value in error.values.items()}


def failed(session: Session, request_id: int, error: EdmsError) -> SignatureRequest | None:
    """End the request with its reason; the number on it is drafting's affair."""
    request = session.get(SignatureRequest, request_id, with_for_update=True)
    if request is None or request.state in OVER:
        return None
    requests.give_up(session, Actor.system(request.organisation_id), request, error)
    return request


def in_state(session: Session, request_id: int, state: SignatureState) -> SignatureRequest | None:
    """The request, locked, if it stands there; None where this step was done or is nobody's any more."""
    request = session.get(SignatureRequest, request_id, with_for_update=True)
    return request if request is not None and request.state is state else None


def work_of(session: Session, request: SignatureRequest, content_id: int | None) -> Work:
    """What the next step needs, going on from this content."""
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
        draft_ref=request.draft_ref,
        later={name: Box(**box) for name, box in request.later.items()},
        room=request.room,
        start=place.get("start", 0),
        end=place.get("end", 0),
        signature=request.signature or b"",
        level=request.level or Level.B,
        wanted=request.wanted,
    )


def entered(session: Session, request: SignatureRequest, stored: Stored) -> Content:
    """The bytes that a step made, as a content beside what was shown."""
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


def read(store: ContentStore, key: str) -> bytes:
    """Whole bytes out of the store."""
    with store.open(key) as stream:
        return stream.read()


def keep(store: ContentStore, pdf: bytes) -> Stored:
    """Whole bytes into the store."""
    return store.put(io.BytesIO(pdf), limit=LIMIT)
