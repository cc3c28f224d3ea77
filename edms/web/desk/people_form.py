"""The staff as a table: columns and roles in any of our languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from edms import words
from edms.access.roles import Role
from edms.staff.table import COLUMNS, Person, Row
from edms.web.kit import t


def understood(given: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The rows with our own names of columns."""
    names = _columns()
    return [{names.get(column.strip().lower(), column): cell for column, cell in row.items()} for row in given]


@cache
def roles() -> dict[str, Role]:
    """What a role may be called: its word in each language, or its own name."""
    said = {words.say(lang, f"access.role.{role.value}").lower(): role for role in Role for lang in words.LANGS}
    return said | {role.value: role for role in Role}


def faults(row: Row) -> list[tuple[str, str]]:
    """What is wrong with a row: the column and the sentence."""
    return [(t(f"people.column.{name}"), t(message)) for name, message in row.faults.items()]


def table_row(line: Person) -> list[str]:
    """A person as a row of the table."""
    held = ", ".join(t(f"access.role.{role.value}") for role in line.roles)
    return [
        line.unit_index, line.unit or "-", line.name, line.post, held, line.login, line.email or "", line.telephone or "",
    ]  # fmt: skip


@cache
def _columns() -> dict[str, str]:
    return {words.say(lang, f"people.column.{name}").lower(): name for name in COLUMNS for lang in words.LANGS}
