"""The machine's steps of a signature: prepare, embed, raise. Work is done with no transaction open; each step resumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.drafting import act, signatories
from edms.errors import EdmsError, Unavailable
from edms.signing import checking, embedding, finishing, preparing, steps, upkeep
from edms.signing.models import OVER, SignatureRequest
from edms.staff.organisations import organisations
from edms.storage.port import Stored
from workers import apart

Made = TypeVar("Made")


def prepare(house: House, subject_id: int | None) -> None:
    """Print the marks and make the bytes that will be signed."""
    _step(
        house,
        subject_id,
        preparing.to_prepare,
        lambda work: preparing.prepare(work, store=house.store, drawn=act.draw_marks(work)),
        preparing.prepared,
    )


def embed(house: House, subject_id: int | None) -> None:
    """Put the signature into its place; from here its number no longer lapses."""

    def keep(session: Session, request_id: int, made: Stored) -> None:
        embedding.embedded(session, request_id, made)
        act.hold_number(session, session.get_one(SignatureRequest, request_id))

    _step(house, subject_id, embedding.to_embed, lambda work: embedding.embed(work, store=house.store), keep)


def raise_signature(house: House, subject_id: int | None) -> None:
    """Raise as far as it goes, enter the letter in its register once it may leave, and let the next signer be asked.

    What is missing is tried again: the job comes back by itself, and after its last try the round sends it on.
    """
    held: list[Unavailable] = []

    def keep(session: Session, request_id: int, made: finishing.Finished) -> None:
        request = session.get_one(SignatureRequest, request_id)
        act.register_signed(session, request, made.level)
        finishing.finished(session, request_id, made)
        act.seated(session, request)
        if made.held_up is not None and request.state not in OVER:
            held.append(made.held_up)

    _step(
        house,
        subject_id,
        finishing.to_raise,
        lambda work: finishing.finish(
            work, store=house.store, outside=house.outside, roots=house.roots, algorithms=house.algorithms
        ),
        keep,
        held_up=steps.held_up,
    )
    if held:
        raise held[0]


def tend(house: House, subject_id: int | None) -> None:
    """The round: send on what no job carries any more, and end what was not signed in its term."""
    with house.transaction() as session:
        upkeep.send_on(session)
        every = organisations(session, Actor.system())
    apart.each(house, every, signatories.expire)


def check(house: House, subject_id: int | None) -> None:
    """Judge the signatures of what came from elsewhere, and keep the verdict; what is not signed has none."""
    if subject_id is None:
        return
    with house.transaction() as session:
        work = checking.to_check(session, subject_id)
    if work is None:
        return
    found = checking.check(
        work, store=house.store, outside=house.outside, roots=house.roots, algorithms=house.algorithms
    )
    with house.transaction() as session:
        checking.checked(session, subject_id, found, algorithms=house.algorithms)


def _step(
    house: House,
    request_id: int | None,
    read: Callable[[Session, int], steps.Work | None],
    do: Callable[[steps.Work], Made],
    keep: Callable[[Session, int, Made], object],
    held_up: Callable[[Session, int, Unavailable], object] | None = None,
) -> None:
    """Read what is to be done, do it, keep what came of it. What is away is tried again; anything else fails the request."""
    if request_id is None:
        return
    with house.transaction() as session:
        work = read(session, request_id)
    if work is None:
        return
    try:
        made = do(work)
    except Unavailable as error:
        if held_up is not None:
            with house.transaction() as session:
                held_up(session, request_id, error)
        raise
    except EdmsError as error:
        _fail(house, request_id, error)
        return
    with house.transaction() as session:
        keep(session, request_id, made)


def _fail(house: House, request_id: int, error: EdmsError) -> None:
    with house.transaction() as session:
        request = steps.failed(session, request_id, error)
        if request is not None:
            act.fail(session, request)
