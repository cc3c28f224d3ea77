"""Who may read a letter of ours, chosen by its author on the draft; and what is enclosed with it."""

from __future__ import annotations

import re

from sqlalchemy import select

from edms.drafting.models import Draft
from edms.registry.models import Document
from edms.registry.words import Grade

pytest_plugins = ["tests.web.desk_site"]


def _typed(desk, **more):
    return {
        "subject": "თანამშრომლის შესახებ", "addressee": "ანა კალანდაძე", "signer": desk.cast.mayor.official_id,
        "channel": "post", "language": "ka", "text": "ტექსტი.", "do": "save", **more,
    }  # fmt: skip


def _offered(html):
    field = html.split('id="f-grade"')[1].split("</select>")[0]
    return re.findall(r'value="(\w+)"', field), re.findall(r'value="(\w+)" selected', field)


def _draft(desk):
    with desk.house.transaction() as session:
        return session.scalars(select(Draft)).one()


def test_the_author_of_a_letter_of_ours_chooses_who_reads_it(desk):
    executor = desk.as_("executor")
    assert _offered(executor.get("/drafts/new?kind=order")) == (["open", "official_use", "personal"], ["open"])
    executor.post("/drafts/new?kind=order", _typed(desk, grade="personal", annexes="ოქმი\r\nგეგმა"))
    made = _draft(desk)
    assert (made.grade, made.annexes) == (Grade.PERSONAL, "ოქმი\nგეგმა")
    page = executor.get(f"/drafts/{made.draft_id}")
    assert _offered(page)[1] == ["personal"] and "ოქმი\nგეგმა</textarea>" in page.replace("\r", "")
    executor.post(f"/drafts/{made.draft_id}", _typed(desk, version=made.version, grade="open"))
    assert _draft(desk).grade is Grade.OPEN


def test_a_reply_offers_nothing_more_open_than_its_letter(desk):
    document_id, _ = desk.given("executor")
    with desk.house.transaction() as session:
        session.get_one(Document, document_id).grade = Grade.OFFICIAL_USE
    executor = desk.as_("executor")
    place = f"/drafts/new?reply_to={document_id}"
    assert _offered(executor.get(place)) == (["official_use", "personal"], ["official_use"])
    executor.post(place, _typed(desk, grade="open"))
    made = _draft(desk)
    assert made.grade is Grade.OFFICIAL_USE
    assert _offered(executor.get(f"/drafts/{made.draft_id}"))[0] == ["official_use", "personal"]


def test_a_page_shown_before_the_mark_or_the_list_changed_is_of_the_past(desk):
    executor = desk.as_("executor")
    executor.post("/drafts/new?kind=order", _typed(desk, do="show"))
    made = _draft(desk)
    executor.post(f"/drafts/{made.draft_id}", _typed(desk, version=made.version, grade="personal", annexes="ოქმი"))
    with desk.house.transaction() as session:
        shown, newest = session.get_one(Draft, made.draft_id).versions
        assert shown.content_id is not None and newest.content_id is None
