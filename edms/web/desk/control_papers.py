"""The controller's papers: the list for the weekly meeting, the summary of a month, a letter's card on the screen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, send_file, url_for
from flask import Response as Answer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting.pages import office_of
from edms.drafting.paper.control import ControlledLine, ControlList, MonthTable, control_list, month_table
from edms.overview.controlled import card_of
from edms.overview.line import LetterLine, said_standing
from edms.overview.table import Cell
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.reports import sheet
from edms.reports.period import Period, month_after
from edms.routing import control_counts
from edms.routing.clocks import stands
from edms.routing.control_counts import Due, MonthRow
from edms.routing.models import Control
from edms.staff.models import Organisation, Unit
from edms.web.desk import controlling
from edms.web.desk.tables import attached
from edms.web.kit import language, t, today
from edms.web.kit.house import house
from edms.web.kit.session import actor, visitor

bp = Blueprint("control_papers", __name__)
MOST_PRINTED = 1_000
MONTHS_BACK = 24
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    ("web.line.number", 16), ("web.line.date", 12), ("card.correspondent", 32), ("card.summary", 60),
    ("control.unit", 28), ("letter.responsible", 26), ("control.until", 12), ("control.days_late", 10),
    ("web.line.state", 22),
)  # fmt: skip
SUMS = ("put", "removed", "in_term", "standing", "overdue")


@bp.get("/control/list.pdf")
def meeting() -> Response | str:
    """The list under the page's filters for the weekly meeting, grouped by term, in the language of the office; where it
    is longer than the paper, the reader is asked first, and the paper says it too."""
    who, total = actor(), 0
    with house().transaction() as session:
        office = session.get_one(Organisation, who.organisation_id)
        speaks, day = office.language, clock.today(who.time_zone)
        rows = controlling.listed(session, who, request.args, day, limit=MOST_PRINTED + 1)
        if len(rows) > MOST_PRINTED:
            total = controlling.count(session, who, request.args, day)
            if "cut" not in request.args:
                return _asked(total)
        groups: dict[Due, list[ControlledLine]] = {due: [] for due in Due}
        for (control, document), line in controlling.lined(session, rows[:MOST_PRINTED], day):
            groups[control_counts.group_of(control, document, day)].append(_line(control, line, speaks, day))
        by = visitor().official
        say = partial(words.say, speaks)
        values = ControlList(
            office_of(office, speaks), speaks, say("control.list_title"), day, by.name(speaks) if by else "",
            [(say(f"control.due.{due.value}"), due.is_late, lines) for due, lines in groups.items() if lines],
            say("control.list_cut", n=MOST_PRINTED, total=total) if total else "",
        )  # fmt: skip
    return _pdf(control_list(values).pdf, f"control-{day.isoformat()}")


@bp.get("/control/list.xlsx")
def excel() -> Response:
    """The same as a workbook."""
    who, day = actor(), today()
    with house().transaction() as session:
        names = dict(controlling.unit_names(session, who))
        every = controlling.every(session, who, request.args, day)
        rows = (_row(control, line, names, day) for (control, _), line in every)
        return _workbook(t("control.list_title"), [(t(ident), width) for ident, width in COLUMNS], rows)


def _asked(total: int) -> str:
    """The list is longer than this paper: said before it is printed, with the way to all of it."""
    query = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != "cut"])
    return render_template(
        "desk/print_cut.html", title=t("control.title"), back=f"{url_for('controlling.page')}?{query}",
        here=f"{url_for('control_papers.meeting')}?{query}&cut=1".replace("?&", "?"), n=MOST_PRINTED, total=total,
        whole=[(t("registers.excel"), f"{url_for('control_papers.excel')}?{query}")], said="print.urgent_first",
    )  # fmt: skip


@bp.get("/control/summary")
def summary() -> str:
    """A month of control, by unit (D414 art. 42, 44)."""
    who = actor()
    month = _month()
    with house().transaction() as session:
        found = _summary(session, who, month, language())
    here = url_for("control_papers.summary")
    months = [_back(today().replace(day=1), n) for n in range(MONTHS_BACK)]
    return render_template(
        "desk/control_summary.html", rows=found, month=month, sums=SUMS, query=f"month={month:%Y-%m}",
        months=[(f"{each:%Y-%m}", words.month(language(), each)) for each in months], here=here,
        title=words.month(language(), month),
    )  # fmt: skip


@bp.get("/control/summary.pdf")
def summary_paper() -> Response:
    """The same on A4."""
    who, month = actor(), _month()
    with house().transaction() as session:
        office = session.get_one(Organisation, who.organisation_id)
        speaks = office.language
        say = partial(words.say, speaks)
        by = visitor().official
        values = MonthTable(
            office_of(office, speaks), speaks, say("control.summary_title"), words.month(speaks, month), today(),
            by.name(speaks) if by else "", [say(f"control.sum.{name}") for name in SUMS],
            [(name, [getattr(row, s) for s in SUMS]) for name, row in _summary(session, who, month, speaks)],
        )  # fmt: skip
    return _pdf(month_table(values).pdf, f"control-{month:%Y-%m}")


@bp.get("/control/summary.xlsx")
def summary_excel() -> Response:
    """The same as a workbook."""
    who, month = actor(), _month()
    with house().transaction() as session:
        rows = [[name, *(getattr(row, s) for s in SUMS)] for name, row in _summary(session, who, month, language())]
    columns = [(t("control.unit"), 40), *((t(f"control.sum.{name}"), 16) for name in SUMS)]
    return _workbook(f"{t('control.summary_title')} {month:%Y-%m}", columns, rows)


@bp.get("/letters/<int:document_id>/on-control")
def card(document_id: int) -> str:
    """The control card of a letter on the screen; its print is the one that goes with the paper."""
    who = actor()
    with house().transaction() as session:
        document = document_of(session, who, document_id)
        found = card_of(session, who, document)
        standing = words.told(language(), said_standing(found.stands)) if found.stands else None
        return render_template("desk/control_card.html", document=document, card=found, standing=standing)


def _line(control: Control, line: LetterLine, speaks: str, day: date) -> ControlledLine:
    document = line.document
    return ControlledLine(
        document.number, document.registered_on, document.correspondent_name or "", document.summary,
        line.responsible.name(speaks) if line.responsible else "", _day_of(control, line),
        _days_late(control, document, day), _state(line, speaks),
    )  # fmt: skip


def _days_late(control: Control, document: Document, day: date) -> int:
    waits = control_counts.is_answered(control, document) or stands(document) is not None
    return 0 if waits else max(0, (day - control.due_on).days)


def _day_of(control: Control, line: LetterLine) -> date | None:
    """Until when it is on control; while the legal term stands there is no such day."""
    return None if line.kind == "stopped" else control.due_on


def _state(line: LetterLine, speaks: str) -> str:
    """The state; where the legal term stands, since when and why."""
    state = words.say(speaks, line.state[0], **line.state[1])
    return f"{state}; {words.told(speaks, line.term)}" if line.kind == "stopped" and line.term else state


def _row(control: Control, line: LetterLine, names: dict[int, str], day: date) -> list[Cell]:
    document = line.document
    return [
        document.number, document.registered_on, document.correspondent_name, document.summary,
        names.get(document.unit_id or 0, ""), line.responsible.name(language()) if line.responsible else "",
        _day_of(control, line), _days_late(control, document, day) or None, _state(line, language()),
    ]  # fmt: skip


def _summary(session: Session, who: Actor, month: date, speaks: str) -> list[tuple[str, MonthRow]]:
    """The rows with their names, those without a unit and the total last."""
    require(who, Permission.CONTROL_READ)
    days = Period(month, month_after(month) - timedelta(days=1))
    rows = control_counts.summary(session, who, *days.moments(who.time_zone), days.last)
    names = {}
    for row in rows:
        unit = session.get(Unit, row.unit_id) if row.unit_id else None
        names[row.unit_id] = (
            f"{unit.index} {unit.name(speaks)}".strip() if unit else words.say(speaks, "reports.no_unit")
        )
    ordered = sorted(rows, key=lambda row: (not row.unit_id, names[row.unit_id]))
    total = MonthRow(0, *(sum(getattr(row, name) for row in rows) for name in SUMS))
    return [*((names[row.unit_id], row) for row in ordered), (words.say(speaks, "reports.all"), total)]


def _month() -> date:
    """The month asked for by year and month; this one where it cannot be read."""
    try:
        return date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return today().replace(day=1)


def _back(month: date, n: int) -> date:
    for _ in range(n):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _workbook(name: str, columns: list[tuple[str, int]], rows: Iterable[Sequence[Cell]]) -> Response:
    with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
        path = Path(folder) / "sheet.xlsx"
        sheet.write(path, name, columns, rows)
        opened = path.open("rb")  # the folder goes, the open file stays readable to its end
    answer = send_file(opened, mimetype=EXCEL, max_age=0)
    answer.headers["Content-Disposition"] = attached(name, "xlsx")
    return answer


def _pdf(pdf: bytes, name: str) -> Response:
    return Answer(pdf, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}.pdf"})
