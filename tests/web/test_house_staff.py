"""The whole staff from a table: seen before it counts, taken whole or not at all; first passwords shown once."""

from __future__ import annotations

import html
import io
import re

import openpyxl
import pytest
from sqlalchemy import func, select

from edms.access.roles import Role
from edms.staff.models import Credential, Official, RoleGrant, Unit
from tests.web.house_site import Site, house_site  # noqa: F401

HEAD = ("ერთეულის ინდექსი", "Unit", "name", "თანამდებობა", "Roles", "login", "E-mail")
TABLE = "/house/people/table"


def book(*rows: tuple[object, ...], merge: str = "") -> bytes:
    made = openpyxl.Workbook()
    for row in (HEAD, *rows):
        made.active.append(row)
    if merge:
        made.active.merge_cells(merge)
    whole = io.BytesIO()
    made.save(whole)
    return whole.getvalue()


GOOD = book(
    (None, "-", "ანა მაისურაძე", "მერის მრჩეველი", "official", None, None),
    ("20", "ქონების სამსახური", "გიორგი მაისურაძე", "უფროსი", "ხელმძღვანელი", "g.m", "g@kvemo.ge"),
    (None, None, "Սոնա Հակոբյան", "specialist", "Official, registrar", None, None),
    (None, None, "Иван Петров", None, None, None, None),
    merge="B3:B5",
)


def show(site: Site, client, table: bytes, name: str = "staff.xlsx"):
    return site.post(client, TABLE, {"table": (io.BytesIO(table), name)})


def load(site: Site, client, page: str):
    rows = html.unescape(re.search(r'<textarea name="rows" hidden>(.*?)</textarea>', page, re.S)[1])
    return site.post(client, TABLE, {"rows": rows, "do": "load"})


def count(site: Site, table) -> int:
    with site.transaction() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_sheet_with_merged_cells_becomes_units_people_and_roles(site: Site) -> None:
    client = site.client("giorgi")
    before = count(site, Official)
    page = show(site, client, GOOD)
    assert page.status_code == 200 and count(site, Official) == before  # nothing is written before it is confirmed
    answer = load(site, client, page.text)
    assert answer.status_code == 303
    with site.transaction() as session:
        people = {each.login: each for each in session.scalars(select(Official))}
        head, sona = people["g.m"], people["sona.hakobyan"]
        assert head.unit.name("ka") == "ქონების სამსახური" and head.unit.index == "20"
        assert sona.unit_id == head.unit_id == people["ivan.petrov"].unit_id
        assert people["ana.maisuradze"].unit_id is None
        held = session.execute(select(RoleGrant.official_id, RoleGrant.role, RoleGrant.unit_id)).all()
        assert (head.official_id, Role.HEAD, head.unit_id) in held
        assert {role for ident, role, _ in held if ident == sona.official_id} == {Role.OFFICIAL, Role.REGISTRAR}
    grown = book(*(("20", "ქონების სამსახური", name, "", "", "", "") for name in ("Սոնա  Հակոբյան", "ნატო მაისურაძე")))
    again = show(site, client, grown)  # the table comes again with one more, as on the first days of every town
    assert "sona.hakobyan" in again.text and "sona.hakobyan2" not in again.text
    people = count(site, Official)
    load(site, client, again.text)
    assert count(site, Official) == people + 1
    assert "load" not in re.findall(r'name="do" value="(\w+)"', show(site, client, GOOD).text)  # nobody of it is new


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("1", "x", "Ивaн Петров", "", "", "", ""), "name"),  # a Latin a
        (("1", "x", "ანა", "", "emperor", "", ""), "roles"),
        (("1", "x", "", "უფროსი", "", "", ""), "name"),
        (("1", "x", "ანა", "", "", "a b", ""), "login"),
        (("1", "x", "ანა", "", "", "", "not an address"), "email"),
        (("1", "x", "ანა", "", "", "maka", ""), "login"),  # of another office
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_and_nothing_of_the_table_is_taken(site: Site, row, column) -> None:
    client = site.client("giorgi")
    people, units = count(site, Official), count(site, Unit)
    page = show(site, client, book(("20", "ახალი სამსახური", "გიგა ლომიძე", "", "", "", ""), row))
    assert page.status_code == 200 and 'name="do" value="load"' not in page.text
    assert "3" in re.search(r'<td class="figure">(\d+)', page.text)[1]
    rows = f'[{{"name": "გიგა ლომიძე", "unit": "ახალი"}}, {{"name": "{row[2]}", "roles": "{row[4]}", "login": "{row[5]}", "email": "{row[6]}"}}]'
    if column in ("roles", "login", "email") and row[2]:
        assert site.post(client, TABLE, {"rows": rows, "do": "load"}).status_code == 422
    assert (count(site, Official), count(site, Unit)) == (people, units)


def test_doubles_and_tables_that_are_none_are_said(site: Site) -> None:
    client = site.client("giorgi")
    page = show(site, client, book(("1", "x", "ანა", "", "", "", ""), ("1", "x", "ანა", "", "", "", "")))
    assert "ორჯერ" in page.text or "twice" in page.text
    assert show(site, client, b"PK\x03\x04 broken").status_code == 422
    assert show(site, client, "ანა".encode(), "x.csv").status_code == 422
    assert site.post(client, TABLE, {"rows": "{}", "do": "load"}).status_code == 422
    assert site.post(client, TABLE, {"rows": "[[1]]", "do": "load"}).status_code == 422


def test_the_present_staff_leaves_as_the_table_that_comes_back(site: Site) -> None:
    client = site.client("giorgi")
    table = client.get("/house/people/table.csv").get_data()
    page = show(site, client, table, "staff.csv")
    assert page.status_code == 200 and 'name="do" value="load"' not in page.text  # all of them work here already


def test_first_passwords_are_given_once_to_those_who_have_none_and_must_be_changed(site: Site) -> None:
    client = site.client("giorgi", stepped_up=True)
    load(site, client, show(site, client, GOOD).text)
    page = site.post(client, "/house/people/passwords", {})
    given = dict(re.findall(r"<td>([\w.]+)</td><td class=\"number\">([\w-]+)</td>", page.text))
    assert set(given) >= {"g.m", "sona.hakobyan", "ivan.petrov", "ana.maisuradze"}
    assert given["g.m"] not in client.get("/house/people/passwords").text
    with site.transaction() as session:
        head = session.scalars(select(Official).where(Official.login == "g.m")).one()
        assert session.get_one(Credential, head.official_id).must_change
    fresh = site.app.test_client()
    sent = site.post(fresh, "/account/sign-in", {"login": "g.m", "password": given["g.m"]})
    assert (
        "/account/password" in fresh.get("/desk/").headers["Location"]
        or "/account/password" in sent.headers["Location"]
    )


@pytest.mark.parametrize("login", ["nino", "lali", "davit"])
def test_only_the_administrator_enters_staff(site: Site, login: str) -> None:
    client = site.client(login, stepped_up=True)
    before = count(site, Official)
    assert client.get(TABLE).status_code == 403
    assert client.get("/house/people/table.csv").status_code == 403
    assert site.post(client, TABLE, {"rows": '[{"name": "ანა"}]', "do": "load"}, "/account/").status_code == 403
    assert site.post(client, "/house/people/passwords", {}, "/account/").status_code == 403
    assert count(site, Official) == before
