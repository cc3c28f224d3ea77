"""Help on the page and by a link, and the question box: it reaches the administrator, the asker is told, strangers see nothing."""

from __future__ import annotations

import html

from sqlalchemy import select

from edms import words
from edms.events import Event, EventLine
from edms.notices import notices
from edms.notices.models import Notice
from edms.staff.models import Official
from edms.staff.questions.models import Question
from edms.web.desk.help_topics import TOPICS
from tests.web.house_site import Site, house_site  # noqa: F401

ASKED = "როგორ ვბეჭდავ ბარათს?"


def tell(site: Site) -> None:
    with site.transaction() as session:
        kinds = (Event.QUESTION_ASKED, Event.QUESTION_ANSWERED)
        for event_id in session.scalars(select(EventLine.event_id).where(EventLine.kind.in_(kinds))).all():
            notices.tell_of(session, event_id)


def told(site: Site, name: str) -> list[str]:
    with site.transaction() as session:
        return list(session.scalars(select(Notice.message).where(Notice.official_id == site.ids[name])))


def test_help_stands_in_the_page_behind_one_key_and_behind_a_link_without_script(site: Site) -> None:
    client = site.client("nino")
    for language in ("ka", "hy", "en"):
        page = html.unescape(client.get(f"/arrivals/?lang={language}").text)
        assert words.say(language, "help.tray.how") in page and 'href="/help/tray"' in page
        assert words.say(language, "help.tray.for") in html.unescape(client.get(f"/help/tray?lang={language}").text)
    index = client.get("/help/").text
    assert all(f'href="/help/{topic}"' in index for topic in TOPICS)
    assert client.get("/help/nothing").status_code == 404


def test_a_question_reaches_the_administrator_and_its_answer_the_one_who_asked(site: Site) -> None:
    nino, giorgi = site.client("nino"), site.client("giorgi")
    empty = site.post(nino, "/help/card", {"text": "  "})
    assert empty.status_code == 422
    assert site.post(nino, "/help/card", {"text": ASKED}).status_code == 303
    tell(site)
    assert told(site, "administrator") == ["notices.question_asked"] and told(site, "registrar") == []
    with site.transaction() as session:
        (question,) = session.scalars(select(Question))
        ident = question.question_id
        assert (question.topic, question.text) == ("card", ASKED)
    listed = html.unescape(giorgi.get("/house/questions/").text)
    assert ASKED in listed
    address = f"/help/questions/{ident}"
    assert site.post(giorgi, address, {"text": ""}).status_code == 422
    assert site.post(giorgi, address, {"text": "Alt+P"}).status_code == 303
    assert site.post(giorgi, address, {"text": "once more"}, "/help/card").status_code == 422  # answered already
    tell(site)
    assert told(site, "registrar") == ["notices.question_answered"]
    assert "Alt+P" in nino.get(address).text
    assert f'href="{address}"' in nino.get("/notices/").text


def test_a_question_is_nothing_to_others(site: Site) -> None:
    site.post(site.client("nino"), "/help/card", {"text": ASKED})
    with site.transaction() as session:
        ident = session.scalars(select(Question.question_id)).one()
    for login in ("lali", "davit", "maka", "vakho"):
        client = site.client(login)
        assert client.get(f"/help/questions/{ident}").status_code == 404
        assert site.post(client, f"/help/questions/{ident}", {"text": "x"}, "/help/card").status_code == 404
        listed = client.get("/house/questions/")
        assert listed.status_code == (200 if login == "vakho" else 403)  # he administers another office
        assert ASKED not in html.unescape(listed.text + client.get("/help/").text)


def test_by_mail_one_chooses_for_oneself(site: Site) -> None:
    client = site.client("nino")
    page = site.post(client, "/account/notices/", {"work": "now", "terms": "daily", "results": "desk"})
    assert page.status_code == 303
    with site.transaction() as session:
        kept = session.get_one(Official, site.ids["registrar"]).preferences["notices"]
        assert (kept["work"], kept["terms"], kept["followed"]) == ("now", "daily", "desk")
    assert site.post(client, "/account/notices/", {"work": "hourly"}).status_code == 422
    assert site.app.test_client().get("/account/notices/").status_code == 303  # nobody without a sign-in
