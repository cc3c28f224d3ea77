"""Correspondents in the browser: found in any script, entered, changed, merged without losing a letter or a name."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edms.registry.card import Card
from edms.registry.correspondents import CorrespondentCard, enter
from edms.registry.models import Correspondent, Document, Register
from edms.registry.registration import register
from edms.registry.words import CorrespondentKind, Grade
from edms.staff.actors import actor_for
from edms.staff.models import Official
from tests.web.house_site import Site, house_site  # noqa: F401


@pytest.fixture
def two(site: Site) -> tuple[int, int]:
    """Two cards of one woman, the second with a letter that only the mayor and the registrar may see."""
    with site.transaction() as session:
        actor = actor_for(session, session.get_one(Official, site.ids["registrar"]))
        here = site.ids["organisation"]
        one = enter(
            session, actor, CorrespondentCard("ანა კალანდაძე", identification="01008012345"), organisation_id=here
        )
        other = enter(
            session, actor, CorrespondentCard("ა. კალანდაძე-ბერიძე", address="თბილისის ქ. 5"), organisation_id=here
        )
        register(
            session, actor, session.get_one(Register, site.ids["incoming"]),
            Card(summary="სოციალური დახმარება", correspondent_id=other.correspondent_id, grade=Grade.PERSONAL, addressee_id=site.ids["mayor"]),
            idempotency_key="k",
        )  # fmt: skip
        return one.correspondent_id, other.correspondent_id


@pytest.mark.parametrize("typed", ["კალან", "kalan", "калан", "01008"])
def test_three_letters_in_any_script_or_the_number_find_her(site: Site, two: tuple[int, int], typed: str) -> None:
    html = site.client("lali").get("/house/correspondents/", query_string={"q": typed}).get_data(as_text=True)
    assert "ანა კალანდაძე" in html
    assert "ანა კალანდაძე" not in site.client("maka").get("/house/correspondents/", query_string={"q": typed}).get_data(
        as_text=True
    )


def test_two_letters_say_how_many_are_needed(site: Site, two: tuple[int, int]) -> None:
    assert "3" in site.client("lali").get("/house/correspondents/?q=კა").get_data(as_text=True)


def test_her_letters_are_shown_to_those_who_may_see_them(site: Site, two: tuple[int, int]) -> None:
    page = f"/house/correspondents/{two[1]}"
    assert "სოციალური დახმარება" in site.client("davit").get(page).get_data(as_text=True)
    stranger = site.client("lali").get(page)
    assert stranger.status_code == 200 and "სოციალური დახმარება" not in stranger.get_data(as_text=True)
    assert site.client("maka").get(page).status_code == 404


def test_who_decides_does_not_see_how_an_applicant_is_reached(site: Site) -> None:
    reach = {"email": "ana@example.org", "telephone": "+995 599 123456"}
    with site.transaction() as session:
        actor = actor_for(session, session.get_one(Official, site.ids["registrar"]))
        here = site.ids["organisation"]
        ana = enter(session, actor, CorrespondentCard("ანა კალანდაძე", **reach), organisation_id=here).correspondent_id
        body = CorrespondentCard("შპს მზე", kind=CorrespondentKind.BODY, email="mze@example.org")
        mze = enter(session, actor, body, organisation_id=here).correspondent_id
    for login, sees in (("nino", True), ("lali", True), ("davit", False)):
        client = site.client(login)
        pages = [f"/house/correspondents/{ana}", "/house/correspondents/?q=კალან"]
        told = [client.get(page).get_data(as_text=True) for page in pages]
        assert [[each in text for each in reach.values()] for text in told] == [[sees] * 2] * 2, login
        assert client.get(f"/house/correspondents/{ana}/change").status_code == (200 if sees else 403)
        assert "mze@example.org" in client.get(f"/house/correspondents/{mze}").get_data(as_text=True)


def test_one_is_entered_and_changed_and_a_twin_number_is_refused(site: Site, two: tuple[int, int]) -> None:
    client = site.client("nino")
    new = {"kind": "body", "name": "შპს «წყალი»", "identification": "404123456"}
    made = site.post(client, "/house/correspondents/new", new)
    assert made.status_code == 303
    twin = site.post(
        client, "/house/correspondents/new", {"kind": "person", "name": "სხვა", "identification": "01008012345"}
    )
    assert twin.status_code == 422 and "ანა კალანდაძე" in twin.get_data(as_text=True)
    page = made.headers["Location"]
    changed = site.post(client, f"{page}/change", {**new, "name": "შპს «ახალი წყალი»", "version": 1})
    assert changed.status_code == 303 and "ახალი წყალი" in client.get(page).get_data(as_text=True)
    assert site.post(client, f"{page}/change", {**new, "version": 1}).status_code == 422
    assert site.client("giorgi").get("/house/correspondents/new").status_code == 403
    assert site.post(site.client("giorgi"), f"{page}/change", {**new, "version": 2}, "/account/").status_code == 403


def test_merging_loses_neither_letters_nor_names_even_after_later_changes(site: Site, two: tuple[int, int]) -> None:
    one, other = two
    client, address = site.client("nino"), f"/house/correspondents/{one}/merge"
    assert "ა. კალანდაძე-ბერიძე" in client.get(address, query_string={"q": "კალან"}).get_data(as_text=True)
    asked = client.get(address, query_string={"other": other}).get_data(as_text=True)
    assert "შეუძლებელია" in asked and f'value="{one}"' in asked and f'value="{other}"' in asked
    assert site.post(client, address, {"other": other}, f"{address}?other={other}").status_code == 422
    done = site.post(client, address, {"other": other, "keep": one, "reason": "ერთი პირი"}, f"{address}?other={other}")
    assert done.headers["Location"].endswith(f"/house/correspondents/{one}")
    page = client.get(f"/house/correspondents/{other}").get_data(as_text=True)
    assert "ანა კალანდაძე" in page and "ა. კალანდაძე-ბერიძე" in page and "თბილისის ქ. 5" in page
    with site.transaction() as session:
        assert session.scalars(select(Document)).one().correspondent_id == one
        version = session.get_one(Correspondent, one).version
    card = {"kind": "person", "name": "ანა კალანდაძე", "identification": "01008012345", "version": version}
    assert site.post(client, f"/house/correspondents/{one}/change", card).status_code == 303
    assert "ანა კალანდაძე" in client.get("/house/correspondents/?q=beridz").get_data(as_text=True)


def test_a_chain_of_merges_is_found_by_every_name(site: Site, two: tuple[int, int]) -> None:
    client = site.client("nino")
    made = site.post(client, "/house/correspondents/new", {"kind": "person", "name": "ანი ხარაიშვილი"})
    third = int(made.headers["Location"].rsplit("/", 1)[1])
    for keep, gone in ((two[0], two[1]), (third, two[0])):
        address = f"/house/correspondents/{keep}/merge"
        assert site.post(client, address, {"other": gone, "keep": keep}, f"{address}?other={gone}").status_code == 303
    for typed in ("beridz", "kaland", "kharai"):
        assert "ანი ხარაიშვილი" in client.get(f"/house/correspondents/?q={typed}").get_data(as_text=True), typed


def test_merging_is_the_registrars(site: Site, two: tuple[int, int]) -> None:
    address = f"/house/correspondents/{two[0]}/merge"
    assert site.client("lali").get(address).status_code == 403
    assert site.post(site.client("lali"), address, {"other": two[1], "keep": two[0]}, "/account/").status_code == 403
    assert site.client("maka").get(address).status_code == 404
