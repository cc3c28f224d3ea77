"""Envelopes and labels measured on the PDF itself: the page is the envelope, each address lies in its box."""

from __future__ import annotations

import pypdfium2
import pytest

from edms.drafting.paper import envelopes as paper
from edms.drafting.paper.office import Office

MM = 72 / 25.4
OFFICE = Office("ქვემოს მუნიციპალიტეტის მერია", "თავისუფლების ქუჩა 1, ქვემო")
KA = paper.Addressed(
    "საქართველოს რეგიონული განვითარებისა და ინფრასტრუქტურის სამინისტრო",
    "თბილისი, 0186,\nალ. ყაზბეგის გამზირი №12, მეხუთე სართული",
    "12-05/417",
)
HY = paper.Addressed(
    "Տարածքային կառավարման և ենթակառուցվածքների նախարարություն",
    "Երևան 0010, Հանրապետության հրապարակ, Կառավարական տուն 3",
    "12-05/418",
)


def measured(pressed):
    """The pages' sizes and each letter's box in millimetres from the upper left corner, page by page."""
    for page in pypdfium2.PdfDocument(pressed.pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        boxes = [text.get_charbox(n) for n in range(text.count_chars()) if text.get_text_range(n, 1).strip()]
        yield (
            (width / MM, height / MM),
            [
                (left / MM, (height - top) / MM, right / MM, (height - bottom) / MM)
                for left, bottom, right, top in boxes
            ],
        )


@pytest.mark.parametrize("form", paper.ENVELOPES)
def test_an_envelope_is_its_page_and_the_addressee_stays_in_her_box(form):
    made = paper.ENVELOPES[form]
    pressed = paper.envelopes(OFFICE, "ka", form, [KA, HY])
    assert pressed.pages == 2
    allowed = [box for box in (made.to, made.sender, made.number) if box is not None]
    for (width, height), letters in measured(pressed):
        assert (width, height) == pytest.approx((made.width, made.height), abs=0.1)
        assert len(letters) > 60
        for left, top, right, bottom in letters:
            assert any(
                b.left - 0.3 <= left
                and right <= b.left + b.width + 0.3
                and b.top - 0.3 <= top
                and bottom <= b.top + b.height + 0.3
                for b in allowed
            ), (left, top, right, bottom)
    for n in (1, 2):
        place = pressed.places[f"to-{n}"]
        assert (place.left / MM, (place.right - place.left) / MM) == pytest.approx(
            (made.to.left, made.to.width), abs=0.1
        )
        assert (made.height - place.top / MM, (place.top - place.bottom) / MM) == pytest.approx(
            (made.to.top, made.to.height), abs=0.1
        )


@pytest.mark.parametrize("form", paper.SHEETS)
def test_labels_lie_where_the_sheet_has_them_and_begin_where_the_last_sheet_ended(form):
    sheet = paper.SHEETS[form]
    right, bottom = sheet.place(sheet.on_a_sheet - 1), sheet.place(sheet.on_a_sheet - 1)
    assert right.left + right.width <= 210.05
    assert bottom.top + bottom.height <= 297.05
    pressed = paper.labels(OFFICE, "ka", form, [KA, HY] * (sheet.on_a_sheet // 2 + 1), first=3)
    assert pressed.pages == 2
    for n in range(sheet.on_a_sheet // 2 * 2 + 2):
        box, place = sheet.place((n + 2) % sheet.on_a_sheet), pressed.places[f"to-{n + 1}"]
        assert place.page == (n + 2) // sheet.on_a_sheet
        assert (place.left / MM, 297 - place.top / MM) == pytest.approx((box.left, box.top), abs=0.1)
    first = sheet.place(2)
    (_, letters), *_ = measured(pressed)
    inside = [
        c
        for c in letters
        if first.left <= c[0]
        and c[2] <= first.left + first.width
        and first.top <= c[1]
        and c[3] <= first.top + first.height
    ]
    assert len(inside) >= sum(not c.isspace() for c in KA.name + KA.address) - 2
