"""Into which register each kind of paper of ours goes, and what can be written where that register is open."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.drafting.models import Draft, DraftKind
from edms.errors import Invalid
from edms.registry.models import Register
from edms.registry.registers import is_open, today_of
from edms.registry.words import RegisterKind

BOOKS = {
    DraftKind.REPLY: RegisterKind.OUTGOING,
    DraftKind.LETTER: RegisterKind.OUTGOING,
    DraftKind.MEMO: RegisterKind.INTERNAL,
    DraftKind.ORDER: RegisterKind.ORDERS,
    DraftKind.CONTRACT: RegisterKind.CONTRACTS,
    DraftKind.ACT: RegisterKind.ACTS,
}


ALSO = {
    DraftKind.ACT: (
        RegisterKind.MINUTES, RegisterKind.PERMITS, RegisterKind.PROTOCOLS, RegisterKind.COUNCIL_ACTS,
    ),
}  # fmt: skip
"""Where else such a paper may be numbered when its register is named: minutes and permits are written as acts are."""


def kinds_open(session: Session, actor: Actor) -> list[DraftKind]:
    """What can be written here on one's own initiative: there is an open register for it."""
    kinds = {kind: BOOKS[kind] for kind in DraftKind if kind is not DraftKind.REPLY}
    found = select(Register).where(Register.organisation_id == actor.organisation_id, Register.kind.in_(kinds.values()))
    today = clock.today(actor.time_zone)
    books = {book.kind for book in session.scalars(found) if is_open(book, today)}
    return [kind for kind, book in kinds.items() if book in books]


def book_for(session: Session, organisation_id: int, kind: DraftKind, register_id: int | None) -> Register:
    """The register into which it goes: the one named, else the first open one. Errors: Invalid (register)."""
    found = select(Register).where(Register.organisation_id == organisation_id)
    if register_id is not None:
        kinds = (BOOKS[kind], *ALSO.get(kind, ()))
        found = found.where(Register.register_id == register_id, Register.kind.in_(kinds))
    else:
        found = found.where(Register.kind == BOOKS[kind])
    return _first_open(session, found)


def _first_open(session: Session, found: Select[Register]) -> Register:
    for book in session.scalars(found.order_by(Register.register_id)):
        if is_open(book, today_of(session, book)):
            return book
    raise Invalid(fields={"register": "drafting.no_register"})


def open_now(session: Session, draft: Draft) -> Register:
    """The draft's register while it is open; else, as after a year's end, the one that is open instead of it.

    Errors: Invalid (register) when there is none.
    """
    book = session.get_one(Register, draft.register_id)
    if is_open(book, today_of(session, book)):
        return book
    same = Register.organisation_id == draft.organisation_id, Register.kind == book.kind
    return _first_open(session, select(Register).where(*same))
