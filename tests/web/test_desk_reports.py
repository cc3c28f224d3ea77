"""The Monday page in a browser: its figures are links to just those letters, on paper and in Excel they are the same."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta

import pypdfium2
from openpyxl import load_workbook

from edms import clock
from edms.registry.words import Grade
from tests import letters

pytest_plugins = ["tests.web.desk_site"]

PLACES = ("/reports/", "/reports/letters", "/reports/figures.pdf", "/reports/figures.xlsx")
FIGURE = re.compile(r'<a href="(/reports/letters\?[^"]+)"[^>]*>(\d+)</a>')
THIS_WEEK = "period=this_week"


def _fill(desk) -> None:
    desk.letter()
    desk.letter(unit_id=desk.cast.roads.unit_id)
    desk.given("executor")
    desk.do(lambda s, o: letters.own_letter(s, o))

    def secret(session, office):
        hidden = letters.letter(session, office)
        hidden.grade, hidden.readers = Grade.PERSONAL, [f"official:{office.mayor.official_id}"]

    desk.do(secret)


def test_every_figure_opens_as_many_letters_as_it_says(desk):
    _fill(desk)
    for name, registered in (("mayor", 5), ("registrar", 4)):
        page = desk.as_(name).get(f"/reports/?{THIS_WEEK}")
        found = FIGURE.findall(page)
        assert max(int(number) for _, number in found) == registered
        for address, number in found:
            assert desk.as_(name).get(html.unescape(address)).count('class="line-number') == int(number), address


def test_a_figure_of_the_period_before_opens_its_letters_too(desk):
    _fill(desk)
    with clock.at(clock.now() + timedelta(days=7)):
        page = desk.as_("mayor").get(f"/reports/?{THIS_WEEK}")
        was = re.findall(r'<a href="(/reports/letters\?[^"]+)">[^<\d]*(\d+)[^<]*</a>', page)
        assert max(int(number) for _, number in was) == 5
        for address, number in was:
            listed = desk.as_("mayor").get(html.unescape(address))
            assert listed.count('class="line-number') == int(number), address


def test_paper_and_workbook_say_what_the_page_says(desk):
    _fill(desk)
    mayor = desk.as_("mayor")
    book = load_workbook(io.BytesIO(mayor.client.get(f"/reports/figures.xlsx?{THIS_WEEK}").data)).active
    rows = [[cell.value for cell in row] for row in book.iter_rows(min_row=2)]
    whole = next(row for row in rows if row[1] == "სულ")
    assert whole[4:10] == [5, 0, 0, 5, 0, 0]
    answer = mayor.client.get(f"/reports/figures.pdf?{THIS_WEEK}")
    assert answer.mimetype == "application/pdf"
    paper = pypdfium2.PdfDocument(answer.data)
    assert [round(side) for side in paper[0].get_size()] == [842, 595]  # A4 across
    text = " ".join(paper[0].get_textpage().get_text_bounded().split())
    for said in ("ქვემოს მუნიციპალიტეტი", "რეგისტრირებული", "გოჩა კვარაცხელია", "დავით მაისურაძე"):
        assert said in text
    paper.close()


def test_the_page_speaks_every_language(desk):
    _fill(desk)
    for code, said in (("hy", "Գրանցված"), ("en", "Registered"), ("ka", "რეგისტრირებული")):
        page = desk.as_("mayor").get(f"/reports/?{THIS_WEEK}&lang={code}")
        assert said in page and "reports." not in re.sub(r'"[^"]*"', "", page)


def test_strangers_and_visitors_meet_a_closed_door(desk):
    _fill(desk)
    for name in ("executor", "stranger", "administrator", "lawyer"):
        for place in PLACES:
            desk.as_(name).get(f"{place}?{THIS_WEEK}", 403)
        assert "/reports/" not in desk.as_(name).get("/desk/")
    for place in PLACES:
        assert desk.app.test_client().get(place).status_code == 303
    assert not FIGURE.findall(desk.as_("foreigner").get(f"/reports/?{THIS_WEEK}"))
    assert "/reports/" in desk.as_("mayor").get("/desk/")


def test_what_cannot_be_read_is_said_and_breaks_nothing(desk):
    mayor, today = desk.as_("mayor"), clock.today("Asia/Tbilisi")
    page = mayor.get(f"/reports/?first={today:%d.%m.%Y}&last=01.01.2020", 422)
    assert "მთავრდება" in page
    typed = mayor.get("/reports/?period=week")
    assert "note near" in typed and FIGURE.findall(typed) == FIGURE.findall(mayor.get("/reports/?period=last_week"))
    for question in ("first=x", "period=ever", "group=none", "unit=x", "figure=all", "first=01.01.0001&last=02.01.0001", "unit=99999999999999999999999"):  # fmt: skip
        for place in PLACES:
            assert mayor.client.get(f"{place}?{question}").status_code in (200, 404, 422), (place, question)
    assert mayor.client.get("/reports/letters?after=2026-01-01T00:00:00%2B00:00~x").status_code == 200
