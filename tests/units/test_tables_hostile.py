"""Tables of the staff and of older journals made to break their reader: refused in words, or read as what they show."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from edms import words
from edms.capture import sheets
from edms.errors import Invalid

SHEET, SHARED, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LATE = b"<!--" + b"x" * 9_000 + b"-->"
ENTITIES = b"".join(b"<!ENTITY b%d '%s'>" % (n + 1, b"&b%d;" % n * 10) for n in range(15))
LAUGHS = LATE + b"<!DOCTYPE x [<!ENTITY b0 'aaaa'>" + ENTITIES + b"]>"
SECRET = LATE + b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
NINO = [{"name": "ნინო", "post": "სპეციალისტი"}]


def book(**parts: bytes) -> bytes:
    """A workbook with one person, some of whose parts are these instead."""
    made, bad = io.BytesIO(), io.BytesIO()
    plain = openpyxl.Workbook()
    for row in (["Name", "Post"], ["ნინო", "სპეციალისტი"]):
        plain.active.append(row)
    plain.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, parts.pop(name, source.read(name)))
        for name, whole in parts.items():
            target.writestr(name, whole)
    return bad.getvalue()


def sheet(rows: bytes, head: bytes = b"") -> bytes:
    return head + b"<worksheet " + MAIN + b"><sheetData>" + rows + b"</sheetData></worksheet>"


def row(number: int, *texts: bytes) -> bytes:
    cells = b"".join(b'<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>' % (65 + n, number, text) for n, text in enumerate(texts))  # fmt: skip
    return b'<row r="%d">%s</row>' % (number, cells)


HEAD, PERSON = row(1, b"name", b"post"), row(2, "ნინო".encode(), "სპეციალისტი".encode())
REFUSED = {
    "far too many rows": lambda: book(**{SHEET: sheet(b"".join(row(n, b"x") for n in range(1, 5_100)))}),
    "somebody in the last row of all": lambda: book(**{SHEET: sheet(HEAD + row(100_000, b"x"))}),
    "a column beyond all": lambda: book(**{SHEET: sheet(b'<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>')}),
    "strings without end": lambda: book(**{SHARED: b"<sst " + MAIN + b">" + b"<si><t>a</t></si>" * 2_000_000 + b"</sst>"}),
    "a string that is not there": lambda: book(**{SHEET: sheet(b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row>')}),
    "entities in the sheet": lambda: book(**{SHEET: sheet(HEAD + row(2, b"&b15;"), LAUGHS)}),
    "a file of ours": lambda: book(**{SHEET: sheet(HEAD + row(2, b"&e;"), SECRET)}),
    "styles without end": lambda: book(**{STYLES: b"<styleSheet " + MAIN + b"><fonts>" + b"<font/>" * 3_000_000}),
    "a sheet that leads out": lambda: book(**{"xl/_rels/workbook.xml.rels": b"<Relationships/>"}),
    "a quotation without end": lambda: b'name,post\n"' + b"a,\n" * 100_000,
    "many lines": lambda: b"name\n" + b"x\n" * 500_000,
}  # fmt: skip
SHOWN = {
    "merged cells": lambda: book(**{SHEET: sheet(HEAD + PERSON).replace(b"</worksheet>", b'<mergeCells count="1"><mergeCell ref="A2:B9"/></mergeCells></worksheet>')}),
    "a coloured last row": lambda: book(**{SHEET: sheet(HEAD + PERSON + b'<row r="300000"><c r="A300000"/></row>')}),
    "a row beyond all": lambda: book(**{SHEET: sheet(HEAD + PERSON + row(200_000, b" "))}),
    "a claim of its size": lambda: book(**{SHEET: sheet(HEAD + PERSON).replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')}),
    "links to elsewhere": lambda: book(**{"xl/externalLinks/externalLink1.xml": b"<externalLink " + MAIN + b"/>"}),
    "entities that nobody asks for": lambda: book(**{STYLES: SECRET + b"<styleSheet " + MAIN + b">&e;</styleSheet>"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_in_words(kind: str) -> None:
    with pytest.raises(Invalid) as refused:
        sheets.rows_of(REFUSED[kind]())
    for speaks in words.LANGS:
        assert words.say(speaks, refused.value.fields["table"]).endswith((".", "։"))


@pytest.mark.parametrize("kind", SHOWN)
def test_it_is_read_as_what_it_shows(kind: str) -> None:
    assert [{name: text for name, text in each.items() if text} for each in sheets.rows_of(SHOWN[kind]())] == NINO


def test_a_formula_is_what_it_came_to_and_no_formula_of_ours() -> None:
    cell = b'<row r="2"><c r="A2" t="str"><f>HYPERLINK("http://x.example","y")</f><v>=cmd|1</v></c></row>'
    assert sheets.rows_of(book(**{SHEET: sheet(HEAD + cell)})) == [{"name": "=cmd|1"}]


def test_lines_between_stay_so_that_places_are_those_of_the_sheet() -> None:
    rows = sheets.rows_of(book(**{SHEET: sheet(HEAD + row(4, "ნინო".encode()))}))
    assert [each.get("name", "") for each in rows] == ["", "", "ნინო"]


def test_columns_without_end_are_cut() -> None:
    wide = b",".join(b"c%d" % n for n in range(100_000))
    assert len(sheets.rows_of(wide + b"\n" + wide)[0]) == sheets.MOST_COLUMNS
