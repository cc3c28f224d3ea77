"""Letters by a list: a report before anything is written, made row by row, resumed, each failing row named."""

from __future__ import annotations

import contextlib
import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select, update

from edms.drafting import pages
from edms.drafting.mailing.models import Mailing, MailingRow, RowState
from edms.drafting.models import Draft, DraftState, DraftVersion
from edms.errors import Invalid
from edms.events import Event, EventLine
from edms.notices.notices import tell_of
from edms.registry.going_out.models import Addressee
from edms.registry.models import Register
from edms.registry.words import Channel
from workers import mailing

pytest_plugins = ["tests.web.desk_site"]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions).order_by(*table.__table__.primary_key)))


def _list(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


HEAD = ("სახელი", "მისამართი", "არხი", "თანხა")
LIST = _list(
    HEAD,
    ("ანა კალანდაძე", "გორი, ქუჩა 1", "", 120),
    ("ბესო ლომიძე", "გორი, ქუჩა 2", "კურიერი", 75),
    ("", "გორი, ქუჩა 3", "", 10),
    ("დათო ნადირაძე", "", "", 10),
    ("ეკა აბაშიძე", "eka", "ელფოსტა", 5),
    ("ანა კალანდაძე", "გორი, ქუჩა 1", "", 120),
    ("ვაჟა ფშაველა", "ჩარგალი", "მტრედით", 1),
    ("ზურა ხარაიშვილი", "გორი, ქუჩა 4", "Post", 30),
)


def _sent(desk, **more):
    return {
        "subject": "გადასახადი: {თანხა} ლარი", "text": "პატივცემულო {სახელი},\n\nგადასახდელია {თანხა} ლარი.",
        "signer": desk.cast.mayor.official_id, "language": "ka", "channel": "post", "numbers": "each", **more,
    }  # fmt: skip


def test_a_letter_for_each_good_row_reported_first_and_resumed(desk, monkeypatch):
    executor = desk.as_("executor")
    page = executor.post("/mailings/new", {**_sent(desk), "table": (io.BytesIO(LIST), "list.xlsx")}, status=200)
    text = page.get_data(as_text=True)
    assert rows(desk, Mailing) == []
    assert "სწორია 3 მწკრივი, მცდარია 5." in text
    assert re.findall(r'<td class="figure">(\d+)</td>', text) == ["4", "5", "6", "7", "8"]  # as the spreadsheet counts
    assert "გადასახდელია 120 ლარი." in text
    kept = re.search(r'<textarea name="rows" hidden>([^<]*)</textarea>', text)[1].replace("&#34;", '"')
    missing = executor.post("/mailings/new", {**_sent(desk, text="{ვადა}"), "rows": kept}, status=422)
    assert "ვადა" in missing.get_data(as_text=True)
    answer = executor.post("/mailings/new", {**_sent(desk), "rows": kept, "do": "make", "file_name": "list.xlsx"})
    place = answer.headers["Location"]
    (made,) = rows(desk, Mailing)
    for name in ("stranger", "mayor", "registrar", "foreigner"):
        desk.as_(name).get(place, 404)
        desk.as_(name).post(f"{place}/retry", status=404)
    # The machine dies after the first letter, and the second cannot be printed when it comes again.
    whole, calls = pages.printed, []

    def dies(*given, **more):
        calls.append(1)
        assert desk.house.engine.pool.checkedout() == 0  # a page is printed with no transaction open
        if len(calls) == 2:
            raise KeyboardInterrupt
        if len(calls) == 3:
            raise Invalid(fields={"text": "registry.text_too_long"})
        return whole(*given, **more)

    monkeypatch.setattr(pages, "printed", dies)
    with contextlib.suppress(KeyboardInterrupt):
        mailing.make(desk.house, made.mailing_id)
    assert [row.state for row in rows(desk, MailingRow)] == [RowState.MADE, RowState.WAITING, RowState.WAITING]
    mailing.make(desk.house, made.mailing_id)
    assert [row.state for row in rows(desk, MailingRow)] == [RowState.MADE, RowState.FAILED, RowState.MADE]
    shown = executor.get(place)
    assert "ბესო ლომიძე" in shown
    assert '<td class="figure">3</td>' in shown
    executor.post(f"{place}/retry")
    mailing.make(desk.house, made.mailing_id)
    mailing.make(desk.house, made.mailing_id)  # once more: nothing is made twice
    drafts_ = rows(desk, Draft)
    assert [(d.addressee, d.channel, d.state) for d in sorted(drafts_, key=lambda d: d.addressee)] == [
        ("ანა კალანდაძე", Channel.POST, DraftState.TO_SIGN),
        ("ბესო ლომიძე", Channel.COURIER, DraftState.TO_SIGN),
        ("ზურა ხარაიშვილი", Channel.POST, DraftState.TO_SIGN),
    ]
    assert {d.subject for d in drafts_} == {"გადასახადი: 120 ლარი", "გადასახადი: 75 ლარი", "გადასახადი: 30 ლარი"}
    assert all("ლარი" in version.text and "{" not in version.text for version in rows(desk, DraftVersion))
    assert rows(desk, Mailing)[0].ended_at is not None
    for page in (executor.get("/mailings/"), executor.get(place)):  # the list by one name, not by its raw field
        assert "გადასახადი: … ლარი" in page and "{თანხა}" not in page
    desk.do(lambda session, _: [tell_of(session, ident) for ident in session.scalars(select(EventLine.event_id).where(EventLine.kind == Event.MAILING_MADE))])  # fmt: skip
    assert "გადასახადი: … ლარი" in executor.get("/notices/")


@pytest.mark.parametrize("numbers", ["one", "each"])
def test_a_list_that_cannot_be_made_ends_and_its_author_reads_why(desk, numbers):
    """Its machine stood still for good, the list said for ever that it was being made, and nobody was told."""
    executor = desk.as_("executor")
    sent = _sent(desk, numbers=numbers, subject="ცნობა", text="ყველას საყურადღებოდ.", do="make", file_name="a.csv")
    table = "name;address\nუწყება 1;ქუჩა 1\nუწყება 2;ქუჩა 2\n".encode()
    place = executor.post("/mailings/new", {**sent, "table": (io.BytesIO(table), "a.csv")}).headers["Location"]
    (made,) = rows(desk, Mailing)
    book = update(Register).where(Register.register_id == desk.cast.outgoing.register_id)
    desk.do(lambda session, _: session.execute(book.values(closed_on=date(2025, 1, 1))))
    mailing.make(desk.house, made.mailing_id)
    assert {row.state for row in rows(desk, MailingRow)} == {RowState.FAILED}
    assert rows(desk, Mailing)[0].ended_at is not None
    assert "ღია ჟურნალი არ არის" in executor.get(place)
    desk.do(lambda session, _: session.execute(book.values(closed_on=None)))
    executor.post(f"{place}/retry")
    mailing.give_up(desk.house, made.mailing_id)  # a fault of ours ended its job
    assert "ვერ მომზადდა" in executor.get(place)
    executor.post(f"{place}/retry")
    mailing.make(desk.house, made.mailing_id)
    assert {row.state for row in rows(desk, MailingRow)} == {RowState.MADE}


def test_one_number_for_all_has_one_text(desk):
    executor = desk.as_("executor")
    table = "name;address\n" + "\n".join(f"უწყება {n};ქუჩა {n}" for n in range(120))
    sent = _sent(desk, numbers="one", subject="ცნობა", do="make", file_name="a.csv")
    refused = executor.post("/mailings/new", {**sent, "table": (io.BytesIO(table.encode()), "a.csv")}, status=422)
    assert 'href="#f-text"' in refused.get_data(as_text=True)
    sent["text"] = "ყველას საყურადღებოდ."
    executor.post("/mailings/new", {**sent, "table": (io.BytesIO(table.encode()), "a.csv")})
    (made,) = rows(desk, Mailing)
    mailing.make(desk.house, made.mailing_id)
    mailing.make(desk.house, made.mailing_id)
    (draft,) = rows(desk, Draft)
    assert (draft.addressee, draft.state) == ("უწყება 0", DraftState.TO_SIGN)
    assert len(rows(desk, Addressee)) == 119
    assert {row.draft_id for row in rows(desk, MailingRow)} == {draft.draft_id}
