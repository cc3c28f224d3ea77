"""A pile signed with one PIN, lot by lot: no transaction is open while the key works, wherever that lies.

Planned in one transaction: whose turn it is, which bytes, and each request noted as being at the key, so that nobody
signs it a second time meanwhile; the try of the PIN is counted in the same. Then the prepared bytes are read and hashed
anew. Each lot's signatures are kept in a transaction of its own with the jobs that go on from them. Killed anywhere,
what was kept goes on by its jobs, and the rest waits for a PIN again as soon as the act has let it go or `LEASE` is over.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Corrupt, EdmsError, Invalid, NotFound, RuleBroken
from edms.jobs import Job, Kind, defer, defer_all
from edms.registry.models import Content
from edms.signing import container, pins, turns
from edms.signing.keys import Card, InLots, Made, Signer
from edms.signing.models import SignatureRequest, SignatureState
from edms.signing.pins import Transaction
from edms.signing.tokens import Token
from edms.storage.port import ContentStore

LEASE = timedelta(minutes=3)
"""So long a request may be at the key; longer than a lot of any signer takes, and counted anew with each lot."""
PATIENCE = 60.0
"""Seconds after which no further lot is begun: she waits for the answer in her browser."""

Guard = Callable[[Session, Sequence[SignatureRequest]], Mapping[int, EdmsError]]
"""Which of some requests are not to be signed although they were prepared, and why; it holds what it looked at."""


@dataclass(frozen=True)
class Signed:
    """How one request of a pile fared: `error` is None when its signature was made."""

    request_id: int
    draft_ref: int | None
    error: EdmsError | None = None


@dataclass(frozen=True)
class Piece:
    """One request at the key: its prepared bytes in the store, and what they have to begin with and to hash to."""

    request_id: int
    draft_ref: int | None
    store_key: str
    shown_sha256: bytes
    shown_size: int
    start: int
    end: int
    digest: bytes


@dataclass(frozen=True)
class Plan:
    """What an act has at the key, and what could not be planned."""

    act: str
    pieces: Sequence[Piece]
    refused: Sequence[Signed]


def sign(
    transaction: Transaction, actor: Actor, request_ids: Sequence[int], *, shown: Mapping[int, bytes], pin: str,
    signer: Signer, store: ContentStore, keys: Keys | None = None, guard: Guard | None = None,
) -> list[Signed]:  # fmt: skip
    """Sign the prepared requests. Each result stands for itself: one bad content stops no other, nor does a lot that fails
    undo the lots before it.

    `shown` is request to the SHA-256 that the signer's screen showed. `keys` counts the PIN; None where none is typed
    here. `guard` is asked before the key and again before its signatures are kept. Errors: TooManyAttempts; Invalid (field pin), RuleBroken, Unavailable of the key: then nothing is signed at all.
    """
    tried: pins.Try | None = None
    with transaction() as session:
        if keys is not None:
            tried = pins.begin(session, actor.official_id or 0, keys=keys, token=isinstance(signer, Token))
        plan = planned(session, actor, request_ids, shown=shown, guard=guard)
    results, ready, left = list(plan.refused), list(plan.pieces), list(plan.pieces)
    error: EdmsError | None = None
    try:
        ready, unlike = _read(plan, store)
        left = list(ready)
        with transaction() as session:
            results += _let_go(session, plan, unlike)
        for made in _lots(signer, [piece.digest for piece in ready], pin):
            with transaction() as session:
                results += kept(session, actor, plan, left[: len(made)], made, signer.card, guard)
            del left[: len(made)]
    except EdmsError as stopped:
        error = stopped
    nothing = len(left) == len(ready)
    with transaction() as session:
        if tried is not None and keys is not None:
            # Once a lot was signed the PIN was right, whatever came later; where no key was asked it is neither.
            pins.judge(session, tried, (error or RuleBroken()) if nothing else None, keys=keys)
        results += _let_go(session, plan, [Signed(each.request_id, each.draft_ref, error) for each in left])
    if error is not None and nothing:
        raise error
    return results


def planned(
    session: Session, actor: Actor, request_ids: Sequence[int], *, shown: Mapping[int, bytes], guard: Guard | None = None
) -> Plan:  # fmt: skip
    """Take those whose turn it is to the key. Errors: Forbidden, NotFound."""
    wanted = select(SignatureRequest).where(SignatureRequest.signature_request_id.in_(request_ids))
    rows = session.scalars(wanted).all()
    if len(rows) != len(set(request_ids)):
        raise NotFound
    for request in rows:
        require(actor, Permission.DOCUMENT_SIGN, request)
    everybody = turns.locked(session, rows)
    contents = _at_hand(session, everybody)
    plan, pieces, refused = uuid4().hex, [], []
    stopped = guard(session, rows) if guard is not None else {}
    for request in [each for each in everybody if each.signature_request_id in set(request_ids)]:
        paper = [each for each in everybody if request.draft_ref is not None and each.draft_ref == request.draft_ref]
        if (error := stopped.get(request.signature_request_id)) is not None:
            refused.append(Signed(request.signature_request_id, request.draft_ref, error))
            continue
        try:
            turns.require_turn(paper, request)
            pieces.append(_piece(session, request, paper, contents, shown))
        except (RuleBroken, Corrupt) as error:
            refused.append(Signed(request.signature_request_id, request.draft_ref, error))
            continue
        request.with_key, request.with_key_until = plan, clock.now() + LEASE
        request.trouble, request.trouble_values = None, {}
    return Plan(plan, pieces, refused)


def kept(
    session: Session, actor: Actor, plan: Plan, pieces: Sequence[Piece], made: Made, card: Card | None,
    guard: Guard | None = None,
) -> list[Signed]:  # fmt: skip
    """Keep one lot's signatures, and post what goes on from them. What changed meanwhile takes none."""
    results = []
    rows = _rows(session, [piece.request_id for piece in pieces])
    stopped = guard(session, list(rows.values())) if guard is not None else {}
    for piece, signature in zip(pieces, made, strict=True):
        request = rows[piece.request_id]
        require(actor, Permission.DOCUMENT_SIGN, request)
        error: EdmsError | None = None
        if not _is_at(plan, request, piece):
            error = RuleBroken("signing.prepared_anew")
        elif (why := stopped.get(piece.request_id)) is not None:
            error = why  # a signature that was made is dropped: it is in no paper yet
            _release(request, error)
        elif isinstance(signature, EdmsError):
            error = signature
            _release(request, error)
        else:
            error = _take(actor, request, signature, card)
        results.append(Signed(piece.request_id, piece.draft_ref, error))
    follow = {SignatureState.SIGNED: Kind.EMBED_SIGNATURE, SignatureState.ASKED: Kind.PREPARE_SIGNATURE}
    on = [request for request in rows.values() if request.state in follow]
    defer_all(session, [Job(follow[each.state], each.signature_request_id) for each in on])
    session.execute(
        update(SignatureRequest)
        .where(SignatureRequest.with_key == plan.act, SignatureRequest.state == SignatureState.PREPARED)
        .values(with_key_until=clock.now() + LEASE)
    )
    return results


