"""A table that somebody uploads (.csv or .xlsx) as rows named by its first line. Workbooks are opened in the sandbox only."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from edms.capture.office import workbook
from edms.capture.plain import decoded
from edms.errors import Invalid
from edms.sandbox.run import run

MOST_ROWS = 5_000
LARGEST = 8 * 1024 * 1024
LONGEST_CELL = 4_000
ZIP = b"PK\x03\x04"

Row = dict[str, str]


def rows_of(table: bytes, *, most: int = MOST_ROWS, largest: int = LARGEST) -> list[Row]:
    """The rows of the table, columns by the names in its first line (lower case).

    Errors: Invalid (table) for what is no table, is larger than `largest` bytes, or has more than `most` rows.
    """
    if len(table) > largest:
        raise Invalid(fields={"table": "capture.table_too_large"})
    lines = _of_workbook(table, most) if table.startswith(ZIP) else _of_text(decoded(table))
    if len(lines) > most + 1:
        raise Invalid(fields={"table": "capture.table_too_large"})
    if len(lines) < 2:
        raise Invalid(fields={"table": "capture.table_empty"})
    names = [name.strip().lstrip("\ufeff").lower() for name in lines[0]]
    return [{name: cell for name, cell in zip(names, line, strict=False) if name} for line in lines[1:]]


def look(inputs: Sequence[Path], folder: Path, most: int = MOST_ROWS) -> Iterator[dict[str, Any]]:
    """In the child: the cells of the first sheet, row by row."""
    with workbook(inputs[0]) as book:
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True)):
            if number > most + 1:
                return
            yield {"cells": ["" if cell is None else str(cell)[:LONGEST_CELL] for cell in cells[:100]]}


def _of_workbook(table: bytes, most: int) -> list[list[str]]:
    with tempfile.TemporaryDirectory(prefix="edms-table-") as folder:
        path = Path(folder) / "table.xlsx"
        path.write_bytes(table)
        path.chmod(0o644)
        Path(folder).chmod(0o755)
        said, outcome = run("edms.capture.sheets:look", [path], {"most": most})
    if outcome.reason is not None:
        raise Invalid(fields={"table": "capture.table_not_understood"})
    return [row["cells"] for row in said if "cells" in row]


def _of_text(text: str) -> list[list[str]]:
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=";,\t")
    except csv.Error:
        dialect = csv.excel
    try:
        return [[cell[:LONGEST_CELL] for cell in row] for row in csv.reader(io.StringIO(text), dialect)]
    except csv.Error as error:
        raise Invalid(fields={"table": "capture.table_not_understood"}) from error
