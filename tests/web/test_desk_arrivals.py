"""How an arrival ends at the counter: what is wrong stands on the card's own page, with what was typed."""

from __future__ import annotations

import html
import io

import pytest
from sqlalchemy import func, select

from edms import words
from edms.registry import arrivals
from edms.registry.models import Arrival
from edms.registry.words import ArrivalState, Channel, Tray

pytest_plugins = ["tests.web.desk_site"]


@pytest.fixture
def arrival(desk) -> int:
    """Something from the post that waits; its id."""

    def act(session, office):
        return arrivals.take_in(
            session, office.registrar.actor(), organisation_id=office.organisation.organisation_id, tray=Tray.COUNTER,
            channel=Channel.POST, content=None,
        ).arrival_id  # fmt: skip

    return int(desk.do(act))


def arrival_now(desk, arrival_id: int) -> Arrival:
    with desk.house.transaction() as session:
        return session.get_one(Arrival, arrival_id)


def test_a_wrong_number_comes_back_on_the_cards_page(desk, arrival):
    nino = desk.as_("registrar")
    for typed, told in (("99/9999", "ამ ნომრით წერილი არ არის"), ("", 'id="f-number-error"')):
        page = nino.post(f"/arrivals/{arrival}/join", {"number": typed, "role": "annex"}, status=422).text
        assert told in page and f'value="{typed}"' in page and 'id="card"' in page
        assert 'value="annex" selected' in page and 'href="#f-number"' in page
    assert arrival_now(desk, arrival).state is ArrivalState.WAITING


def test_paper_without_a_scan_cannot_join_and_the_page_says_so(desk, arrival):
    number = desk.document(desk.letter()).number
    page = desk.as_("registrar").post(f"/arrivals/{arrival}/join", {"number": number}, status=422).text
    assert 'id="f-number-error"' in page and f'value="{number}"' in page


def test_a_stranger_neither_asks_nor_ends(desk, arrival):
    for name, status in (("executor", 403), ("foreigner", 404)):
        who = desk.as_(name)
        who.get(f"/arrivals/{arrival}/end/returned", status=status)
        who.post(f"/arrivals/{arrival}/end/returned", {"reason": "x"}, status=status)
        who.post(f"/arrivals/{arrival}/join", {"number": "x"}, status=status)
    assert arrival_now(desk, arrival).state is ArrivalState.WAITING


def test_an_empty_file_is_refused_by_name_and_leaves_nothing_in_the_tray(desk):
    reader = desk.as_("registrar")
    sent = {"file": (io.BytesIO(b""), "სკანი 17.pdf")}
    page = reader.post("/arrivals/upload", sent, status=422).text
    assert words.say("ka", "counter.empty_file", name="სკანი 17.pdf") in html.unescape(page)
    with desk.house.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Arrival)) == 0