def _lots(signer: Signer, digests: Sequence[bytes], pin: str) -> Iterator[Made]:
    """What the key makes, lot by lot. Errors: those of the key; RuleBroken when it takes too long to wait for."""
    if not digests:
        return
    if not isinstance(signer, InLots):
        yield signer.sign(digests, pin=pin, at=clock.now())
        return
    begun, done = time.monotonic(), 0
    with closing(signer.lots(digests, pin=pin)) as lots:
        for made in lots:
            yield [*made]
            done += len(made)
            if done < len(digests) and time.monotonic() - begun > PATIENCE:
                raise RuleBroken("signing.rest_waits")


def _piece(
    session: Session,
    request: SignatureRequest,
    paper: Sequence[SignatureRequest],
    contents: Mapping[int, Content],
    shown: Mapping[int, bytes],
) -> Piece:
    if request.state is SignatureState.PREPARED and turns.is_stale(session, paper, request):
        turns.prepare_again(request)
        defer(session, Kind.PREPARE_SIGNATURE, request.signature_request_id)
        raise RuleBroken("signing.prepared_anew")
    if request.state is not SignatureState.PREPARED or request.container is None or request.digest is None:
        raise RuleBroken("signing.not_prepared", state=request.state.value)
    if shown.get(request.signature_request_id) != request.shown_sha256:
        raise Corrupt("signing.not_what_was_shown")
    return Piece(
        request.signature_request_id,
        request.draft_ref,
        contents[request.prepared_content_id or 0].store_key,
        request.shown_sha256,
        contents[request.shown_content_id].size,
        request.container["start"],
        request.container["end"],
        request.digest,
    )


