"""Tables that come in to be loaded, and tables that leave for a spreadsheet: no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from flask import Response as Answer
from flask import request
from werkzeug.wrappers import Response

from edms.capture import sheets
from edms.errors import Invalid
from edms.reports.sheet import guarded

BOM = "\ufeff"


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


def cell(value: object) -> str:
    """A value as it is written."""
    return guarded("" if value is None else str(value))


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
