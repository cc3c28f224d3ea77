"""A list as an Excel workbook, written row by row: memory does not grow with it. No cell is ever a formula or a link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

WIDEST = 60  # characters of a column
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | date | None


def write(path: Path, title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]) -> int:
    """Write the workbook; the number of its rows. `columns` are headings with their widths in characters."""
    import xlsxwriter  # with the first table: 2 MB that a process which writes none does without

    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_date_format": "dd.mm.yyyy", "tmpdir": str(path.parent),
    }  # fmt: skip
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(_tab(title))
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        plain, day = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"num_format": "dd.mm.yyyy", "valign": "top"})  # fmt: skip
        for place, (text, width) in enumerate(columns):
            sheet.set_column(place, place, min(width, WIDEST))
            sheet.write_string(0, place, text, head)
        sheet.freeze_panes(1, 0)
        for row in rows:
            count += 1
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(count, place, value, day)
                elif isinstance(value, int):
                    sheet.write_number(count, place, value, plain)
                elif value:
                    sheet.write_string(count, place, guarded(value), plain)
        sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
    return count


def guarded(text: str) -> str:
    """The text as it is written: what a spreadsheet might compute when it is saved as CSV gets an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _tab(title: str) -> str:
    """A name that Excel takes for a sheet."""
    return "".join(c for c in title if c not in "[]:*?/\\'")[:31] or "1"
