"""The year's list of case indexes (nomenclature, D414 art. 46-49): loaded from a table, edited, carried to the next year.

A table is taken whole or not at all, with every fault named by its row. Vague titles are refused: a case whose title
says nothing cannot be found, appraised or destroyed by its list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.errors import Conflict, Invalid, NotFound
from edms.events import Event, Subject, record
from edms.filing.lines import IndexLine, faults, judged, unit_of
from edms.filing.models import CaseIndex
from edms.registry.card import clean
from edms.staff.models import Organisation

YEARS = range(1990, 2200)


def load(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    rows: Iterable[Mapping[str, object]],
    *,
    year: int,
    classes: Collection[str] | None = None,
) -> list[CaseIndex]:
    """Load the list of a year from rows with the columns index, title (or title_ka, title_hy …), retention_class,
    article, unit, carry_over, note. A line whose index is there already is brought to the new text.

    `classes` are the retention classes that exist. Errors: Invalid whose fields are "<row>.<column>", row 1 being the
    first under the heading; nothing is loaded then.
    """
    require(actor, Permission.FILE_PLAN_EDIT, organisation)
    lines: list[IndexLine] = []
    wrong: dict[str, str] = {}
    for place, line, found in judged(session, organisation, rows, classes):
        wrong |= {f"{place}.{column}": message for column, message in found.items()}
        lines.append(line)
    if not lines:
        raise Invalid("filing.table_empty", fields={"table": "filing.table_empty"})
    if wrong:
        raise Invalid("filing.rows_wrong", fields=wrong)
    return [_write(session, actor, organisation, line, year) for line in lines]


def enter(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    line: IndexLine,
    *,
    year: int,
    classes: Collection[str] | None = None,
) -> CaseIndex:
    """Add one line to a year's list. Errors: Invalid (fields), Conflict when the index is taken in that year."""
    require(actor, Permission.FILE_PLAN_EDIT, organisation)
    if wrong := faults(session, organisation, line, classes):
        raise Invalid(fields=wrong)
    if year not in YEARS:
        raise Invalid(fields={"year": "filing.year_impossible"})
    if _known(session, organisation.organisation_id, year, line.index) is not None:
        raise Conflict("filing.index_taken", fields={"index": "filing.index_taken"}, index=line.index, year=year)
    return _write(session, actor, organisation, line, year)


def change(
    session: Session,
    actor: Actor,
    case_index: CaseIndex,
    line: IndexLine,
    *,
    version: int,
    classes: Collection[str] | None = None,
) -> CaseIndex:
    """Correct a line; its index stays, letters carry it. Errors: Conflict on a stale edit, Invalid (fields)."""
    require(actor, Permission.FILE_PLAN_EDIT, case_index)
    if case_index.version != version:
        raise Conflict("error.stale")
    if line.index != case_index.index:
        raise Invalid(fields={"index": "filing.index_stays"})
    organisation = session.get_one(Organisation, case_index.organisation_id)
    if wrong := faults(session, organisation, line, classes):
        raise Invalid(fields=wrong)
    return _write(session, actor, organisation, line, case_index.year)


def withdraw(session: Session, actor: Actor, case_index: CaseIndex, *, version: int) -> None:
    """Take a line off the list: nothing new is filed under it, what is there stays. Errors: Conflict on a stale edit."""
    require(actor, Permission.FILE_PLAN_EDIT, case_index)
    if case_index.version != version:
        raise Conflict("error.stale")
    if case_index.withdrawn_at is None:
        case_index.withdrawn_at = clock.now()
        _record(session, actor, case_index, {"withdrawn": True})


