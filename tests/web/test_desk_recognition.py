"""The searchable copy at the letter, and the lines read in doubt, as the clerk works through them."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
from sqlalchemy import func, select

from edms.capture import copies, doubts, reading
from edms.capture.linewise import rows
from edms.capture.models import DoubtfulLine, LineState, PageText
from edms.demo import letters as written
from edms.demo import scanner
from edms.events import Event, EventLine
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.registry.words import ContentRole
from edms.staff.actors import actor_for
from edms.staff.models import Official

pytest_plugins = ["tests.web.desk_site"]
LINES = 2


@pytest.fixture
def scanned(desk: Any) -> tuple[int, int]:
    """A letter with its scan: read, copied, two of its lines read in doubt. The ids of letter and content."""
    document_id = desk.letter(summary="გზის შეკეთება")
    letter = written.letter(written.SUBJECTS[0], random.Random(5))
    whole = scanner.scan(letter.text, letter.subject.language, random.Random(5))
    stored = desk.house.store.put(io.BytesIO(whole), limit=1 << 30)
    with desk.house.transaction() as session:
        document = session.get_one(Document, document_id)
        clerk = actor_for(session, session.get_one(Official, desk.cast.registrar.official_id))
        content = contents.enter(
            session, clerk, organisation_id=document.organisation_id, stored=stored, name="განცხადება.pdf"
        )
        contents.attach(session, clerk, document, content, ContentRole.ORIGINAL)
        content_id = content.content_id
    reading.look_inside(desk.house.transaction, desk.house.store, content_id)
    copies.make(desk.house.transaction, desk.house.store, content_id)
    with desk.house.transaction() as session:
        page = session.scalars(select(PageText).where(PageText.content_id == content_id)).one()
        page.words = [[*word[:5], 96] for word in page.words]
        found = [row for row in rows(page.text, page.words) if row.stop - row.start > 3][:LINES]
        sure = {n: 20 + 15 * at for at, row in enumerate(found) for n in range(row.start, row.stop)}
        page.words = [[*word[:5], sure.get(n, 96)] for n, word in enumerate(page.words)]
        doubts.note(session, session.get_one(Content, content_id), page)
    return document_id, content_id


def lines(desk: Any) -> list[DoubtfulLine]:
    with desk.house.transaction() as session:
        return list(session.scalars(select(DoubtfulLine).order_by(DoubtfulLine.confidence)))


def readings(desk: Any, document_id: int) -> int:
    with desk.house.transaction() as session:
        found = select(func.count()).where(EventLine.document_id == document_id, EventLine.kind == Event.DOCUMENT_READ)
        return session.scalar(found) or 0


def test_searchable_copy_lies_beside_the_original_and_taking_it_is_a_reading(
    desk: Any, scanned: tuple[int, int]
) -> None:
    document_id, content_id = scanned
    address = f"/letters/{document_id}/contents/{content_id}/copy"
    answer = desk.as_("registrar").client.get(address)
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF-1.7")
    assert "%28OCR%29.pdf" in answer.headers["Content-Disposition"]
    assert readings(desk, document_id) == 1
    assert address in desk.as_("registrar").get(f"/letters/{document_id}")
    original = desk.as_("registrar").client.get(f"/letters/{document_id}/contents/{content_id}")
    assert original.data != answer.data
    for name in ("stranger", "administrator", "foreigner"):
        desk.as_(name).get(address, 404)
    assert readings(desk, document_id) == 1
    desk.as_("registrar").get(f"/letters/{document_id}/contents/{content_id + 1}/copy", 404)


def test_clerk_goes_from_line_to_line_by_enter(desk: Any, scanned: tuple[int, int]) -> None:
    document_id, content_id = scanned
    clerk = desk.as_("registrar")
    assert "/recognition/" in clerk.get("/registers/")
    worst, next_one = lines(desk)
    page = clerk.get("/recognition/")
    assert worst.before.split()[0] in page and f"/letters/{document_id}" in page
    picture = clerk.client.get(f"/recognition/{worst.doubtful_line_id}/picture")
    assert picture.data.startswith(b"\xff\xd8\xff")
    answer = clerk.post(f"/recognition/{worst.doubtful_line_id}", {"text": "შესწორებული სტრიქონი"})
    page = clerk.get(answer.headers["Location"])
    assert next_one.before.split()[0] in page
    assert "სხვამ" in clerk.get(
        clerk.post(f"/recognition/{worst.doubtful_line_id}", {"text": "ორჯერ"}).headers["Location"]
    )
    clerk.post(f"/recognition/{next_one.doubtful_line_id}", {"text": next_one.before})
    assert [line.state for line in lines(desk)] == [LineState.CORRECTED, LineState.RIGHT]
    with desk.house.transaction() as session:
        text = session.scalars(select(PageText.text).where(PageText.content_id == content_id)).one()
    assert "შესწორებული სტრიქონი" in text and "ორჯერ" not in text
    assert "form" not in clerk.get("/recognition/").partition("<main")[2].partition("</main>")[0]
    for name, status in (("stranger", 403), ("administrator", 403), ("foreigner", 404)):
        desk.as_(name).get(f"/recognition/{worst.doubtful_line_id}/picture", status)
        desk.as_(name).post(f"/recognition/{worst.doubtful_line_id}", {"text": "x"}, status=status)