def _read(plan: Plan, store: ContentStore) -> tuple[list[Piece], list[Signed]]:
    """Those whose prepared bytes begin with what was shown and hash to what was asked, computed anew; and the others."""
    ready, refused = [], []
    for piece in plan.pieces:
        with store.open(piece.store_key) as stream:
            prepared = stream.read()
        begins = hashlib.sha256(memoryview(prepared)[: piece.shown_size]).digest() == piece.shown_sha256
        if begins and container.digest(prepared, piece.start, piece.end) == piece.digest:
            ready.append(piece)
        else:
            refused.append(Signed(piece.request_id, piece.draft_ref, Corrupt("signing.not_what_was_shown")))
    return ready, refused


def _at_hand(session: Session, requests: Sequence[SignatureRequest]) -> dict[int, Content]:
    """All contents of a pile, read at once."""
    ids = {each for one in requests for each in (one.shown_content_id, one.prepared_content_id, one.raised_content_id)}
    found = session.scalars(select(Content).where(Content.content_id.in_(ids - {None})))
    return {content.content_id: content for content in found}


def _rows(session: Session, request_ids: Sequence[int]) -> dict[int, SignatureRequest]:
    found = select(SignatureRequest).where(SignatureRequest.signature_request_id.in_(request_ids))
    found = found.order_by(SignatureRequest.signature_request_id).with_for_update()
    rows = session.scalars(found.execution_options(populate_existing=True))
    return {each.signature_request_id: each for each in rows}


def _is_at(plan: Plan, request: SignatureRequest, piece: Piece) -> bool:
    return request.with_key == plan.act and request.state is SignatureState.PREPARED and request.digest == piece.digest


def _let_go(session: Session, plan: Plan, left: Sequence[Signed]) -> list[Signed]:
    """What this act signs no more waits for its PIN again, with the reason beside it."""
    rows = _rows(session, [each.request_id for each in left])
    for each in left:
        request = rows[each.request_id]
        if request.with_key == plan.act:
            _release(request, each.error)
    return list(left)


def _release(request: SignatureRequest, error: EdmsError | None) -> None:
    request.with_key = request.with_key_until = None
    if error is not None and not isinstance(error, Invalid):  # a wrong PIN is said at its field
        request.trouble = error.message
        request.trouble_values = {name: str(value) for name, value in error.values.items()}


def _take(actor: Actor, request: SignatureRequest, signature: bytes, card: Card | None) -> EdmsError | None:
    """Keep a signature that was just made; one that has no room (the key was changed) is prepared anew with more."""
    place = request.container or {}
    if not container.fits(signature, place["start"], place["end"]):
        turns.prepare_again(request)
        request.room = 2 * len(signature)
        return RuleBroken("signing.prepared_anew")
    request.with_key = request.with_key_until = None
    request.signature = signature
    request.certificate = _certificate(card)
    request.signed_by_id = actor.official_id
    request.signed_at = clock.now()
    request.state = SignatureState.SIGNED
    request.trouble, request.trouble_values = None, {}
    return None


def _certificate(card: Card | None) -> dict[str, Any] | None:
    if card is None:
        return None
    return {"name": card.name, "issuer": card.issuer, "serial": card.serial, "until": card.valid_until.isoformat()}