def copy_to(
    session: Session, actor: Actor, organisation: Organisation, *, from_year: int, to_year: int
) -> list[CaseIndex]:
    """Take over what stands in one year's list into another's; lines that are there already stay as they are."""
    require(actor, Permission.FILE_PLAN_EDIT, organisation)
    if to_year not in YEARS or to_year == from_year:
        raise Invalid(fields={"to_year": "filing.year_impossible"})
    here = organisation.organisation_id
    standing = session.scalars(
        select(CaseIndex)
        .where(CaseIndex.organisation_id == here, CaseIndex.year == from_year, CaseIndex.withdrawn_at.is_(None))
        .order_by(CaseIndex.index)
    ).all()
    if not standing:
        raise Invalid("filing.year_empty", fields={"from_year": "filing.year_empty"}, year=from_year)
    copied = []
    for line in standing:
        if _known(session, here, to_year, line.index) is None:
            twin = CaseIndex(organisation_id=here, year=to_year, index=line.index)
            for column in ("titles", "unit_id", "retention_class", "article", "carry_over", "note"):
                setattr(twin, column, getattr(line, column))
            session.add(twin)
            copied.append(twin)
    session.flush()  # the history carries their ids
    for twin in copied:
        _record(session, actor, twin, {"copied_from": from_year})
    return copied


def case_indexes(session: Session, actor: Actor, *, year: int, withdrawn: bool = False) -> list[CaseIndex]:
    """A year's list of the actor's organisation, in the order of indexes: what a card can choose from."""
    require(actor, Permission.FILE_PLAN_READ)
    found = select(CaseIndex).where(own_organisation(actor, CaseIndex.organisation_id), CaseIndex.year == year)
    if not withdrawn:
        found = found.where(CaseIndex.withdrawn_at.is_(None))
    return list(session.scalars(found.order_by(CaseIndex.index)))


def years(session: Session, actor: Actor) -> list[int]:
    """The years for which the actor's organisation has a list, the latest first."""
    require(actor, Permission.FILE_PLAN_READ)
    found = select(CaseIndex.year).where(own_organisation(actor, CaseIndex.organisation_id)).distinct()
    return sorted(session.scalars(found), reverse=True)


def case_index_of(session: Session, actor: Actor, case_index_id: int) -> CaseIndex:
    """One line of the actor's organisation. Errors: NotFound."""
    found = select(CaseIndex).where(
        own_organisation(actor, CaseIndex.organisation_id), CaseIndex.case_index_id == case_index_id
    )
    line = session.scalar(found)
    if line is None:
        raise NotFound
    require(actor, Permission.FILE_PLAN_READ, line)
    return line


def _known(session: Session, organisation_id: int, year: int, index: str) -> CaseIndex | None:
    return session.scalar(
        select(CaseIndex).where(
            CaseIndex.organisation_id == organisation_id, CaseIndex.year == year, CaseIndex.index == index
        )
    )


def _write(session: Session, actor: Actor, organisation: Organisation, line: IndexLine, year: int) -> CaseIndex:
    if year not in YEARS:
        raise Invalid(fields={"year": "filing.year_impossible"})
    here = organisation.organisation_id
    row = _known(session, here, year, line.index)
    unit = unit_of(session, organisation, line.unit_index) if line.unit_index else None
    before = _facts(row) if row is not None else None
    if row is None:
        row = CaseIndex(organisation_id=here, year=year, index=line.index)
        session.add(row)
    row.titles = {language: text for language, title in line.titles.items() if (text := clean(title))}
    row.unit_id = unit.unit_id if unit is not None else None
    row.retention_class, row.article = line.retention_class, clean(line.article)
    row.carry_over, row.note, row.withdrawn_at = line.carry_over, clean(line.note), None
    session.flush()  # the history carries its id
    if before != _facts(row):
        _record(session, actor, row, {"before": before})
    return row


def _facts(line: CaseIndex) -> dict[str, object]:
    return {
        "index": line.index,
        "year": line.year,
        "titles": dict(line.titles),
        "retention_class": line.retention_class,
        "article": line.article,
        "unit_id": line.unit_id,
        "carry_over": line.carry_over,
        "note": line.note,
    }


def _record(session: Session, actor: Actor, line: CaseIndex, detail: Mapping[str, object]) -> None:
    record(
        session,
        actor,
        Event.CASE_INDEX_CHANGED,
        Subject("case_index", line.case_index_id),
        organisation_id=line.organisation_id,
        detail={**_facts(line), **detail},
    )
