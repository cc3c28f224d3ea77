"""The scope of every list: which things an actor may know of, as an SQL condition and as an index filter.

A document keeps reader tokens (`org:3:open`, `unit:4`, `official:17`, `addressee:17`); an actor holds tokens. They meet here and
nowhere else. An actor without tokens sees nothing. What is out of scope is not there: NotFound, not Forbidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from edms.access.actor import Actor, Sight
from edms.access.predicates import actor_tokens, token_groups

__all__ = ["actor_tokens", "document_tokens", "in_sight", "knows", "own_organisation", "visible"]


def visible(actor: Actor, readers: Any) -> ColumnElement[bool]:
    """The condition that a row's `readers` (a text[] column) meets the actor's tokens, within what these are limited to.

    The row has register_id and registered_on too.
    """
    if actor.is_system:
        return true()
    of = readers.parent.entity  # the class, or the alias of it that the column is of
    met = [
        and_(readers.overlap(sorted(tokens)), *_within(sight, of.register_id, of.registered_on))
        for tokens, sight in token_groups(actor)
        if tokens
    ]
    return or_(*met) if met else false()


def _within(sight: Sight | None, register_id: Any, day: Any) -> list[ColumnElement[bool]]:
    if sight is None:
        return []
    kept: list[ColumnElement[bool]] = []
    if sight.register_ids is not None:
        kept.append(register_id.in_(sorted(sight.register_ids)))
    if sight.first is not None:
        kept.append(day >= sight.first)
    if sight.last is not None:
        kept.append(day <= sight.last)
    return kept


def in_sight(actor: Actor, register_id: Any, day: Any = None) -> ColumnElement[bool]:
    """The condition that a register, and with `day` a number drawn there, is within an auditor's limits."""
    if not actor.sights:
        return true()
    limits = [replace(sight, first=None, last=None) for sight in actor.sights] if day is None else actor.sights
    return or_(*(and_(true(), *_within(sight, register_id, day)) for sight in limits))


def own_organisation(actor: Actor, organisation_id: Any) -> ColumnElement[bool]:
    """The condition that a row belongs to the actor's organisation."""
    if actor.is_system and actor.organisation_id is None:
        return true()
    return organisation_id == actor.organisation_id if actor.organisation_id is not None else false()


def is_own(actor: Actor, organisation_id: int) -> bool:
    """The same of a row that was read."""
    return organisation_id == actor.organisation_id or (actor.is_system and actor.organisation_id is None)


def knows(actor: Actor, register_id: int) -> bool:
    """May she know of this register? Everybody may of her organisation's, but an auditor whose sight is limited."""
    sights = actor.sights
    return not sights or any(sight.register_ids is None or register_id in sight.register_ids for sight in sights)


def document_tokens(
    *, organisation_id: int, grade: str, unit_id: int | None = None, officials: Iterable[int] = ()
) -> list[str]:
    """The reader tokens of a document: its grade in its organisation, its unit unless personal, and named people."""
    tokens = {f"org:{organisation_id}:{grade}"}
    if unit_id is not None and grade != "personal":
        tokens.add(f"unit:{unit_id}")
    tokens |= {f"official:{official}" for official in officials}
    return sorted(tokens)
