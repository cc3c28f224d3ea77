"""Tables that come in to be loaded, and tables that leave for a spreadsheet: no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Response as Answer
from flask import redirect, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.capture import sheets
from edms.errors import Invalid
from edms.overview.table import Table
from edms.reports import journals, taking
from edms.reports.models import ListKind
from edms.reports.sheet import BOM, MEDIA, WRITERS, cell
from edms.web.kit import language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

Row = TypeVar("Row")


class _TooLongError(Exception):
    """More lines than a page waits for."""


def given() -> list[dict[str, str]]:
    """The rows of the file in "table", or those that were shown before and come back in "rows". Errors: Invalid."""
    file = request.files.get("table")
    if file is not None and file.filename:
        return sheets.rows_of(file.read(sheets.LARGEST + 1))
    try:
        rows = json.loads(request.form.get("rows", ""))
    except (ValueError, RecursionError):
        raise Invalid(fields={"table": "field.missing"}) from None
    if not isinstance(rows, list):
        raise Invalid(fields={"table": "field.missing"})
    return [{str(name): str(text) for name, text in row.items()} for row in rows if isinstance(row, dict)]


def taken(kind: ListKind, asked: Mapping[str, Any], form: str, table: Callable[[Session], Table]) -> Response:
    """A list as a file: a short one at once, a long one when a machine has written it. Errors: those of `table`."""
    try:
        with tempfile.TemporaryDirectory(prefix="edms-sheet-") as folder:
            path = Path(folder) / f"table.{form}"
            with house().transaction() as session:
                journals.at_one_moment(session)
                made = table(session)
                name, columns = made.name, [(t(ident), width) for ident, width in made.columns]
                made.told(WRITERS[form](path, name, columns, _short(made.rows)), form)
            opened = path.open("rb")  # the folder goes, the open file stays readable to its end
    except _TooLongError:
        with house().transaction() as session:
            waits = taking.ask(session, actor(), kind, asked, form=form, language=language(), name=name)
            return redirect(url_for("taking.page", taken_table_id=waits.taken_table_id), 303)
    answer = send_file(opened, mimetype=MEDIA[form], max_age=0)
    answer.headers["Content-Disposition"] = attached(name, form)
    return answer


def _short(rows: Iterable[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows):
        if count == taking.AT_ONCE:
            raise _TooLongError
        yield row


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """A table as the spreadsheets of this country open it at once: UTF-8 with its mark, semicolons between."""
    made = io.StringIO(newline="")
    written = csv.writer(made, delimiter=";", lineterminator="\r\n")
    written.writerow([cell(text) for text in head])
    for row in rows:
        written.writerow([cell(value) for value in row])
    return Answer(
        BOM + made.getvalue(),
        mimetype="text/csv; charset=utf-8",
        headers={"Content-Disposition": attached(name, "csv")},
    )


def attached(name: str, ending: str) -> str:
    """The header that names a file in any script (RFC 6266, RFC 8187)."""
    return f"attachment; filename*=UTF-8''{quote(f'{name}.{ending}', safe='')}"
