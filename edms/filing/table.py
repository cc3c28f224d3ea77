"""A table of case indexes before it is loaded: what would change line by line, and what is wrong in which row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.filing.lines import LANGUAGES, IndexLine, judged, unit_of
from edms.filing.models import CaseIndex
from edms.registry.card import clean
from edms.staff.models import Organisation


class Change(StrEnum):
    """What loading would do with a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True)
class Row:
    """A row of the table, counted from 1 under the heading. `before` is column to what stands in the list now."""

    place: int
    line: IndexLine
    change: Change
    before: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def preview(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    rows: Iterable[Mapping[str, object]],
    *,
    year: int,
    classes: Collection[str] | None = None,
) -> list[Row]:
    """What `plan.load` would do with the same rows; nothing is written."""
    require(actor, Permission.FILE_PLAN_EDIT, organisation)
    standing = {
        line.index: line
        for line in session.scalars(
            select(CaseIndex).where(
                CaseIndex.organisation_id == organisation.organisation_id, CaseIndex.year == year
            )
        )
    }  # fmt: skip
    return [
        _row(session, organisation, place, line, standing.get(line.index), wrong)
        for place, line, wrong in judged(session, organisation, rows, classes)
    ]


def _row(
    session: Session, organisation: Organisation, place: int, line: IndexLine, known: CaseIndex | None,
    wrong: Mapping[str, str],
) -> Row:  # fmt: skip
    if wrong:
        return Row(place, line, Change.WRONG, faults=wrong)
    if known is None:
        return Row(place, line, Change.NEW)
    unit = unit_of(session, organisation, line.unit_index) if line.unit_index else None
    new_unit = unit.unit_id if unit is not None else None
    now = _plain(line.titles, line.retention_class, line.article, new_unit, line.carry_over, line.note)
    was = _plain(known.titles, known.retention_class, known.article, known.unit_id, known.carry_over, known.note)
    before = {name: was[name] for name in was if was[name] != now[name]}
    if known.withdrawn_at is not None:
        before["withdrawn"] = "yes"
    return Row(place, line, Change.CHANGED if before else Change.SAME, before)


def _plain(
    titles: Mapping[str, str], name: str, article: str | None, unit_id: int | None, carry_over: bool, note: str | None
) -> dict[str, str]:
    given = {f"title_{language}": clean(titles.get(language)) or "" for language in LANGUAGES}
    return {
        **given,
        "retention_class": name,
        "article": clean(article) or "",
        "unit": str(unit_id or ""),
        "carry_over": "yes" if carry_over else "",
        "note": clean(note) or "",
    }
