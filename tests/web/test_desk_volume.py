"""The yearly volume: groups apart, registers by month, each once; page, paper and workbook agree; strangers get none."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pypdfium2
from openpyxl import load_workbook

from edms import clock
from edms.registry.words import Grade
from tests.letters import letter, own_letter

pytest_plugins = ["tests.web.desk_site"]

PLACES = ("/reports/volume/", "/reports/volume/volume.pdf", "/reports/volume/volume.xlsx")


def _fill(desk) -> None:
    def act(session, office):
        # The last minute of the old year in Tbilisi, the first of the new one, and spring.
        for at, book, more in (
            (datetime(2024, 12, 31, 19, 59, tzinfo=UTC), office.incoming, {}),
            (datetime(2024, 12, 31, 20, 1, tzinfo=UTC), office.incoming, {"sheets": 3, "annex_sheets": 4}),
            (datetime(2025, 3, 5, 8, tzinfo=UTC), office.incoming, {"grade": Grade.PERSONAL}),
            (datetime(2025, 3, 6, 8, tzinfo=UTC), office.applications, {}),
        ):
            with clock.at(at):
                letter(session, office, book, **more)
        with clock.at(datetime(2025, 4, 1, 8, tzinfo=UTC)):
            own_letter(session, office)

    desk.do(act)


def _rows(desk, name: str, year: int) -> list[list[object]]:
    answer = desk.as_(name).client.get(f"/reports/volume/volume.xlsx?year={year}")
    assert answer.status_code == 200
    return [[cell.value for cell in row] for row in load_workbook(io.BytesIO(answer.data)).active.iter_rows(min_row=2)]


def test_a_year_is_counted_once_apart_by_group_and_register(desk):
    _fill(desk)
    rows = _rows(desk, "mayor", 2025)
    said = [(row[1], row[2], row[4], row[5], row[14], row[15]) for row in rows]
    assert said == [
        ("შემოსული", 1, 1, 0, 2, 8), ("გასული", 0, 0, 1, 1, 1), ("განცხადებები", 0, 1, 0, 1, 1),
    ]  # fmt: skip
    assert [row[14] for row in _rows(desk, "mayor", 2024)] == [1]
    assert [row[14] for row in _rows(desk, "controller", 2025)] == [1, 1, 1]  # a personal letter is not hers
    page = desk.as_("mayor").get("/reports/volume/?year=2025")
    assert f"/registers/{desk.cast.incoming.register_id}?year=2025" in page
    listed = desk.as_("mayor").get(f"/registers/{desk.cast.incoming.register_id}?year=2025")
    assert listed.count('class="line-number') == 2
    paper = pypdfium2.PdfDocument(desk.as_("mayor").client.get("/reports/volume/volume.pdf?year=2025").data)
    text = " ".join(paper[0].get_textpage().get_text_bounded().split())
    assert "შემოსული" in text and "2025" in text and "ქვემოს მუნიციპალიტეტი" in text
    paper.close()


def test_strangers_have_no_volume_and_other_offices_their_own(desk):
    _fill(desk)
    for place in PLACES:
        for name in ("executor", "administrator"):
            desk.as_(name).get(f"{place}?year=2025", 403)
        assert desk.app.test_client().get(place).status_code == 303
    assert _rows(desk, "foreigner", 2025) == []
    for year in ("x", "-1", "99999999999999999999", "1", ""):
        desk.as_("mayor").get(f"/reports/volume/?year={year}")
