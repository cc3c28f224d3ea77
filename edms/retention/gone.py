"""What was destroyed, said so that it can be known without the database in which it was destroyed.

A case file with the letters that went with it and the act that ordered it, no text and no name of theirs: what the list
beside the backups holds (`edms.backup.destroyed`), and what `again` destroys once more after a restore.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.errors import Corrupt
from edms.ledger.models import LedgerLeaf
from edms.registry.models import Document
from edms.retention.act_models import DisposalAct, DisposalLine, LineState, Stub
from edms.retention.acts import number_of
from edms.staff.models import Organisation


@dataclass(frozen=True)
class GoneLetter:
    """A destroyed letter: its row, and what must be the same of it before it is destroyed once more."""

    document_id: int
    number: str
    registered_on: date


@dataclass(frozen=True)
class GoneCase:
    """A destroyed case file. `leaf` is the hash (hex) of its destruction's leaf in the ledger: no other has it."""

    leaf: str
    organisation: str  # code
    act: str  # number
    act_on: date
    ground: str
    authority: str | None
    approved_at: datetime
    case_file_id: int
    index: str
    year: int
    volume: int
    until: date
    sheets: int
    destroyed_at: datetime
    letters: tuple[GoneLetter, ...]

    @property
    def name(self) -> str:
        """The case as people call it: office, index, year, volume."""
        return f"{self.organisation} {self.index} ({self.year}, {self.volume})"

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        values = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}
        letters = [[each.document_id, each.number, each.registered_on.isoformat()] for each in self.letters]
        return {**values, "letters": letters}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> GoneCase:
        """What `to_json` wrote. Errors: ValueError, KeyError, TypeError for anything else."""
        given = dict(values)
        letters = tuple(GoneLetter(int(i), str(number), date.fromisoformat(day)) for i, number, day in given["letters"])
        days = {name: date.fromisoformat(given[name]) for name in ("act_on", "until")}
        instants = {name: datetime.fromisoformat(given[name]) for name in ("approved_at", "destroyed_at")}
        return cls(**{**given, **days, **instants, "letters": letters})


def leaves(session: Session) -> dict[str, int]:
    """The leaves of all case files that were destroyed, in the order in which they were, each with its line in its act."""
    found = (
        select(LedgerLeaf.leaf_hash, DisposalLine.disposal_line_id)
        .join(DisposalLine, DisposalLine.leaf_id == LedgerLeaf.leaf_id)
        .where(DisposalLine.state == LineState.ERASED)
    )
    return {leaf.hex(): line_id for leaf, line_id in session.execute(found.order_by(LedgerLeaf.leaf_id))}


def cases(session: Session, known: Collection[str]) -> Iterator[GoneCase]:
    """The destroyed case files whose leaves are not `known`, in the order in which they were destroyed."""
    for leaf, line_id in leaves(session).items():
        if leaf not in known:
            yield _case(session, leaf, session.get_one(DisposalLine, line_id))


def _case(session: Session, leaf: str, line: DisposalLine) -> GoneCase:
    act = session.get_one(DisposalAct, line.disposal_act_id)
    number, day = number_of(session, act)
    index, at = line.case_file.case_index, line.decided_at
    stubs = select(Stub.document_id, Document.number, Document.registered_on).join(
        Document, Document.document_id == Stub.document_id
    )
    rows = session.execute(stubs.where(Stub.disposal_line_id == line.disposal_line_id).order_by(Stub.position))
    if day is None or at is None or act.approved_at is None:
        raise Corrupt("retention.act_incomplete", act=act.disposal_act_id)
    return GoneCase(
        leaf=leaf,
        organisation=session.get_one(Organisation, act.organisation_id).code,
        act=number,
        act_on=day,
        ground=act.ground,
        authority=act.authority,
        approved_at=act.approved_at,
        case_file_id=line.case_file_id,
        index=index.index,
        year=index.year,
        volume=line.case_file.volume,
        until=line.until,
        sheets=line.sheets,
        destroyed_at=at,
        letters=tuple(GoneLetter(*row) for row in rows),
    )
