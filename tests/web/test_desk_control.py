"""The controller's desk: by term, unit and person, each count its list; the meeting's list; the month; a letter's card."""

from __future__ import annotations

import html
import io
import re
from datetime import date, timedelta

import pypdfium2
import pytest
from openpyxl import load_workbook

from edms import clock
from edms.registry.lifecycle import step
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.routing import control, control_counts
from edms.routing.models import Control
from edms.web.desk import control_papers, controlling
from tests.letters import letter, own_letter

pytest_plugins = ["tests.web.desk_site"]

PLACES = ("/control/", "/control/list.pdf", "/control/list.xlsx", "/control/summary", "/control/summary.pdf", "/control/summary.xlsx")  # fmt: skip
REFUSED = ("registrar", "executor", "administrator")
COUNT = re.compile(r'<a href="(/control/\?[^"]+)"[^>]*>(\d+)</a>')
# Days from today: 60, 20 and 3 late, due today, tomorrow, far away.
DAYS = (-60, -20, -3, 0, 1, 200)


@pytest.fixture
def town(desk):
    """Six letters on control: those late in roads, the others in social; ids by the days they have."""

    def act(session, office):
        made, today = {}, clock.today("Asia/Tbilisi")
        for days in DAYS:
            unit = office.roads if days < 0 else office.social
            document = letter(session, office, summary=f"საქმე {days}", unit_id=unit.unit_id)
            document.responsible_id = office.executor.official_id if days < 0 else office.stranger.official_id
            control.put(session, office.actor("controller"), document, due_on=today + timedelta(days=max(0, days)))
            held = session.query(Control).filter_by(document_id=document.document_id).one()
            held.due_on, held.put_at = today + timedelta(days=days), clock.now() - timedelta(days=70)
            made[days] = document.document_id
        return made

    return desk.do(act)


@pytest.mark.parametrize("today", [date(2026, 3, n) for n in (1, 2, 8, 25, 29, 30, 31)])
def test_every_day_falls_into_just_one_term(today):
    for days in range(-70, 80):
        day = today + timedelta(days=days)
        held = [
            due for due in control_counts.BY_DAY
            if (control_counts.bounds(due, today)[0] or date.min) <= day <= (control_counts.bounds(due, today)[1] or date.max)
        ]  # fmt: skip
        assert held == [control_counts.due_of(day, today)], day
        assert held[0].is_late is (days < 0)


def test_by_term_the_groups_stand_in_order_of_urgency_each_with_its_count(desk, town):
    page = desk.as_("controller").get("/control/")
    heads = re.findall(r"<h2>([^<]+) <span class=\"count\">(\d+)</span></h2>", page)
    assert heads[:4] == [
        ("ვადაგადაცილებული 30 დღეზე მეტი ხნით", "1"), ("ვადაგადაცილებული 8–30 დღით", "1"), ("ვადაგადაცილებული 1–7 დღით", "1"),
        ("ვადა დღესაა", "1"),
    ]  # fmt: skip
    assert heads[-1] == ("შემდეგ", "1")
    assert "20 დღით ვადაგადაცილებულია" in page and "თქვენი ნაწილი" not in page  # a controller has no part in them
    assert [page.index(f"საქმე {days}<") for days in DAYS] == sorted(page.index(f"საქმე {days}<") for days in DAYS)


def test_what_was_answered_stands_apart_and_is_counted_in_no_term(desk, town):
    def act(session, office):
        held = session.query(Control).filter_by(document_id=town[-60]).one()
        held.closing_proposed_at = session.get_one(Document, town[-60]).over_at = clock.now()

    desk.do(act)
    controller = desk.as_("controller")
    heads = re.findall(r"<h2>([^<]+) <span class=\"count\">(\d+)</span></h2>", controller.get("/control/"))
    assert heads[:2] == [
        ("პასუხგაცემული ან შესრულებული: კონტროლიდან მოსახსნელი", "1"),
        ("ვადაგადაცილებული 8–30 დღით", "1"),
    ]
    paper = pypdfium2.PdfDocument(controller.client.get("/control/list.pdf").data)
    text = letters_of(" ".join(page.get_textpage().get_text_bounded() for page in paper))
    paper.close()
    assert letters_of("კონტროლიდან მოსახსნელი") in text and letters_of("60 დღით ვადაგადაცილებულია") not in text


