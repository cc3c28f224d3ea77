"""The Monday page: what came, what was answered, what is late; each figure opens exactly the letters that it counts."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, send_file, url_for
from flask import Response as Answer
from pydantic import BaseModel, Field
from werkzeug.wrappers import Response

from edms import words
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.drafting.pages import office_of
from edms.drafting.paper.figures import FigureRow, FigureSheet, figure_sheet
from edms.errors import Invalid
from edms.overview.table import Cell
from edms.reports import figures, sheet
from edms.reports.figures import Asked, Figure, Group
from edms.reports.period import Named, Period, between, named
from edms.reports.tables import tables
from edms.staff.models import Organisation
from edms.web.desk import showing
from edms.web.desk.tables import attached
from edms.web.kit import Filled, answers, language, t, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor, visitor

bp = Blueprint("reporting", __name__, url_prefix="/reports")
PAGE = 50
NOTES = ("reports.note.ended", "reports.note.in_term", "reports.note.today", "reports.note.groups")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Ident = Annotated[int, Field(ge=0, lt=2**62)]


class Question(BaseModel):
    """Which period, by name or from day to day, and whose letters."""

    period: Named = Named.LAST_WEEK
    first: Day | None = None
    last: Day | None = None
    group: Group | None = None
    unit: Ident | None = None
    person: Ident | None = None
    figure: Figure = Figure.RECEIVED
    after: OneLine = ""

    def days(self) -> Period:
        """The period. Errors: Invalid."""
        if self.first is not None or self.last is not None:
            return between(self.first or self.last or today(), self.last or today())
        return named(self.period, today())

    def asked(self) -> Asked:
        """Whose letters."""
        return Asked(self.group, self.unit, self.person)


@bp.get("/")
def page() -> str | tuple[str, int]:
    """The figures. A period that cannot be read is named, and last week shown instead."""
    who, status = actor(), 200
    form = Filled.of(first=request.args.get("first"), last=request.args.get("last"))
    strange = request.args.get("period", "") not in ("", *Named)  # as somebody types it into the address
    try:
        wanted = _question(without="period" if strange else "")
        period = wanted.days()
    except Invalid as error:
        form, status, wanted = Filled.again(error), 422, Question()
        period = wanted.days()
    asked = wanted.asked()
    with house().transaction() as session:
        found = figures.sheet(session, who, period, asked)
        shown = render_template(
            "desk/reports.html",
            form=form,
            strange=strange,
            found=found,
            tables=tables(session, found, asked, language(), t),
            heads=[t(f"reports.figure.{figure.value}") for figure in Figure],
            notes=(*NOTES, "reports.note.scope"),
            periods=[
                (t(f"reports.period.{name.value}"), url_for("reporting.page", period=name.value), _stands(wanted, name))
                for name in Named
            ],
            address=partial(_address, "reporting.letters", period),
            address_before=partial(_address, "reporting.letters", period.before),
            query=_query(period, asked),
            may_see_openings=permits(who, Permission.READINGS_READ),
        )
    return shown if status == 200 else (shown, status)


@bp.get("/letters")
def letters() -> str:
    """The letters that one figure counts, the newest first."""
    who, wanted = actor(), _question()
    period, asked, figure = wanted.days(), wanted.asked(), wanted.figure
    with house().transaction() as session:
        rows = figures.letters(session, who, figure, period, asked, before=_after(wanted.after), limit=PAGE + 1)
        last = rows[PAGE - 1].document if len(rows) > PAGE else None
        here = _address("reporting.letters", period, asked, figure)
        return render_template(
            "desk/reports_letters.html",
            lines=showing.lines(rows[:PAGE]),
            figure=figure,
            period=period,
            back=_address("reporting.page", period, Asked()),
            older=f"{here}&{urlencode({'after': f'{last.registered_at.isoformat()}~{last.document_id}'})}"
            if last
            else None,
            newer=here if wanted.after else None,
        )


@bp.get("/figures.pdf")
def paper() -> Response:
    """The same figures on A4, in the language of the organisation."""
    who, wanted = actor(), _question()
    period, asked = wanted.days(), wanted.asked()
    with house().transaction() as session:
        found = figures.sheet(session, who, period, asked)
        organisation = session.get_one(Organisation, who.organisation_id)
        speaks = organisation.language
        say = partial(words.say, speaks)
        by = visitor().official
        values = FigureSheet(
            office=office_of(organisation, speaks),
            language=speaks,
            title=say("reports.title"),
            first_on=period.first,
            last_on=period.last,
            before_first_on=period.before.first,
            before_last_on=period.before.last,
            heads=[say(f"reports.figure.{figure.value}") for figure in Figure],
            tables=[
                (
                    say(each.heading),
                    [FigureRow(row.name, [(now, old) for _, now, old in row.figures()]) for row in each.rows],
                )
                for each in tables(session, found, asked, speaks, say)
                if each.rows
            ],
            notes=[*map(say, NOTES), say("reports.note.scope_of", name=by.name(speaks) if by is not None else "")],
            made_on=today(),
        )
    name = f"{period.first.isoformat()}_{period.last.isoformat()}"
    return Answer(
        figure_sheet(values).pdf, mimetype="application/pdf",
        headers={"Content-Disposition": f"inline; filename=figures-{name}.pdf"},
    )  # fmt: skip


@bp.get("/figures.xlsx")
def excel() -> Response:
    """The same figures as a workbook: a row for every row of the page, the period before in columns of its own."""
    who, wanted = actor(), _question()
    period, asked = wanted.days(), wanted.asked()
    columns = [(t("reports.table"), 20), (t("reports.name"), 40), (t("reports.first"), 12), (t("reports.last"), 12)]
    columns += [(t(f"reports.figure.{figure.value}"), 14) for figure in Figure]
    columns += [(t("reports.figure_before", name=t(f"reports.figure.{f.value}")), 18) for f in Figure if f.of_period]
    with house().transaction() as session:
        made = tables(session, figures.sheet(session, who, period, asked), asked, language(), t)
    rows: list[list[Cell]] = [
        [t(each.heading), row.name, period.first, period.last, *(now for _, now, _ in row.figures()),
         *(old for _, _, old in row.figures() if old is not None)]
        for each in made for row in each.rows
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
        path = Path(folder) / "figures.xlsx"
        sheet.write(path, t("reports.title"), columns, rows)
        opened = path.open("rb")  # the folder goes, the open file stays readable to its end
    answer = send_file(opened, mimetype=EXCEL, max_age=0)
    answer.headers["Content-Disposition"] = attached(t("reports.title"), "xlsx")
    return answer


def _question(without: str = "") -> Question:
    known = Question.model_fields.keys() - {without}
    return answers(Question, {name: value for name, value in request.args.items() if value and name in known})


def _stands(wanted: Question, name: Named) -> bool:
    return wanted.period is name and wanted.first is None and wanted.last is None


def _query(period: Period, asked: Asked, figure: Figure | None = None) -> str:
    kept: dict[str, Any] = {
        "first": _day(period.first), "last": _day(period.last), "figure": figure.value if figure else None,
        "group": asked.group.value if asked.group else None, "unit": asked.unit, "person": asked.person,
    }  # fmt: skip
    return urlencode({name: value for name, value in kept.items() if value is not None})


def _address(endpoint: str, period: Period, asked: Asked, figure: Figure | None = None) -> str:
    return f"{url_for(endpoint)}?{_query(period, asked, figure)}"


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _after(text: str) -> tuple[datetime, int] | None:
    at, _, ident = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, int(ident)) if moment.tzinfo is not None and len(ident) < 18 else None
    except ValueError:
        return None
