"""Writes the long lists that were asked for as tables: of one moment, row by row, told how far it is and whether to go on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.errors import Forbidden, NotFound
from edms.overview.table import Table
from edms.reports import journals, lists, taking
from edms.reports.models import ListKind, TakenTable
from edms.reports.sheet import WRITERS
from edms.search.question import Question
from edms.search.table import table as search_table

STEP = 1_000
"""Lines after which it is said how far it is."""

Row = TypeVar("Row")


class _CalledOffError(Exception):
    """Nobody waits for it any more."""


def make(house: House, subject_id: int | None) -> None:
    """Write a table; one that its asker may no longer have is marked so, one that was called off is left."""
    if subject_id is None:
        return
    house.seal()
    with tempfile.TemporaryDirectory(prefix="edms-table-") as folder:
        try:
            with house.transaction() as session:
                journals.at_one_moment(session)
                work = taking.to_make(session, subject_id)
                if work is None:
                    return
                wanted, actor = work
                path, language = Path(folder) / f"table.{wanted.form}", wanted.language
                form, made = wanted.form, _table(house, session, wanted, actor)
                columns = [(words.say(language, ident), width) for ident, width in made.columns]
                lines = WRITERS[form](path, made.name, columns, _told(house, subject_id, made.rows))
                made.told(lines, form)
        except (Forbidden, NotFound):
            give_up(house, subject_id)
            return
        except _CalledOffError:
            return
        with path.open("rb") as stream:
            stored = house.store.put(stream, limit=house.settings.upload_limit_bytes)
    with house.transaction() as session:
        taking.made(session, subject_id, stored, actor, lines=lines)


def give_up(house: House, subject_id: int | None) -> None:
    """Say that it could not be written."""
    if subject_id is not None:
        with house.transaction() as session:
            taking.failed(session, subject_id)


def _table(house: House, session: Session, wanted: TakenTable, actor: Actor) -> Table:
    if wanted.kind is not ListKind.SEARCH:
        return lists.of(session, actor, wanted.kind, wanted.asked, wanted.language)
    question, say = Question.of(wanted.asked), partial(words.say, wanted.language)
    index = house.search.index(session)
    return search_table(session, actor, question, index=index, language=wanted.language, say=say)


def _told(house: House, subject_id: int, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows; after each thousand, in a transaction of its own, how many they are."""
    for count, row in enumerate(rows, start=1):
        yield row
        if count % STEP == 0:
            with house.transaction() as session:
                if not taking.written(session, subject_id, count):
                    raise _CalledOffError
