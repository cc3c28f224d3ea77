"""Moving in, in the browser: the first day, the checklist, where registers begin, the letterhead, older journals."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import pytest
from PIL import Image
from sqlalchemy import select, update

from edms import bootstrap, clock
from edms.access import keys
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.registry.counters import last_of
from edms.registry.models import Counter, Document
from edms.staff import founding
from edms.staff.models import Organisation
from edms.storage.folder import FolderStore
from tests.applications import app_of
from tests.web.house_site import PASSWORD, Site, house_site  # noqa: F401

ADMINISTRATORS = ("/house/moving-in/", "/house/moving-in/registers", "/house/letterhead/", "/house/old-journals/")


def picture(color: str = "red", size: tuple[int, int] = (900, 1200)) -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", size, color).save(made, "PNG")
    return io.BytesIO(made.getvalue())


@pytest.fixture
def empty_site(database, committed, tmp_path):
    """The application before anybody has moved in."""
    settings = Settings(data_dir=tmp_path, secure_cookies=False)
    keys.create(settings.keys_dir)
    bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    house = bootstrap.House(settings, urls, database.engine, database.sessions, FolderStore(settings.contents_dir))
    return SimpleNamespace(house=house, client=app_of(house).test_client(), sessions=committed)


FIRST = {
    "names_ka": "ახალი მუნიციპალიტეტი", "names_en": "New Town", "kind": "municipality", "country": "GE", "language": "ka",
    "code": "newtown", "admin_ka": "გიორგი ნადირაძე", "login": "giorgi", "password": PASSWORD,
}  # fmt: skip


def test_on_the_first_day_the_operator_opens_the_page_and_the_administrator_is_in(empty_site) -> None:
    client = empty_site.client
    assert client.get("/").headers["Location"] == "/setup"
    closed = client.get("/setup")
    assert closed.status_code == 200 and 'name="login"' not in closed.text  # without the key nothing can be done
    assert (
        client.post("/setup", data={**FIRST, "key": "guessed"}).status_code == 400
    )  # nor without the page's own token
    key = founding.code(empty_site.house.keys)
    page = client.get(f"/setup?key={key}")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    wrong = client.post("/setup", data={**FIRST, "key": key, "password": "short", "csrf_token": token})
    assert wrong.status_code == 422 and "ახალი მუნიციპალიტეტი" in wrong.text  # what was typed stays
    with transaction(empty_site.sessions) as session:
        assert founding.is_empty(session)
    guessed = client.post("/setup", data={**FIRST, "key": "guessed", "csrf_token": token})
    assert 'name="login"' not in guessed.text
    done = client.post("/setup", data={**FIRST, "key": key, "csrf_token": token})
    assert done.status_code == 303 and done.headers["Location"].endswith("/house/moving-in/")
    checklist = client.get("/house/moving-in/")
    assert checklist.status_code == 200 and "ახალი მუნიციპალიტეტი" in checklist.text
    assert client.get(f"/setup?key={key}").status_code == 404  # once and never again
    stranger = client.application.test_client()
    assert "ახალი მუნიციპალიტეტი" in stranger.get("/track").text  # citizens read whose pages these are
    assert "New Town" in stranger.get("/verify?lang=en").text
    assert stranger.get("/house/moving-in/").status_code == 303


def test_only_the_administrator_moves_a_town_in(site: Site) -> None:
    assert site.client("lali").get("/house/moving-in/machine").status_code == 403
    for login in ("nino", "lali", "levan"):
        client = site.client(login)
        for address in (*ADMINISTRATORS, "/house/letterhead/preview.pdf"):
            assert client.get(address).status_code == 403, (login, address)
        for address, values in (
            ("/house/moving-in/calendar/looked-through", {}),
            ("/house/letterhead/", {"above_ka": "x"}),
            ("/house/moving-in/registers", {f"serial_{site.ids['incoming']}": "5"}),
        ):
            assert site.post(client, address, values, "/account/").status_code == 403, (login, address)


def test_the_neighbours_administrator_cannot_touch_ours(site: Site) -> None:
    client = site.client("vakho")
    kvemo = site.ids["organisation"]
    assert client.get(f"/house/moving-in/?organisation={kvemo}").status_code == 404
    assert client.get(f"/house/letterhead/?organisation={kvemo}").status_code == 404
    table = {"register": site.ids["incoming"], "table": (io.BytesIO(b"number,date,summary\n1,2024-01-01,a\n"), "x.csv")}
    assert site.post(client, "/house/old-journals/", table).status_code == 404
    site.post(client, "/house/moving-in/registers", {f"serial_{site.ids['incoming']}": "5"})
    with site.transaction() as session:
        assert last_of(session, site.ids["incoming"], clock.today("Asia/Tbilisi").year) == 0


def test_registers_go_on_with_todays_number_until_the_first_is_drawn(site: Site) -> None:
    client, incoming, outgoing = site.client("giorgi"), site.ids["incoming"], site.ids["outgoing"]
    page = site.post(client, "/house/moving-in/registers", {f"serial_{incoming}": "418", f"serial_{outgoing}": "0"})
    assert page.status_code == 422 and 'value="418"' in page.text
    assert site.post(client, "/house/moving-in/registers", {f"serial_{incoming}": "418", f"serial_{outgoing}": "7"}).status_code == 303  # fmt: skip
    year = clock.today("Asia/Tbilisi").year
    with site.transaction() as session:
        assert (last_of(session, incoming, year), last_of(session, outgoing, year)) == (417, 6)
    with site.transaction() as session:
        session.execute(
            update(Counter).where(Counter.register_id == incoming).values(last_at=clock.now())
        )  # one was drawn
    site.post(client, "/house/moving-in/registers", {f"serial_{incoming}": "1"})
    with site.transaction() as session:
        assert last_of(session, incoming, year) == 417


def test_steps_that_need_no_change_are_confirmed_and_stay_so(site: Site) -> None:
    client = site.client("giorgi")
    assert "time stamps" in client.get("/house/moving-in/machine?lang=en").text.lower()  # none are set here
    before = client.get("/house/moving-in/?lang=en").text
    assert "looked-through" in before
    for step in ("calendar", "letterhead", "seal", "journals"):
        assert site.post(client, f"/house/moving-in/{step}/looked-through", {}, "/house/moving-in/").status_code == 303
    after = client.get("/house/moving-in/?lang=en").text
    assert before.count("looked-through") - after.count("looked-through") == 4
    assert site.post(client, "/house/moving-in/staff/looked-through", {}, "/house/moving-in/").status_code == 404


def test_the_coat_of_arms_is_drawn_anew_and_stands_on_pages_and_papers(site: Site) -> None:
    client = site.client("giorgi")

    def save(**values):
        version = re.search(r'name="version" value="(\d+)"', client.get("/house/letterhead/").text)[1]
        return site.post(client, "/house/letterhead/", {"version": version, **values})

    assert save(above_ka="საქართველო", second_language="en", picture=(picture(), "arms.png")).status_code == 303
    with site.transaction() as session:
        town = session.get_one(Organisation, site.ids["organisation"])
        arms, kept = town.arms, town.letterhead.picture
        assert town.letterhead.above == {"ka": "საქართველო"}
    assert Image.open(io.BytesIO(kept)).size == (360, 360)
    assert f"/arms/{arms}.png" in client.get("/desk/").text
    shown = site.app.test_client().get(f"/arms/{arms}.png")  # anybody: it stands on public pages
    assert shown.data == kept and "immutable" in shown.headers["Cache-Control"]
    assert site.app.test_client().get("/arms/0000000000000000.png").status_code == 404
    assert client.get("/house/letterhead/preview.pdf").data.startswith(b"%PDF")
    hostile = save(picture=(io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>"), "arms.svg"))
    assert hostile.status_code == 422
    assert save(second_language="ru").status_code == 422  # the office has no name in it
    assert save(without_picture="yes").status_code == 303
    assert f"/arms/{arms}.png" not in client.get("/desk/").text
    stale = site.post(client, "/house/letterhead/", {"version": "1"})
    assert stale.status_code == 422


JOURNAL = "ნომერი;თარიღი;კორესპონდენტი;მოკლე შინაარსი\n1;05.01.2024;ანა;ა\n2;06.01.2024;ბექა;ბ\n2;07.01.2024;გია;გ\n5;08.01.2024;ელა;დ\n"


def test_an_older_journal_is_shown_before_anything_is_written_and_taken_once(site: Site) -> None:
    client = site.client("giorgi")

    def send(**values):
        return site.post(client, "/house/old-journals/", {"register": site.ids["incoming"], **values})

    page = send(table=(io.BytesIO(JOURNAL.encode()), "old.csv"))
    assert page.status_code == 200
    assert "სტრიქონი 4" in page.text and "სტრიქონში 3" in page.text and "2024: აკლია 3–4" in page.text
    with site.transaction() as session:
        assert session.scalars(select(Document)).all() == []
    rows = re.search(r'<textarea name="rows" hidden>(.*?)</textarea>', page.text, re.S)[1].replace("&#34;", '"')
    for taken in (3, 0):
        assert send(rows=rows, do="take").headers["Location"].endswith(f"taken={taken}")
    with site.transaction() as session:
        assert session.scalars(select(Document.number).order_by(Document.serial)).all() == ["1", "2", "5"]
    assert send(table=(io.BytesIO(b"a,b\n1,2\n"), "x.csv")).status_code == 422
    assert site.post(client, "/house/old-journals/", {"rows": rows}).status_code == 422  # no register chosen