def test_by_unit_and_person_every_count_opens_as_many_letters(desk, town):
    for by, names in (("unit", ("გზების", "სოციალური")), ("person", ("გოჩა", "ლალი"))):
        page = desk.as_("controller").get(f"/control/?by={by}")
        found = COUNT.findall(page)
        assert len(found) == 6 and all(name in page for name in names)
        for address, number in found:
            shown = desk.as_("controller").get(html.unescape(address))
            assert shown.count('class="line-number') == int(number), address


def test_what_was_answered_is_late_no_more_on_the_page_on_paper_and_in_the_counts(desk, town):
    def act(session, office):
        """Of two late letters one's reply has gone, one was executed; an order of our own, filed, is late all the same."""
        for held in session.query(Control).filter_by(document_id=town[-60]):
            held.closing_proposed_at = clock.now()
        step(session.get_one(Document, town[-20]), DocumentState.EXECUTED)
        order = own_letter(session, office, summary="ბრძანება დაგვიანებული")
        control.put(session, office.actor("controller"), order, due_on=clock.today("Asia/Tbilisi"))
        for wanted in (DocumentState.SIGNED, DocumentState.FILED):
            step(order, wanted)
        for held in session.query(Control).filter_by(document_id=order.document_id):
            held.due_on = clock.today("Asia/Tbilisi") - timedelta(days=20)

    desk.do(act)
    controller, answered = desk.as_("controller"), "პასუხგაცემული ან შესრულებული: კონტროლიდან მოსახსნელი"
    page = controller.get("/control/")
    heads = re.findall(r"<h2>([^<]+) <span class=\"count\">(\d+)</span></h2>", page)
    late = [("ვადაგადაცილებული 8–30 დღით", "1"), ("ვადაგადაცილებული 1–7 დღით", "1")]
    assert heads[:3] == [(answered, "2"), *late]
    assert 'href="/control/proposed/"' in page and "საქმე -20<" not in page  # one line, opened to the list
    assert controller.get("/control/proposed/").count('name="marked"') == 2
    assert "საქმე -20<" not in controller.get("/control/?term=late")
    assert "საქმე -20<" in controller.get("/control/?term=answered")
    for by in ("unit", "person"):
        for address, number in COUNT.findall(controller.get(f"/control/?by={by}")):
            assert controller.get(html.unescape(address)).count('class="line-number') == int(number), address
    paper = pypdfium2.PdfDocument(controller.client.get("/control/list.pdf").data)
    text = letters_of(" ".join(page.get_textpage().get_text_bounded() for page in paper))
    paper.close()
    order = [
        letters_of(said) for said in (f"{answered} · 2", "საქმე -60", "საქმე -20", late[0][0], "ბრძანება", late[1][0])
    ]
    assert [text.find(said) for said in order] == sorted(text.find(said) for said in order) and order[0] in text
    assert letters_of("60 დღით ვადაგადაცილებულია") not in text
    book = load_workbook(io.BytesIO(controller.client.get("/control/list.xlsx").data)).active
    days = {row[3].value: row[7].value for row in book.iter_rows(min_row=2)}
    assert (days["საქმე -60"], days["საქმე -20"], days["საქმე -3"], days["ბრძანება დაგვიანებული"]) == (
        None,
        None,
        3,
        20,
    )


