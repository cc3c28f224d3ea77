"""The figures as tables with names: by group, by unit, by person. Page, paper and spreadsheet show these same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.reports.figures import Asked, Counts, Figure, Group, Sheet
from edms.staff.models import Official, Unit

Say = Callable[[str], str]


@dataclass(frozen=True)
class Row:
    """A name, what it asks for, and its figures with those of the period before."""

    name: str
    asked: Asked
    now: Counts
    before: Counts

    def figures(self) -> list[tuple[Figure, int, int | None]]:
        """Every figure in its order; None where there is none of the period before."""
        return [(f, self.now[f], self.before[f] if f.of_period else None) for f in Figure]


@dataclass(frozen=True)
class Table:
    """Rows under a heading, which is a message id."""

    heading: str
    rows: list[Row]


def tables(session: Session, found: Sheet, asked: Asked, language: str, say: Say) -> list[Table]:
    """The three tables. A group, unit or person that is asked for stands in every row's `asked`."""
    units = session.scalars(select(Unit).where(Unit.unit_id.in_([i for i in found.units if i])))
    people = session.scalars(select(Official).where(Official.official_id.in_([i for i in found.people if i])))
    unit_names = {unit.unit_id: f"{unit.index} {unit.name(language)}".strip() for unit in units}
    people_names = {person.official_id: person.name(language) for person in people}
    groups = [
        Row(say(f"reports.group.{group.value}"), Asked(group, asked.unit, asked.person), *found.groups[group])
        for group in Group
        if asked.group in (None, group)
    ]
    whole = Row(say("reports.all"), asked, found.all, found.before)
    by_unit = [
        Row(unit_names.get(ident, say("reports.no_unit")), Asked(asked.group, ident, asked.person), *counts)
        for ident, counts in found.units.items()
    ]
    by_person = [
        Row(people_names.get(ident, say("reports.nobody")), Asked(asked.group, asked.unit, ident), *counts)
        for ident, counts in found.people.items()
    ]
    return [
        Table("reports.by_group", [*groups, whole]),
        Table("reports.by_unit", sorted(by_unit, key=lambda row: (not row.asked.unit, row.name))),
        Table("reports.by_person", sorted(by_person, key=lambda row: (not row.asked.person, row.name))),
    ]
