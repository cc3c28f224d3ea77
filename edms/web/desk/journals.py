"""A register of a period to hold in hand: the workbook at once, the paper when the machine has printed it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound
from edms.registry import registers
from edms.registry.models import Register
from edms.registry.series import drawn_in
from edms.reports import journals, sheet
from edms.reports.journal import Tally
from edms.reports.journal_lines import Line, Wording
from edms.reports.models import Journal, JournalState
from edms.reports.period import Period, between
from edms.web.desk import pictures, sealing
from edms.web.desk.tables import attached
from edms.web.kit import Filled, answers, language, t, today
from edms.web.kit.forms import Day
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("journals", __name__, url_prefix="/registers")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINES_A_SECOND = 40  # of printing, on two cores
COLUMNS = (
    ("web.line.number", 16), ("journal.kind", 14), ("web.line.date", 12), ("card.correspondent", 32),
    ("card.their_number", 16), ("card.their_date", 12), ("card.summary", 60), ("card.sheets", 8),
    ("letter.responsible", 26), ("letter.due", 12), ("web.line.state", 20), ("journal.notes", 60),
)  # fmt: skip


class Span(BaseModel):
    """From day to day; the year so far where nothing is said."""

    first: Day | None = None
    last: Day | None = None

    def period(self) -> Period:
        """The period. Errors: Invalid."""
        return between(self.first or today().replace(month=1, day=1), self.last or today())


@bp.route("/<int:register_id>/journal", methods=["GET", "POST"])
def page(register_id: int) -> str | Response | tuple[str, int]:
    """The period and what it holds; the workbook, and the papers that were asked for. Sending asks for one."""
    who = actor()
    try:
        span = _span().period()
        with house().transaction() as session:
            book = registers.register_of(session, who, register_id)
            if request.method == "GET":
                return _page(session, who, book, span, Filled.of(first=_day(span.first), last=_day(span.last)))
            journals.ask(session, who, book, span)
    except Invalid as error:
        with house().transaction() as session:
            book = registers.register_of(session, who, register_id)
            return _page(session, who, book, Span().period(), Filled.again(error)), 422
    here = url_for("journals.page", register_id=register_id, first=_day(span.first), last=_day(span.last))
    return redirect(here, 303)


@bp.get("/<int:register_id>/journal.xlsx")
def excel(register_id: int) -> Response:
    """Every line of the journal as a workbook, its foot at the end."""
    who, span = actor(), _span().period()
    with house().transaction() as session:
        require(who, Permission.JOURNAL_READ, registers.register_of(session, who, register_id))
    house().seal()
    with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
        path = Path(folder) / "journal.xlsx"
        with house().transaction() as session:
            journals.at_one_moment(session)
            book = registers.register_of(session, who, register_id)
            name = book.name(language())
            lines, tally, wording = journals.lines(session, who, book, span, language())
            sheet.write(path, name, [(t(ident), width) for ident, width in COLUMNS], _rows(lines, wording, tally))
            journals.told(session, who, book, span, tally, "xlsx")
        opened = path.open("rb")  # the folder goes, the open file stays readable to its end
    answer = send_file(opened, mimetype=EXCEL, max_age=0)
    answer.headers["Content-Disposition"] = attached(name, "xlsx")
    return answer


@bp.get("/journals/<int:journal_id>.pdf")
def paper(journal_id: int) -> Response:
    """What was printed."""
    with house().transaction() as session:
        found = journals.journal_of(session, actor(), journal_id)
        if found.content is None:
            raise NotFound
        content = found.content
    return pictures.download(house().store, content)


def _rows(lines: Iterator[Line], wording: Wording, tally: Tally) -> Iterator[list[sheet.Cell]]:
    for line in lines:
        yield [
            line.number, t(f"journal.kind.{line.kind.value}"), line.day, line.correspondent, line.their_number,
            line.their_date, line.summary, line.sheets or None, line.executor, line.due_on, line.execution,
            "\n".join(line.notes),
        ]  # fmt: skip
    foot = wording.foot(tally)
    yield []
    for name, text in foot.facts:
        yield [name, None, None, text]
    yield [t("journal.checkpoint"), None, None, foot.note]


def _page(session: Session, who: Actor, book: Register, span: Period, form: Filled) -> str:
    require(who, Permission.JOURNAL_READ, book)
    drawn = drawn_in(session, who, book, span.first, span.last)
    asked = journals.asked(session, who, book)
    return render_template(
        "desk/journal.html", book=book, form=form, span=span, drawn=drawn, asked=asked, states=JournalState,
        query=f"first={_day(span.first)}&last={_day(span.last)}",
        minutes=max(1, round(sum(drawn.values()) / LINES_A_SECOND / 60)), waiting=any(map(_waits, asked)),
        seals=sealing.offered(who, book),
    )  # fmt: skip


def _waits(journal: Journal) -> bool:
    return journal.state is JournalState.WAITING


def _span() -> Span:
    return answers(Span, {name: value for name in ("first", "last") if (value := request.values.get(name, "").strip())})


def _day(day: object) -> str:
    return f"{day:%d.%m.%Y}"
