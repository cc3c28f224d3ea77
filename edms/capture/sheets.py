"""A table that somebody uploads (.csv or .xlsx) as rows named by its first line. Workbooks are opened in the sandbox only."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from edms.capture.office import workbook
from edms.capture.plain import decoded
from edms.errors import Invalid
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import run

MOST_ROWS = 5_000
LARGEST = 8 * 1024 * 1024
LONGEST_CELL = 4_000
MOST_COLUMNS = 100
MOST_OF_A_SHEET = 1 << 20  # rows: no program makes more, but a file may say so
LIMITS = Limits(cpu_seconds=20, wall_seconds=40.0, memory_bytes=1024 * MIB)  # somebody waits for it
ZIP = b"PK\x03\x04"

Row = dict[str, str]


def rows_of(table: bytes, *, most: int = MOST_ROWS, largest: int = LARGEST) -> list[Row]:
    """The rows of the table, columns by the names in its first line (lower case).

    Errors: Invalid (table) for what is no table, is larger than `largest` bytes, or has more than `most` rows.
    """
    if len(table) > largest:
        raise Invalid(fields={"table": "capture.table_too_large"})
    lines = _of_workbook(table, most) if table.startswith(ZIP) else _of_text(decoded(table), most)
    if len(lines) > most + 1:
        raise Invalid(fields={"table": "capture.table_too_large"})
    if len(lines) < 2:
        raise Invalid(fields={"table": "capture.table_empty"})
    names = [name.strip().lstrip("\ufeff").lower() for name in lines[0]]
    return [{name: cell for name, cell in zip(names, line, strict=False) if name} for line in lines[1:]]


def look(inputs: Sequence[Path], folder: Path, most: int = MOST_ROWS) -> Iterator[dict[str, Any]]:
    """In the child: the cells of the first sheet, row by row; what follows the last row that says anything is no row.

    A sheet whose last line was once coloured has a million of them.
    """
    with workbook(inputs[0]) as book:
        sheet, empty, number = book.worksheets[0], 0, 0
        sheet.reset_dimensions()  # what it claims of its size is not believed
        for row in sheet.iter_rows(values_only=True):
            cells = ["" if cell is None else str(cell)[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]]
            if not any(cell.strip() for cell in cells):
                empty += 1
                if empty > MOST_OF_A_SHEET:
                    return
                continue
            number += empty + 1
            if number > most + 2:
                yield {"more": True}
                return
            for _ in range(empty):
                yield {"cells": []}
            yield {"cells": cells}
            empty = 0


def _of_workbook(table: bytes, most: int) -> list[list[str]]:
    with tempfile.TemporaryDirectory(prefix="edms-table-") as folder:
        path = Path(folder) / "table.xlsx"
        path.write_bytes(table)
        path.chmod(0o644)
        Path(folder).chmod(0o755)
        said, outcome = run("edms.capture.sheets:look", [path], {"most": most}, limits=LIMITS)
    if outcome.reason is not None:
        raise Invalid(fields={"table": "capture.table_not_understood"})
    if any("more" in row for row in said):
        raise Invalid(fields={"table": "capture.table_too_large"})
    return [row["cells"] for row in said if "cells" in row]


def _of_text(text: str, most: int) -> list[list[str]]:
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=";,\t")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = islice(csv.reader(io.StringIO(text), dialect), most + 2)
        return [[cell[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]] for row in rows]
    except csv.Error as error:
        raise Invalid(fields={"table": "capture.table_not_understood"}) from error
