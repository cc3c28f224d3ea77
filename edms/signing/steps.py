"""What machines do between the signer's act and the finished letter: prepare, embed, raise. Each step in three parts:
read in a short transaction, work with none open, write in one. Doing a step twice, or dying in it, changes nothing.
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
from edms.errors import Corrupt, EdmsError, RuleBroken, Unavailable
from edms.jobs import Kind, defer
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.signing import container, paper, plainness, requests, rules, turns, verdict_lines
from edms.signing.algorithms import Algorithms
from edms.signing.container import Box, Mark
from edms.signing.examination import examine
from edms.signing.models import ON_ITS_WAY, OVER, SignatureRequest, SignatureState
from edms.signing.outside import Outside
from edms.signing.raising import raise_further
from edms.signing.trust import Roots
from edms.signing.verdicts import Bottom, Level, Verdict
from edms.storage.port import ContentStore, Stored

LIMIT = 256 * 1024 * 1024
AFTER_SCANS = -10_000


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
    """The bytes as far as they could be raised, stored, with our own verdict on them, by the table of `algorithms`."""

    stored: Stored
    verdict: Verdict
    level: Level
    held_up: Unavailable | None = None  # a higher level is wanted
    algorithms: Algorithms | None = None


def to_prepare(session: Session, request_id: int) -> Work | None:
    """What there is to prepare, or None: done already, gone, or another's signature is being set before it."""
    request = _in_state(session, request_id, SignatureState.ASKED)
    if request is None:
        return None
    if request.draft_ref is not None:
        paper = turns.of_paper(session, request.draft_ref)
        if any(other.state in ON_ITS_WAY for other in paper):
            return None  # she is prepared for when the other's is there
        base = turns.newest(session, paper)
        request.base_content_id = base.content_id if base is not None else None
    return _work(session, request, request.base_content_id or request.shown_content_id)


def prepare(work: Work, *, store: ContentStore, drawn: Sequence[tuple[str, Box, bytes]]) -> Prepared:
    """Print the marks, reserve the container, hash. `drawn` is kind, place and one-page PDF of each mark.

    Registration marks are a revision of their own; the signature's mark is its visible face.
    Errors: Invalid, RuleBroken when the content may not be signed as it is.
    """
    shown = _read(store, work.key)
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
    """What there is to raise, or None. It goes on from the level that was kept."""
    request = _in_state(session, request_id, SignatureState.EMBEDDED)
    return _work(session, request, request.raised_content_id or request.embedded_content_id) if request else None


def finish(
    work: Work, *, store: ContentStore, outside: Outside, roots: Roots, algorithms: Algorithms | None = None
) -> Finished:
    """Raise as far as is wanted and possible, and judge the result as anybody else would.

    Errors: Unavailable when no level was gained, RuleBroken, Corrupt.
    """
    made = raise_further(
        _read(store, work.key), field=work.field, level=work.level, wanted=work.wanted, outside=outside, roots=roots
    )
    verdict = examine(made.pdf, roots, at=clock.now(), algorithms=algorithms)
    # Before B-LT the file does not hold what answers for its certificates: undecided is all it can be.
    allowed = (Bottom.PASSED,) if made.level in (Level.LT, Level.LTA) else (Bottom.PASSED, Bottom.INDETERMINATE)
    if verdict.bottom not in allowed or (made.level is Level.LTA and verdict.level is not Level.LTA):
        raise Corrupt("signing.own_signature_not_passed", reason=verdict.sub_indication or verdict.reason)
    return Finished(_keep(store, made.pdf), verdict, made.level, made.held_up, algorithms)


def finished(session: Session, request_id: int, made: Finished) -> SignatureRequest | None:
    """Note how far it is raised: the content on the document, the verdict, the history, the ledger.

    Answers the request when this call raised it, None when it was finished or given up before. A signature that others
    follow is in its place at B-T; the last one's waits for the level that is wanted, visibly.
    """
    request = _in_state(session, request_id, SignatureState.EMBEDDED)
    if request is None:
        return None
    content = _entered(session, request, made.stored)
    request.raised_content_id = content.content_id
    request.level = made.level
    request.trouble, request.trouble_values = None, {}
    if made.level is request.wanted or request.wanted is not Level.LTA:
        request.ended_at = clock.now()
        request.state = SignatureState.RAISED
    if made.held_up is not None and request.state is SignatureState.EMBEDDED:
        _note_trouble(request, made.held_up)
    if request.document_id is not None and _may_leave(session, request):
        paper.put(session, request, content)
    verdict_lines.keep(session, content, made.verdict, algorithms=made.algorithms)  # once it lies on its letter
    if request.draft_ref is not None and request.state is SignatureState.RAISED:
        _others(session, request)
    if request.document_id is None:  # the next signer looks at it
        defer(session, Kind.LOOK_INSIDE, content.content_id, priority=AFTER_SCANS)
    return request


def _may_leave(session: Session, request: SignatureRequest) -> bool:
    document = session.get_one(Document, request.document_id)
    level = request.level or Level.B
    return rules.may_leave(session, document.organisation_id, document.register_id, level)


def _others(session: Session, request: SignatureRequest) -> None:
    """The others' bytes are made anew upon hers; at B-LTA hers lies over theirs too."""
    for other in turns.of_paper(session, request.draft_ref or 0):
        if other.state in turns.UNPREPARED:
            turns.prepare_again(other)
            defer(session, Kind.PREPARE_SIGNATURE, other.signature_request_id)
        elif other.state is SignatureState.RAISED and request.level is Level.LTA:
            other.level = Level.LTA


def held_up(session: Session, request_id: int, error: Unavailable) -> None:
    """Note why it has to wait, for those who ask; the job comes again."""
    request = session.get(SignatureRequest, request_id, with_for_update=True)
    if request is not None and request.state not in OVER:
        _note_trouble(request, error)


def _note_trouble(request: SignatureRequest, error: EdmsError) -> None:
    request.trouble = error.message
    request.trouble_values = {name: str(value) for name, value in error.values.items()}


def failed(session: Session, request_id: int, error: EdmsError) -> SignatureRequest | None:
    """End the request with its reason; the number on it is drafting's affair."""
    request = session.get(SignatureRequest, request_id, with_for_update=True)
    if request is None or request.state in OVER:
        return None
    requests.give_up(session, Actor.system(request.organisation_id), request, error)
    return request


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
        draft_ref=request.draft_ref,
        later={name: Box(**box) for name, box in request.later.items()},
        room=request.room,
        start=place.get("start", 0),
        end=place.get("end", 0),
        signature=request.signature or b"",
        level=request.level or Level.B,
        wanted=request.wanted,
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
