"""Who opened which letter: by letter, by person, for a period; also as a table to take away."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from pydantic import BaseModel, Field
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.overview import readings
from edms.overview.readings import Wanted
from edms.registry.documents import document_of
from edms.reports import lists
from edms.reports.models import ListKind
from edms.reports.period import Period, between
from edms.staff.officials import officials
from edms.web.desk.tables import taken
from edms.web.kit import Filled, answers, language, today, zone
from edms.web.kit.forms import Day
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("openings", __name__, url_prefix="/openings")
PAGE = 100
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
            "desk/openings.html", form=form, rows=[(row, lists.opening(row, language(), zone())) for row in rows[:PAGE]], letter=letter, asked=asked,
            query=asked.query(), older=older, newer=f"{here}?{asked.query()}" if asked.before else None,
            people=[(p.official_id, p.name(language())) for p in officials(session, who)],
        )  # fmt: skip
    return shown if status == 200 else (shown, status)


@bp.get("/openings.xlsx")
def excel() -> Response:
    """All of them as a workbook."""
    return _taken("xlsx")


@bp.get("/openings.csv")
def csv() -> Response:
    """The same as a plain table."""
    return _taken("csv")


def _taken(form: str) -> Response:
    who, asked, speaks = actor(), _question(), language()
    wanted = lists.openings_asked(asked.period(), letter=asked.letter, person=asked.person)
    return taken(
        ListKind.OPENINGS, wanted, form, lambda session: lists.of(session, who, ListKind.OPENINGS, wanted, speaks)
    )


def _question() -> Question:
    return answers(Question, {k: v for k, v in request.args.items() if v.strip() and k in Question.model_fields})
