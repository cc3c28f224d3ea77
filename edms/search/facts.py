"""What tells letters apart beside their columns: kind, grade, who executes, registered, wrote and signed, in which case file.

Read from the tables of the rooms that keep them, for an entry of the index and for what a person is shown alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, any_, bindparam, func, literal, select, union
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session

from edms.drafting.models import Draft, DraftState
from edms.registry.models import Document
from edms.routing.models import Assignment, AssignmentState, Purpose
from edms.search.port import Filters, fact

COLUMNS: Mapping[str, InstrumentedAttribute[Any]] = {
    "kind": Document.kind,
    "grade": Document.grade,
    "registrar": Document.registered_by_id,
    "case_file": Document.case_file_id,
}
PEOPLE = ("executor", "author", "signer")
_NOT_HERS = (AssignmentState.CANCELLED, AssignmentState.GIVEN_BACK)
_SIGNED = (DraftState.SIGNING, DraftState.SIGNED)


def people_of(session: Session, document_ids: Sequence[int]) -> Mapping[int, list[tuple[str, int]]]:
    """Who executes, wrote and signed each of these documents: (one of PEOPLE, official id)."""
    people: dict[int, list[tuple[str, int]]] = defaultdict(list)
    if document_ids:
        for document_id, part, official_id in session.execute(select(_people(document_ids))):
            people[document_id].append((part, official_id))
    return people


def counted(session: Session, document_ids: Sequence[int]) -> Mapping[str, Counter[int]]:
    """Of how many of these documents each official is each of PEOPLE."""
    found = {part: Counter[int]() for part in PEOPLE}
    if document_ids:
        people = _people(document_ids)
        each = select(people.c.part, people.c.official_id, func.count()).group_by(people.c.part, people.c.official_id)
        for part, official_id, count in session.execute(each):
            found[part][official_id] = count
    return found


def facts_of(document: Document, people: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """The tokens of a document for the index."""
    own = [(name, getattr(document, column.key)) for name, column in COLUMNS.items()]
    plain = [(name, getattr(value, "value", value)) for name, value in own if value is not None]
    return tuple(sorted({fact(name, value) for name, value in [*plain, *people]}))


def stamps(document_ids: Sequence[int]) -> Select[Any]:
    """A mark of the people of each document: no version counts them."""
    found = _people(document_ids)
    each = func.concat(found.c.part, found.c.official_id)
    marks = func.md5(func.string_agg(each, aggregate_order_by(literal(","), each)))
    return select(found.c.document_id, marks.label("people")).group_by(found.c.document_id)


def fits(filters: Filters) -> list[ColumnElement[bool]]:
    """The conditions on a document that the chosen facts are its own."""
    conditions: list[ColumnElement[bool]] = []
    for name, column in COLUMNS.items():
        if values := filters.chosen.get(name):
            conditions.append(column.in_(sorted(values, key=str)))
    for part in PEOPLE:
        if values := filters.chosen.get(part):
            conditions.append(_of(part, values))
    return conditions


def _of(part: str, people: Collection[Any]) -> ColumnElement[bool]:
    if part == "executor":
        found = _executing(Assignment.document_id).where(Assignment.official_id.in_(sorted(people)))
        return found.where(Assignment.document_id == Document.document_id).exists()
    who = Draft.author_id if part == "author" else Draft.signer_id
    wrote = select(Draft.draft_id).where(Draft.document_id == Document.document_id, who.in_(sorted(people)))
    return wrote.where(Draft.state.in_(_SIGNED)).exists()


def _executing(*columns: Any) -> Select[Any]:
    return select(*columns).where(Assignment.purpose == Purpose.EXECUTE, Assignment.state.not_in(_NOT_HERS))


def _people(document_ids: Sequence[int]) -> CTE:
    ids = bindparam("of", list(document_ids), type_=ARRAY(BigInteger), unique=True)
    who = Assignment.official_id.label("official_id")
    executing = _executing(Assignment.document_id, literal("executor").label("part"), who)
    written = [
        select(Draft.document_id, literal(part), column).where(Draft.document_id == any_(ids), Draft.state.in_(_SIGNED))
        for part, column in (("author", Draft.author_id), ("signer", Draft.signer_id))
    ]
    return union(executing.where(Assignment.document_id == any_(ids)), *written).cte("people")