def test_several_are_taken_off_control_at_once_and_one_that_may_not_be_stops_no_other(desk, town):
    def act(session, office):
        """Two were executed, of one nobody was told by letter; a third waits for nobody."""
        for days in (-60, -20, -3):
            step(session.get_one(Document, town[days]), DocumentState.EXECUTED)
        return office.mayor.official_id, office.executor.official_id

    mayor, executor = desk.do(act)
    controller, place = desk.as_("controller"), "/control/proposed/"
    assert "შემოთავაზებულია: 3" in controller.get("/desk/") and "საქმე -60<" not in controller.get("/desk/")
    words = {"instructed_by": mayor, "reason": "შესრულდა", "notified": "დარეკა"}
    controller.post(place, words, status=422)
    controller.post(place, {"marked": [town[-60]]}, status=422)
    # -3 is not executed any more when she sends: it stays and says why
    desk.do(lambda s, o: step(s.get_one(Document, town[-3]), DocumentState.IN_EXECUTION))
    answer = controller.post(place, {**words, "marked": [town[-60], town[-3], town[-20]]}, status=409)
    assert "კონტროლიდან მოიხსნა 2 წერილი" in answer.get_data(as_text=True)
    left = desk.do(lambda s, o: {h.document_id for h in s.query(Control).filter(Control.removed_at.is_(None))})
    assert left == {town[days] for days in (-3, 0, 1, 200)}
    desk.do(lambda s, o: step(s.get_one(Document, town[0]), DocumentState.EXECUTED))
    controller.post(place, {**words, "instructed_by": executor, "marked": [town[0]]}, status=409)  # leads nobody
    controller.post(place, {**words, "notified": "", "marked": [town[0]]}, status=409)  # nobody told the correspondent
    for who in ("stranger", "executor", "registrar"):
        desk.as_(who).get(place, 403)
    desk.as_("foreigner").post(place, {**words, "marked": [town[0]]}, status=403)
    desk.as_("stranger").post(place, {**words, "marked": [town[0]]}, status=403)
    assert desk.document(town[0]).on_control
    controller.post(place, {**words, "marked": [town[0]]})
    assert not desk.document(town[0]).on_control


def test_in_a_months_sum_a_filed_order_without_its_answer_is_overdue_and_one_taken_off_late_is_not_in_term(desk):
    def act(session, office):
        made, today = {}, clock.today("Asia/Tbilisi")
        for name in ("standing", "off"):
            order = own_letter(session, office, summary=name)
            control.put(session, office.actor("controller"), order, due_on=today)
            for wanted in (DocumentState.SIGNED, DocumentState.FILED):
                step(order, wanted)
            held = session.query(Control).filter_by(document_id=order.document_id).one()
            held.due_on, held.put_at = today - timedelta(days=20), clock.now() - timedelta(days=40)
            made[name] = order
        control.remove(
            session, office.actor("controller"), made["off"], instructed_by=office.mayor.official_id, reason="შესრულდა"
        )
        now = clock.now()
        rows = control_counts.summary(
            session, office.actor("controller"), now - timedelta(days=30), now + timedelta(days=1), today
        )
        return [(row.removed, row.in_term, row.standing, row.overdue) for row in rows]

    assert desk.do(act) == [(1, 0, 1, 1)]


def letters_of(text: str) -> str:
    """Letters and figures alone: a narrow column breaks words and lines where it must."""
    return "".join(c for c in text if c.isalnum())


def test_the_list_for_the_meeting_on_paper_and_as_a_workbook(desk, town):
    controller = desk.as_("controller")
    paper = pypdfium2.PdfDocument(controller.client.get("/control/list.pdf").data)
    text = letters_of(" ".join(page.get_textpage().get_text_bounded() for page in paper))
    paper.close()
    for said in ("ვადაგადაცილებული 8–30 დღით", "20 დღით ვადაგადაცილებულია", "გოჩა კვარაცხელია", "საქმე 200"):
        assert letters_of(said) in text, said
    book = load_workbook(io.BytesIO(controller.client.get("/control/list.xlsx?term=late").data)).active
    assert [(row[3].value, row[7].value) for row in book.iter_rows(min_row=2)] == [
        ("საქმე -60", 60), ("საქმე -20", 20), ("საქმე -3", 3),
    ]  # fmt: skip


