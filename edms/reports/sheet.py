"""A list as an Excel workbook or as plain text, written row by row: memory does not grow with it.

No cell is ever a formula or a link.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from edms.overview.table import Cell

WIDEST = 60  # characters of a column
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ROWS = 1_000_000
"""Of one sheet, its head aside: Excel opens 1 048 576; what is more goes on on the next."""
BOM = "\ufeff"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA: Mapping[str, str] = {"xlsx": EXCEL, "csv": "text/csv; charset=utf-8"}


def write(path: Path, title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]) -> int:
    """Write the workbook; the number of its rows. `columns` are headings with their widths in characters."""
    import xlsxwriter  # with the first table: 2 MB that a process which writes none does without

    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_date_format": "dd.mm.yyyy", "tmpdir": str(path.parent),
    }  # fmt: skip
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        plain, day = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"num_format": "dd.mm.yyyy", "valign": "top"})  # fmt: skip

        def begun(name: str) -> Any:
            made = book.add_worksheet(name)
            for place, (text, width) in enumerate(columns):
                made.set_column(place, place, min(width, WIDEST))
                made.write_string(0, place, text, head)
            made.freeze_panes(1, 0)
            return made

        sheet, at, tab = begun(_tab(title)), 0, 1
        for row in rows:
            if at == ROWS:
                sheet.autofilter(0, 0, at, len(columns) - 1)
                tab += 1
                sheet, at = begun(f"{_tab(title)[:27]} {tab}"), 0
            count, at = count + 1, at + 1
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(at, place, value, day)
                elif isinstance(value, int):
                    sheet.write_number(at, place, value, plain)
                elif value:
                    sheet.write_string(at, place, guarded(value), plain)
        sheet.autofilter(0, 0, max(at, 1), len(columns) - 1)
    return count


def write_plain(path: Path, _: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]) -> int:
    """As the spreadsheets of this country open it at once: UTF-8 with its mark, semicolons between."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        written = csv.writer(file, delimiter=";", lineterminator="\r\n")
        written.writerow([cell(text) for text, _ in columns])
        for row in rows:
            count += 1
            written.writerow([cell(f"{value:%d.%m.%Y}" if isinstance(value, date) else value) for value in row])
    return count


WRITERS: Mapping[str, Callable[[Path, str, Sequence[tuple[str, int]], Iterable[Sequence[Cell]]], int]] = {
    "xlsx": write,
    "csv": write_plain,
}


def cell(value: object) -> str:
    """A value as it is written into plain text."""
    return guarded("" if value is None else str(value))


def guarded(text: str) -> str:
    """The text as it is written: what a spreadsheet might compute when it is saved as CSV gets an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _tab(title: str) -> str:
    """A name that Excel takes for a sheet."""
    return "".join(c for c in title if c not in "[]:*?/\\'")[:31] or "1"
