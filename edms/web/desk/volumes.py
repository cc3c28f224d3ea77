"""The yearly volume of documents: screen, paper and workbook, incoming, created and citizens' submissions apart."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from flask import Blueprint, render_template, request, send_file
from flask import Response as Answer
from werkzeug.wrappers import Response

from edms import words
from edms.drafting.pages import office_of
from edms.drafting.paper.volume import VolumeRow, VolumeSheet, volume_sheet
from edms.overview.table import Cell
from edms.reports import sheet, volume
from edms.reports.figures import Group
from edms.reports.volume import Book
from edms.staff.models import Organisation
from edms.web.desk.tables import attached
from edms.web.kit import language, t, today
from edms.web.kit.house import house
from edms.web.kit.session import actor, visitor

bp = Blueprint("volumes", __name__, url_prefix="/reports/volume")
YEARS_BACK = 30
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/")
def page() -> str:
    """A year's letters by register and month, each year a link to the register's page of it."""
    who, year = actor(), _year()
    with house().transaction() as session:
        books = volume.volume(session, who, year)
        return render_template(
            "desk/volume.html", year=year, groups=_groups(books), all=_total(books), sheets=sum(b.sheets for b in books),
            older=sum(b.older for b in books), years=range(today().year, today().year - YEARS_BACK, -1),
            heads=[f"{n:02d}" for n in range(1, 13)],
        )  # fmt: skip


@bp.get("/volume.pdf")
def paper() -> Response:
    """The same on A4 lying, in the language of the office."""
    who, year = actor(), _year()
    with house().transaction() as session:
        books = volume.volume(session, who, year)
        office = session.get_one(Organisation, who.organisation_id)
        speaks = office.language
        say = partial(words.say, speaks)
        by = visitor().official
        groups = [
            (
                say(f"reports.group.{group.value}"),
                [VolumeRow(b.register.name(speaks), list(b.months), b.all, b.sheets) for b in rows],
                VolumeRow(say("volume.of_group"), _total(rows), sum(_total(rows)), sum(b.sheets for b in rows)),
            )
            for group, rows in _groups(books)
        ]
        whole = VolumeRow(say("reports.all"), _total(books), sum(_total(books)), sum(b.sheets for b in books))
        values = VolumeSheet(
            office_of(office, speaks), speaks, say("volume.title"), year, groups, whole, say("volume.note"), today(),
            by.name(speaks) if by else "",
        )  # fmt: skip
    return Answer(
        volume_sheet(values).pdf, mimetype="application/pdf",
        headers={"Content-Disposition": f"inline; filename=volume-{year}.pdf"},
    )  # fmt: skip


@bp.get("/volume.xlsx")
def excel() -> Response:
    """The same as a workbook: a row a register."""
    who, year = actor(), _year()
    columns = [(t("reports.table"), 24), (t("card.register"), 40), *((f"{n:02d}.{year}", 10) for n in range(1, 13))]
    columns += [(t("reports.all"), 10), (t("card.sheets"), 10), (t("volume.older"), 16)]
    with house().transaction() as session:
        rows: list[list[Cell]] = [
            [t(f"reports.group.{b.group.value}"), b.register.name(language()), *b.months, b.all, b.sheets, b.older]
            for b in volume.volume(session, who, year)
        ]
    with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
        path = Path(folder) / "volume.xlsx"
        sheet.write(path, f"{t('volume.title')} {year}", columns, rows)
        opened = path.open("rb")  # the folder goes, the open file stays readable to its end
    answer = send_file(opened, mimetype=EXCEL, max_age=0)
    answer.headers["Content-Disposition"] = attached(f"{t('volume.title')} {year}", "xlsx")
    return answer


def _groups(books: list[Book]) -> list[tuple[Group, list[Book]]]:
    return [(group, rows) for group in Group if (rows := [book for book in books if book.group is group])]


def _total(books: list[Book]) -> list[int]:
    return [sum(book.months[n] for book in books) for n in range(12)]


def _year() -> int:
    """The year asked for; the one before this where it is none: a year is counted when it is over."""
    text = request.args.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and 1900 <= int(text[:6]) < 2200 else today().year - 1
