"""The search page as people use it: offers, chips, the way through a list, kept searches, tables; never for a stranger."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import select

from edms.errors import Unavailable
from edms.events import Event, EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.registry.words import Grade
from edms.search import indexing
from edms.search.postgres import PostgresIndex
from edms.web.desk.pace import Pace
from workers import searches

pytest_plugins = ["tests.web.desk_site"]


@pytest.fixture
def town(desk):
    """Three letters about a roof, one of them personal, indexed."""
    desk.roofs = [
        desk.letter(summary="სახურავის შეკეთება", correspondent_name="=საბა მესხი"),
        desk.letter(summary="სახურავი დაზიანდა, წყალი ჩადის", correspondent_name="ანა კალანდაძე"),
        desk.letter(summary="სახურავი, პირადი", grade=Grade.PERSONAL),
    ]
    index(desk, *desk.roofs)
    return desk


def index(desk, *letters):
    desk.do(lambda s, o: [indexing.index_document(s, PostgresIndex(s), ident) for ident in letters])


def links(page, words):
    return [unescape(href) for href in re.findall(rf'href="([^"]+)"[^>]*>\s*{words}', page)]


def test_offers_chips_and_facets_lead_to_searches_and_a_stranger_gets_none(town):
    clerk = town.as_("registrar")
    offered = clerk.get("/search/suggestions?q=სახ")
    assert re.findall(r'data-text="([^"]+)"', offered) == ["სახურავი", "სახურავის"]
    person = unescape(re.search(r'data-href="([^"]+)"', clerk.get("/search/suggestions?q=კალან"))[1])
    assert "correspondent_id=" in person
    assert "კალანდაძე" not in person, "no name stands in an address"
    for other in ("stranger", "foreigner"):
        assert town.as_(other).get("/search/suggestions?q=სახ").strip() == ""
    page = clerk.get("/search/?q=სახურავი&grade=personal&kind=incoming&from_on=01.01.2020&person=7&part=executor", 303)
    assert "executor=7" in page
    page = clerk.get("/search/?q=სახურავი&grade=personal&kind=incoming&from_on=01.01.2020")
    assert len(re.findall(r'class="line-number', page)) == 1
    chips = [unescape(href) for href in re.findall(r'class="word-chip">[^<]*<a href="([^"]+)"', page)]
    assert len(chips) == 3
    assert all(sum(part in href for part in ("grade=", "kind=", "from_on=")) == 2 for href in chips), "one at a time"
    assert "<title>სახურავი" not in page, "what was typed is no title in the browser's history"
    by_name = clerk.get("/search/?part=executor&person_text=კვარაცხელია", 303)
    assert "executor=" in by_name
    (out,) = re.findall(r'class="word-chip">[^<]*<a href="([^"]+)"', clerk.get("/search/?case_file=1"))
    assert out == "/search/?"


def test_a_misspelt_search_offers_the_nearest(town):
    page = town.as_("registrar").get("/search/?q=სახურრავი")
    assert any("q=%E1%83%A1" in href for href in links(page, "სახურავი"))
    assert not links(town.as_("stranger").get("/search/?q=სახურრავი"), "სახურავი")


def test_from_hit_to_hit_and_back_to_the_same_place(town):
    clerk, (first, second, _) = town.as_("registrar"), town.roofs
    page = clerk.get("/search/?q=სახურავი&grade=open")
    opened = [unescape(href) for href in re.findall(r'class="line-number" href="([^"]+)"', page)]
    assert [int(re.search(r"/letters/(\d+)", href)[1]) for href in opened] == [second, first]
    letter = clerk.get(opened[0])
    following = unescape(re.search(r'href="([^"]+)" rel="next"', letter)[1])
    assert f"/letters/{first}?" in following
    assert 'rel="prev"' not in letter
    end = clerk.get(following)
    assert 'rel="next"' not in end
    (back,) = links(end, "სიაში დაბრუნება")
    assert back.endswith(f"#line-{first}")
    assert f'id="line-{first}"' in clerk.get(back.partition("#")[0])
    assert 'rel="next"' not in clerk.get(f"/letters/{first}?q=სახურავი"), "opened from no list"
    town.as_("stranger").get(opened[0], 404)


def test_similar_letters_beside_a_letter(town):
    clerk, (first, second, _) = town.as_("registrar"), town.roofs
    more = [town.letter(summary="სახურავი დაზიანდა, წყალი ჩადის ბინაში")]
    index(town, *more)
    assert f"/search/like/{second}" in clerk.get(f"/letters/{second}")
    assert f'id="line-{more[0]}"' in clerk.get(f"/search/like/{second}")
    town.as_("stranger").get(f"/search/like/{second}", 404)
    assert first


def test_a_table_is_exactly_what_is_seen_and_is_told_in_the_history(town):
    clerk = town.as_("registrar")
    answer = clerk.client.get("/search/table.csv?q=სახურავი&grade=open")
    lines = answer.get_data(as_text=True).splitlines()
    assert len(lines) == 3
    assert "ანა კალანდაძე" in lines[1]
    assert "'=საბა მესხი" in lines[2], "no cell is a formula"
    book = zipfile.ZipFile(BytesIO(clerk.client.get("/search/table.xlsx?q=სახურავი").get_data()))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 4
    assert "<f>" not in sheet
    assert len(town.as_("stranger").client.get("/search/table.csv?q=სახურავი").get_data(as_text=True).splitlines()) == 1
    with town.house.transaction() as session:
        told = session.scalars(
            select(EventLine).where(EventLine.kind == Event.SEARCH_EXPORTED).order_by(EventLine.event_id)
        ).all()
    assert [(line.detail["lines"], line.detail["form"]) for line in told] == [(2, "csv"), (3, "xlsx"), (0, "csv")]
    assert told[0].detail["question"] == {"q": "სახურავი", "grade": ["open"]}


def test_a_search_is_kept_pinned_shown_followed_and_removed(town):
    clerk, other = town.as_("registrar"), town.as_("controller")
    clerk.post("/search/saved/new?q=სახურავი&grade=open", {"name": ""}, status=422)
    clerk.post("/search/saved/new?q=სახურავი&grade=open", {"name": "სახურავები", "pinned": "yes"})
    at = re.search(r'action="(/search/saved/\d+)"', clerk.get("/search/saved/"))[1]
    assert "სახურავები" in clerk.get("/desk/")
    assert "q=" in clerk.client.get(at).headers["Location"]
    other.get(at, 404)
    clerk.post(at, {"shared": "organisation", "name": "სახურავების საქმე"})
    other.client.get(at)
    assert "სახურავების საქმე" in other.get("/search/saved/")
    other.post(at, {"name": "ჩემი"}, status=404)
    other.post(at + "/remove", status=404)
    town.as_("foreigner").get(at, 404)
    other.post(at, {"subscribed": "yes"})
    searches.follow(town.house, None)
    new = town.letter(summary="სახურავი ახალი")
    index(town, new)
    searches.follow(town.house, None)
    searches.follow(town.house, None)
    with town.house.transaction() as session:
        (line,) = session.scalars(select(Notice).where(Notice.message == searches.MESSAGE)).all()
        assert line.official_id == town.cast.controller.official_id
        assert notices.count_unseen(session, town.cast_in(session).controller.actor()) == 1
    assert f'href="{at}"' in other.get("/notices/")
    clerk.post(at + "/remove")
    other.get(at, 404)


def test_a_pace_lets_some_through_and_then_so_many_a_second():
    now = [0.0]
    pace = Pace(burst=2, a_second=1, now=lambda: now[0])
    assert [pace.allows(1) for _ in range(3)] == [True, True, False]
    assert pace.allows(2)
    now[0] = 1.0
    assert [pace.allows(1) for _ in range(2)] == [True, False]


class _Silent:
    """An index that does not answer."""

    def propose(self, asked):
        raise Unavailable("search.too_slow")


def test_a_table_says_in_its_foot_when_the_index_did_not_answer(town, monkeypatch):
    clerk = town.as_("registrar")
    monkeypatch.setattr(type(town.house.search), "index", lambda *_: _Silent())
    assert "ცხრილიც არ იქნება სრული" in clerk.get("/search/?q=კალანდაძე")
    lines = clerk.client.get("/search/table.csv?q=კალანდაძე").get_data(as_text=True).splitlines()
    assert len(lines) > 2 and "ცხრილი სრული არ არის" in lines[-1]
    assert f" {len(lines) - 2} წერილი" in lines[-1]
    assert (
        town.as_("stranger").client.get("/search/table.csv?q=კალანდაძე").get_data(as_text=True).count("კალანდაძე") == 0
    )
