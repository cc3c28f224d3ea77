"""Indexes: none that a wider one makes useless, and one for every look that the server takes when rows are erased."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from sqlalchemy import Column, Table, UniqueConstraint

from edms.db.base import Base
from edms.db.migrations.draft import import_models
from edms.retention.traces import ERASE


class Ordered(NamedTuple):
    """What keeps a table in an order: a key, a unique constraint or an index."""

    name: str
    columns: list[str]
    only: str  # the condition of a partial one
    unique: bool


@pytest.fixture(scope="module", autouse=True)
def tables() -> None:
    import_models()


def ordered(table: Table) -> Iterator[Ordered]:
    yield Ordered("the key", [column.name for column in table.primary_key.columns], "", True)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield Ordered(str(constraint.name), [column.name for column in constraint.columns], "", True)
    for index in table.indexes:
        said = index.dialect_options["postgresql"]
        if not said["using"]:
            columns = [each.name if isinstance(each, Column) else str(each) for each in index.expressions]
            yield Ordered(
                str(index.name), columns, str(said["where"] if said["where"] is not None else ""), bool(index.unique)
            )


def test_no_index_is_the_beginning_of_a_wider_one() -> None:
    """It is written at every insert and answers nothing that the wider one would not. A partial one is small: it may."""
    useless = [
        f"{table.name}: {one.name} in {other.name}"
        for table in Base.metadata.sorted_tables
        for one in ordered(table)
        for other in ordered(table)
        if one is not other and one.name != other.name and not one.unique and not one.only and not other.only
        and other.columns[: len(one.columns)] == one.columns
    ]  # fmt: skip
    assert useless == []


def test_what_speaks_of_an_erased_row_is_found_without_reading_its_table() -> None:
    """For each row that goes, the server looks into every table that may point at it: by an index, or through all of it.

    Of a million letters that is a second for each content, and an act of destruction would never end.
    """
    erased = {"content", *(name for one in ERASE for name in re.findall(r"DELETE FROM (\w+)", one))}
    unordered = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_key_constraints
        for column in list(key.columns)[:1]
        if key.referred_table.name in erased and all(each.columns[0] != column.name for each in ordered(table))
    ]
    assert unordered == []
