"""A search as a spreadsheet: exactly the lines that are seen, in their order, with the columns of a register."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, send_file
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.overview.line import lines_of
from edms.reports import journals, sheet
from edms.search import exporting
from edms.search.question import Question
from edms.web.desk import asking
from edms.web.desk.journals import EXCEL
from edms.web.desk.tables import BOM, attached, cell
from edms.web.kit import language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("taking_away", __name__, url_prefix="/search")
COLUMNS = (
    ("web.line.number", 16), ("web.line.date", 12), ("card.correspondent", 32), ("card.their_number", 16),
    ("card.their_date", 12), ("card.summary", 60), ("letter.responsible", 26), ("web.line.state", 24),
)  # fmt: skip


@bp.get("/table.xlsx")
def excel() -> Response:
    """The workbook."""
    return _taken("xlsx")


@bp.get("/table.csv")
def plain() -> Response:
    """The same as text, for programs that know no workbook."""
    return _taken("csv")


def _taken(form: str) -> Response:
    """Written row by row into a file of its own, which is gone when it was sent."""
    who, question = actor(), asking.question().asked()
    with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
        path = Path(folder) / f"search.{form}"
        with house().transaction() as session:
            journals.at_one_moment(session)
            rows = _Rows(session, who, question)
            (_excel if form == "xlsx" else _csv)(path, iter(rows))
        with house().transaction() as session:
            exporting.told(session, who, question, count=rows.count, form=form)
        opened = path.open("rb")  # the folder goes, the open file stays readable to its end
    answer = send_file(opened, mimetype=EXCEL if form == "xlsx" else "text/csv; charset=utf-8", max_age=0)
    answer.headers["Content-Disposition"] = attached(t("web.place.search"), form)
    return answer


def _excel(path: Path, rows: Iterator[list[sheet.Cell]]) -> None:
    sheet.write(path, t("web.place.search"), [(t(ident), width) for ident, width in COLUMNS], rows)


def _csv(path: Path, rows: Iterator[list[sheet.Cell]]) -> None:
    """As the spreadsheets of this country open it at once: UTF-8 with its mark, semicolons between."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        written = csv.writer(file, delimiter=";", lineterminator="\r\n")
        written.writerow([cell(t(ident)) for ident, _ in COLUMNS])
        for row in rows:
            written.writerow([cell(f"{value:%d.%m.%Y}" if hasattr(value, "isoformat") else value) for value in row])


class _Rows:
    """The lines, how many they were, and a foot that says so when they may not be all."""

    def __init__(self, session: Session, who: Actor, question: Question) -> None:
        self.session, self.who, self.question = session, who, question
        self.count = 0

    def __iter__(self) -> Iterator[list[sheet.Cell]]:
        today, speaks, limited = clock.today(self.who.time_zone), language(), False
        for piece in exporting.pieces(self.session, self.who, self.question, index=house().search.index(self.session)):
            limited = limited or piece.limited
            for line in lines_of(self.session, piece.documents, today):
                self.count += 1
                document = line.document
                yield [
                    document.number, document.registered_on, document.correspondent_name, document.their_number,
                    document.their_date, document.summary, line.responsible.name(speaks) if line.responsible else "",
                    t(line.state[0], **line.state[1]),
                ]  # fmt: skip
        if limited:
            yield [t("search.table_not_whole", n=self.count)]