def test_a_list_longer_than_the_paper_says_so_before_and_on_it(desk, town, monkeypatch):
    monkeypatch.setattr(control_papers, "MOST_PRINTED", 2)
    monkeypatch.setattr(controlling, "CHUNK", 2)
    controller = desk.as_("controller")
    total = load_workbook(io.BytesIO(controller.client.get("/control/list.xlsx").data)).active.max_row - 1
    assert total > 4  # all of them, chunk by chunk
    asked = controller.get("/control/list.pdf")
    assert f"{total} წერილია" in asked and "/control/list.pdf?cut=1" in asked and "/control/list.xlsx" in asked
    paper = pypdfium2.PdfDocument(controller.client.get("/control/list.pdf?cut=1").data)
    assert letters_of(f"გადაუდებელი 2, სულ {total}-დან") in letters_of(paper[0].get_textpage().get_text_bounded())
    few = controller.client.get("/control/list.pdf?term=late&unit=1")
    assert few.data.startswith(b"%PDF")
    desk.as_("stranger").get("/control/list.pdf?cut=1", 403)


def test_the_month_is_summed_by_unit(desk, town):
    def act(session, office):
        done = session.get_one(Document, town[1])
        step(done, DocumentState.EXECUTED)
        control.remove(
            session, office.actor("controller"), done, instructed_by=office.mayor.official_id, reason="შესრულდა",
            notified="დარეკა",
        )  # fmt: skip

    desk.do(act)
    month = clock.today("Asia/Tbilisi")
    controller = desk.as_("controller")
    book = load_workbook(io.BytesIO(controller.client.get(f"/control/summary.xlsx?month={month:%Y-%m}").data)).active
    rows = {row[0].value: [cell.value for cell in row[1:]] for row in book.iter_rows(min_row=2)}
    # put in the month, taken off, of these in term, on control at its end, of these overdue
    late = sum(month + timedelta(days=days) <= _end(month) for days in DAYS)
    assert rows["სულ"][:4] == [0, 1, 1, 5]
    assert rows["12-05 გზების განყოფილება"] == [0, 0, 0, 3, 3] and rows["სულ"][4] in range(3, late + 1)
    assert "12-05 გზების განყოფილება" in controller.get("/control/summary")
    paper = pypdfium2.PdfDocument(controller.client.get("/control/summary.pdf").data)
    assert "გზების განყოფილება" in paper[0].get_textpage().get_text_bounded()
    paper.close()
    put = (month.replace(day=1) - timedelta(days=45)).replace(day=1)  # some month before: nothing breaks
    controller.get(f"/control/summary?month={put:%Y-%m}")
    controller.get("/control/summary?month=x")


def _end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def test_a_letters_card_on_the_screen(desk, town):
    ident, _ = desk.given("executor", summary="გზის შეკეთება")
    desk.do(lambda s, o: control.put(s, o.actor("controller"), s.get_one(Document, ident)))
    page = desk.as_("controller").get(f"/letters/{ident}/on-control")
    assert "გოჩა კვარაცხელია" in page and "შეასრულეთ და მომახსენეთ" in page and "control-card" in page
    assert f"/letters/{ident}/on-control" in desk.as_("controller").get(f"/letters/{ident}")
    desk.as_("stranger").get(f"/letters/{ident}/on-control", 404)


def test_strangers_have_no_controllers_desk(desk, town):
    for place in PLACES:
        for name in REFUSED:
            desk.as_(name).get(place, 403)
        assert desk.app.test_client().get(place).status_code == 303
    assert "საქმე 200" not in desk.as_("unit_head").get("/control/?term=after")  # social's letters are not hers
    for question in ("by=x", "term=x", "unit=x", "after=x", "term=week&by=unit", "person=999999"):
        desk.as_("controller").get(f"/control/?{question}")
