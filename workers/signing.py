"""The machine's steps of a signature: prepare, embed, raise. Work is done with no transaction open; each step resumes."""

from __future__ import annotations

from edms.bootstrap import House
from edms.drafting import act
from edms.errors import EdmsError, Unavailable
from edms.signing import checking, steps
from edms.signing.models import SignatureRequest


def prepare(house: House, subject_id: int | None) -> None:
    """Print the marks and make the bytes that will be signed."""
    if subject_id is None:
        return
    with house.transaction() as session:
        work = steps.to_prepare(session, subject_id)
    if work is None:
        return
    try:
        made = steps.prepare(work, store=house.store, drawn=act.draw_marks(work))
    except Unavailable:
        raise
    except EdmsError as error:
        _fail(house, subject_id, error)
        return
    with house.transaction() as session:
        steps.prepared(session, subject_id, made)


def embed(house: House, subject_id: int | None) -> None:
    """Put the signature into its place; from here its number no longer lapses."""
    if subject_id is None:
        return
    with house.transaction() as session:
        work = steps.to_embed(session, subject_id)
    if work is None:
        return
    try:
        made = steps.embed(work, store=house.store)
    except Unavailable:
        raise
    except EdmsError as error:
        _fail(house, subject_id, error)
        return
    with house.transaction() as session:
        steps.embedded(session, subject_id, made)
        act.hold_number(session, session.get_one(SignatureRequest, subject_id))


def raise_signature(house: House, subject_id: int | None) -> None:
    """Raise to B-LTA, enter the letter in its register, and let it be read like any other."""
    if subject_id is None:
        return
    with house.transaction() as session:
        work = steps.to_raise(session, subject_id)
    if work is None:
        return
    try:
        done = steps.finish(work, store=house.store, outside=house.outside, roots=house.roots)
    except Unavailable as error:
        with house.transaction() as session:
            steps.held_up(session, subject_id, error)
        raise
    except EdmsError as error:
        _fail(house, subject_id, error)
        return
    with house.transaction() as session:
        act.register_signed(session, session.get_one(SignatureRequest, subject_id))
        steps.finished(session, subject_id, done)


def check(house: House, subject_id: int | None) -> None:
    """Judge the signatures of what came from elsewhere, and keep the verdict; what is not signed has none."""
    if subject_id is None:
        return
    with house.transaction() as session:
        work = checking.to_check(session, subject_id)
    if work is None:
        return
    found = checking.check(work, store=house.store, outside=house.outside, roots=house.roots)
    with house.transaction() as session:
        checking.checked(session, subject_id, found)


def _fail(house: House, request_id: int, error: EdmsError) -> None:
    with house.transaction() as session:
        request = steps.failed(session, request_id, error)
        if request is not None:
            act.fail(session, request)
