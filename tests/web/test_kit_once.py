"""A form sent twice acts once and leads to the same place; changed it is another act; refused it can be sent again."""

from __future__ import annotations

import io
import re

from sqlalchemy import func, select

from edms.db.engine import transaction
from edms.drafting.models import Draft
from edms.registry.models import Arrival
from edms.routing.models import Submission
from edms.staff.models import Official
from tests.web.test_pages import site  # noqa: F401

MARK = re.compile(r'name="once" value="([^"]+)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def marked(client, page: str) -> dict[str, str]:
    html = client.get(page).get_data(as_text=True)
    return {"csrf_token": TOKEN.search(html)[1], "once": MARK.search(html)[1]}


def count(committed, table) -> int:
    with transaction(committed) as session:
        return session.scalar(select(func.count()).select_from(table))


def mayor_id(committed) -> int:
    with transaction(committed) as session:
        return session.scalars(select(Official.official_id).where(Official.login == "davit")).one()


def test_an_act_on_a_letter_sent_twice_is_done_once(site, committed):  # noqa: F811
    clerk, letter = site.client("nino"), f"/letters/{site.letter[0]}"
    form = {**marked(clerk, letter + "/submit"), "official": mayor_id(committed), "note": ""}
    first, second = (clerk.post(letter + "/submit", data=form) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert count(committed, Submission) == 1


def test_a_draft_begun_twice_is_one_and_changed_it_is_another(site, committed):  # noqa: F811
    clerk = site.client("nino")
    form = {
        **marked(clerk, "/drafts/new?kind=memo"),
        "subject": "ა",
        "text": "ბ",
        "signer": mayor_id(committed),
        "do": "save",
    }
    places = [clerk.post("/drafts/new?kind=memo", data=form).location for _ in range(2)]
    assert places[0] == places[1] is not None
    assert count(committed, Draft) == 1
    other = clerk.post("/drafts/new?kind=memo", data={**form, "subject": "გ"})
    assert (other.status_code, other.location != places[0], count(committed, Draft)) == (303, True, 2)


def test_what_was_refused_can_be_sent_again(site, committed):  # noqa: F811
    clerk = site.client("nino")
    form = {
        **marked(clerk, "/drafts/new?kind=memo"),
        "subject": "",
        "text": "ბ",
        "signer": mayor_id(committed),
        "do": "send",
    }
    assert [clerk.post("/drafts/new?kind=memo", data=form).status_code for _ in range(2)] == [422, 422]
    assert count(committed, Draft) == 0


def test_a_file_uploaded_twice_by_the_form_lies_in_the_tray_once(site, committed):  # noqa: F811
    clerk = site.client("nino")
    form = marked(clerk, "/arrivals/")

    def send(whole: bytes) -> int:
        files = {"file": (io.BytesIO(whole), "წერილი.txt")}
        return clerk.post("/arrivals/upload", data={**form, **files}, content_type="multipart/form-data").status_code

    before = count(committed, Arrival)
    assert [send(b"a letter"), send(b"a letter"), send(b"another letter")] == [303] * 3
    assert count(committed, Arrival) == before + 2


def test_anothers_mark_stands_for_nothing(site, committed):  # noqa: F811
    """A mark that was seen over somebody's shoulder leads nobody to what she made."""
    clerk, mayor = site.client("nino"), site.client("davit")
    said = {"subject": "ა", "text": "ბ", "signer": mayor_id(committed), "do": "save"}
    mine = marked(clerk, "/drafts/new?kind=memo")
    made = clerk.post("/drafts/new?kind=memo", data={**mine, **said}).location
    theirs = marked(mayor, "/drafts/new?kind=memo") | {"once": mine["once"]}
    answer = mayor.post("/drafts/new?kind=memo", data={**theirs, **said})
    assert answer.location != made


def test_bare_bytes_sent_again_after_a_lost_answer_lie_there_once(site, committed):  # noqa: F811
    clerk = site.client("nino")
    token = marked(clerk, "/arrivals/")["csrf_token"]

    def send(mark: str) -> int:
        headers = {"X-CSRFToken": token, "X-File-Name": "letter.txt", "X-Once": mark}
        answer = clerk.post(
            "/arrivals/bytes", data=b"a letter", headers=headers, content_type="application/octet-stream"
        )
        assert answer.status_code == 201
        return int(answer.get_json()["arrival"])

    before, first = count(committed, Arrival), "0123456789abcdef01234567"
    assert send(first) == send(first)
    assert send("another0123456789abcdef") != send(first)  # a copy of the same letter that came twice is two
    assert count(committed, Arrival) == before + 2
