"""A search as a table to take away: exactly the lines that are seen, in their order, with the columns of a register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.overview.line import lines_of
from edms.overview.table import Cell, Say, Table
from edms.search import exporting
from edms.search.port import Index
from edms.search.question import Question

COLUMNS = (
    ("web.line.number", 16), ("web.line.date", 12), ("card.correspondent", 32), ("card.their_number", 16),
    ("card.their_date", 12), ("card.summary", 60), ("letter.responsible", 26), ("web.line.state", 24),
)  # fmt: skip


def table(session: Session, actor: Actor, question: Question, *, index: Index, language: str, say: Say) -> Table:
    """The lines of a search; the last one says so where they may not be all."""
    rows = _Rows(session, actor, question, index, language, say)

    def told(_: int, form: str) -> None:
        exporting.told(session, actor, question, count=rows.count, form=form)

    return Table(say("web.place.search"), COLUMNS, rows, told)


@dataclass
class _Rows:
    session: Session
    actor: Actor
    question: Question
    index: Index
    language: str
    say: Say
    count: int = 0

    def __iter__(self) -> Iterator[list[Cell]]:
        today, limited = clock.today(self.actor.time_zone), False
        for piece in exporting.pieces(self.session, self.actor, self.question, index=self.index):
            limited = limited or piece.limited
            for line in lines_of(self.session, piece.documents, today):
                self.count += 1
                document, holder = line.document, line.responsible
                yield [
                    document.number, document.registered_on, document.correspondent_name, document.their_number,
                    document.their_date, document.summary, holder.name(self.language) if holder else "",
                    self.say(line.state[0], **line.state[1]),
                ]  # fmt: skip
        if limited:
            yield [self.say("search.table_not_whole", n=self.count)]
