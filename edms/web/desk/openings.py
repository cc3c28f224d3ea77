"""Who opened which letter: by letter, by person, for a period; also as a table to take away."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, send_file, url_for
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.overview import readings
from edms.overview.readings import Reading, Wanted
from edms.registry.documents import document_of
from edms.reports import sheet
from edms.reports.period import Period, between
from edms.staff.officials import officials
from edms.web.desk.tables import as_csv, attached
from edms.web.kit import Filled, answers, language, t, today, zone
from edms.web.kit.forms import Day
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("openings", __name__, url_prefix="/openings")
PAGE = 100
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    ("openings.when", 18), ("openings.who", 30), ("openings.place", 30), ("web.line.number", 16), ("web.line.date", 12),
    ("card.summary", 60),
)  # fmt: skip
Ident = Annotated[int, Field(ge=1, lt=2**62)]


class Question(BaseModel):
    """Which days, by default this month's; whose, and of which letter."""

    first: Day | None = None
    last: Day | None = None
    person: Ident | None = None
    letter: Ident | None = None
    before: Ident | None = None

    def period(self) -> Period:
        """The days. Errors: Invalid."""
        return between(self.first or today().replace(day=1), self.last or today())

    def wanted(self) -> Wanted:
        """The same for the room."""
        begins, ends = self.period().moments(zone())
        return Wanted(begins, ends, self.letter, self.person)

    def query(self, **more: object) -> str:
        """The same as an address's end."""
        days = self.period()
        kept = {
            "first": f"{days.first:%d.%m.%Y}",
            "last": f"{days.last:%d.%m.%Y}",
            "person": self.person,
            "letter": self.letter,
        }
        return urlencode({name: value for name, value in {**kept, **more}.items() if value is not None})


@bp.get("/")
def page() -> str | tuple[str, int]:
    """The openings, the newest first."""
    who, status = actor(), 200
    require(who, Permission.READINGS_READ)
    form = Filled()
    try:
        asked = _question()
        days = asked.period()
        form = Filled.of(first=f"{days.first:%d.%m.%Y}", last=f"{days.last:%d.%m.%Y}")
    except Invalid as error:
        form, status, asked = Filled.again(error), 422, Question()
    with house().transaction() as session:
        letter = document_of(session, who, asked.letter) if asked.letter is not None else None
        rows = readings.readings(session, who, asked.wanted(), before=asked.before, limit=PAGE + 1)
        readings.told(session, who, asked.wanted(), form="page", lines=len(rows[:PAGE]))
        here = url_for("openings.page")
        older = f"{here}?{asked.query(before=rows[PAGE - 1].line.event_id)}" if len(rows) > PAGE else None
        shown = render_template(
            "desk/openings.html", form=form, rows=[(row, _row(row)) for row in rows[:PAGE]], letter=letter, asked=asked,
            query=asked.query(), older=older, newer=f"{here}?{asked.query()}" if asked.before else None,
            people=[(p.official_id, p.name(language())) for p in officials(session, who)],
        )  # fmt: skip
    return shown if status == 200 else (shown, status)


@bp.get("/openings.xlsx")
def excel() -> Response:
    """All of them as a workbook."""
    who, asked = actor(), _question()
    with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
        path = Path(folder) / "openings.xlsx"
        with house().transaction() as session:
            rows = _all(session, who, asked)
            count = sheet.write(path, t("openings.title"), [(t(ident), width) for ident, width in COLUMNS], rows)
            readings.told(session, who, asked.wanted(), form="xlsx", lines=count)
        made = path.open("rb")  # the folder goes, the open file stays readable to its end
    answer = send_file(made, mimetype=EXCEL, max_age=0)
    answer.headers["Content-Disposition"] = attached(t("openings.title"), "xlsx")
    return answer


@bp.get("/openings.csv")
def csv() -> Response:
    """The same as a plain table."""
    who, asked = actor(), _question()
    with house().transaction() as session:
        rows = list(_all(session, who, asked))
        readings.told(session, who, asked.wanted(), form="csv", lines=len(rows))
    return as_csv([t(ident) for ident, _ in COLUMNS], rows, t("openings.title"))


def _all(session: Session, who: Actor, asked: Question) -> map[list[sheet.Cell]]:
    if asked.letter is not None:
        document_of(session, who, asked.letter)
    return map(_row, readings.every(session, who, asked.wanted()))


def _row(row: Reading) -> list[sheet.Cell]:
    at = row.line.at
    when = f"{words.date(language(), clock.day_of(at, zone()))} {words.clock_time(at, zone())}"
    return [
        when, row.who.name(language()), row.absent.name(language()) if row.absent else "", row.document.number,
        row.document.registered_on, row.document.summary,
    ]  # fmt: skip


def _question() -> Question:
    return answers(Question, {k: v for k, v in request.args.items() if v.strip() and k in Question.model_fields})
