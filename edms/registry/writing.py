"""Writes a registered letter in one statement: card, number, the paper's arrival, history with leaf and jobs.

One statement because the register is held from the drawing of the serial to the commit, and every round trip in between
is waited for by all who register there. The number's row is made of the card's; the leaf's id goes onto the card, since
the receipt begins with it. What is not there (no number to note, no paper) adds no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, bindparam
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from edms.access.actor import Actor
from edms.db.base import Base
from edms.errors import Conflict
from edms.events import Act, said, statement
from edms.registry.facts import plain
from edms.registry.models import Arrival, Document
from edms.registry.words import NumberState

_CARD = """
card AS (INSERT INTO document SELECT letter.* FROM act,
    jsonb_populate_record(NULL::document, :document || jsonb_build_object('leaf_id', leaf_id)) AS letter WHERE n = :own
  RETURNING document_id, register_id, year, serial, number, registered_at, registered_on)"""
_NUMBER = f"""
used AS (INSERT INTO number (register_id, year, serial, text, state, drawn_at, drawn_on, document_id)
  SELECT register_id, year, serial, number, '{NumberState.USED.value}', registered_at, registered_on, document_id
  FROM card WHERE :drawn ON CONFLICT DO NOTHING RETURNING number_id)"""  # noqa: S608
_PAPER = """
paper AS (INSERT INTO arrival SELECT * FROM jsonb_populate_record(NULL::arrival, :paper) WHERE arrival_id IS NOT NULL)"""
_WRITE = statement(_CARD, _NUMBER, _PAPER, answer="NOT :drawn OR EXISTS (SELECT FROM used)").bindparams(
    bindparam("document", type_=JSONB),
    bindparam("paper", type_=JSONB(none_as_null=True)),
    bindparam("drawn", type_=Boolean),
)


def write(
    session: Session, actor: Actor, document: Document, acts: Sequence[Act], *, drawn: bool, paper: Arrival | None
) -> None:
    """Write `document`, which has its id, with its `acts`, of which the last is the registration.

    `drawn`: its number was drawn for it and gets its row. `paper`: what arrived with it on paper. From here on the
    document is a row of the session. Errors: Conflict when the serial stands on something else (an older journal's).
    """
    told = {
        **said(session, actor, acts),
        "document": _row(document),
        "paper": _row(paper) if paper is not None else None,
        "drawn": drawn,
        "own": len(acts) - 1,
    }
    written = session.execute(_WRITE, told).all()[-1]
    if not written.answer:
        raise Conflict("registry.number_taken", number=document.number)
    set_committed_value(document, "leaf_id", written.leaf_id)
    make_transient_to_detached(document)  # it is the row just written: nothing is read back
    session.add(document)


def _row(thing: Base) -> dict[str, Any]:
    """All columns of a new row, with the defaults of those that were not given."""
    table = type(thing).__table__
    for column in table.columns:
        if thing.__dict__.get(column.key) is None:
            given = column.default.arg if column.default is not None and column.default.is_scalar else None
            set_committed_value(thing, column.key, given)
    return {column.key: plain(thing.__dict__[column.key]) for column in table.columns}
