"""Rows held until the transaction ends, and read as they are once they are held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from edms.errors import NotFound

Row = TypeVar("Row")


def locked(session: Session, kind: type[Row], *ident: Any, key_share: bool = False, read: bool = False) -> Row:
    """The row with this primary key, under lock and read afresh; what this transaction changed is written before.

    `key_share` lets others point at the row meanwhile, `read` lets them hold it so too (PostgreSQL, Row-Level Locks).
    What another wrote between our first reading and our lock is no fault here, unlike with `Session.refresh` and
    `Session.get`: the caller judges the row after it, and so has better words than that somebody was quicker.
    Errors: NotFound.
    """
    own = [column == value for column, value in zip(inspect(kind).primary_key, ident, strict=True)]
    held = select(kind).where(*own).with_for_update(of=kind, key_share=key_share, read=read)
    row = session.scalar(held.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def lock(session: Session, row: object, *, key_share: bool = False, read: bool = False) -> None:
    """The same for a row that is read already: it is as it stands now."""
    mapper = inspect(row).mapper
    ident: Sequence[Any] = mapper.primary_key_from_instance(row)
    locked(session, mapper.class_, *ident, key_share=key_share, read=read)
