"""The scope of every list: which things an actor may know of, as an SQL condition and as an index filter.

A document keeps reader tokens (`org:3:open`, `unit:4`, `official:17`); an actor holds tokens. They meet here and
nowhere else. An actor without tokens sees nothing. What is out of scope is not there: NotFound, not Forbidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, true

from edms.access.actor import Actor
from edms.access.predicates import actor_tokens

__all__ = ["actor_tokens", "document_tokens", "own_organisation", "visible"]


def visible(actor: Actor, readers: Any) -> ColumnElement[bool]:
    """The condition that a row's `readers` (a text[] column) meets the actor's tokens."""
    if actor.is_system:
        return true()
    tokens = sorted(actor_tokens(actor))
    return readers.overlap(tokens) if tokens else false()


def own_organisation(actor: Actor, organisation_id: Any) -> ColumnElement[bool]:
    """The condition that a row belongs to the actor's organisation."""
    if actor.is_system and actor.organisation_id is None:
        return true()
    return organisation_id == actor.organisation_id if actor.organisation_id is not None else false()


def is_own(actor: Actor, organisation_id: int) -> bool:
    """The same of a row that was read."""
    return organisation_id == actor.organisation_id or (actor.is_system and actor.organisation_id is None)


def document_tokens(
    *, organisation_id: int, grade: str, unit_id: int | None = None, officials: Iterable[int] = ()
) -> list[str]:
    """The reader tokens of a document: its grade in its organisation, its unit unless personal, and named people."""
    tokens = {f"org:{organisation_id}:{grade}"}
    if unit_id is not None and grade != "personal":
        tokens.add(f"unit:{unit_id}")
    tokens |= {f"official:{official}" for official in officials}
    return sorted(tokens)
