"""People in the browser: entered, given rights and a first password, let go with handing over; found by three letters."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from edms import clock
from edms.staff.models import ApiToken, Official, Organisation, RoleGrant, SignIn, Substitution, TokenState, Unit
from tests.web.house_site import PASSWORD, Site, house_site  # noqa: F401


def official(site: Site, login: str) -> Official:
    with site.transaction() as session:
        return session.scalars(select(Official).where(Official.login == login)).one()


def test_a_person_is_entered_given_a_role_and_a_password_that_must_be_changed(site: Site) -> None:
    admin = site.client("giorgi", stepped_up=True)
    made = site.post(admin, "/house/people/new", {
        "login": "Nato.K", "names_ka": "ნატო კაპანაძე", "posts_ka": "სპეციალისტი", "language": "ka",
        "unit": site.ids["social"], "email": "nato@kvemo.example",
    })  # fmt: skip
    assert made.status_code == 303
    page = made.headers["Location"]
    assert official(site, "nato.k").unit_id == site.ids["social"]
    assert site.post(admin, f"{page}/roles", {"role": "official"}, page).status_code == 303
    shown = site.post(admin, f"{page}/password", {}).get_data(as_text=True)
    secret = re.search(r'class="number large">([^<]+)<', shown)[1]
    assert secret not in admin.get(f"{page}/password").get_data(as_text=True)
    new = site.client()
    entered = site.post(new, "/account/sign-in", {"login": "nato.k", "password": secret})
    assert entered.status_code == 303
    assert "/account/password" in new.get("/desk/").headers["Location"]


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(site: Site) -> None:
    admin = site.client("giorgi")
    answer = site.post(admin, "/house/people/new", {"login": "nino", "names_ka": "სხვა ნინო", "language": "ka"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="f-login-error"' in html and "სხვა ნინო" in html
    nameless = site.post(admin, "/house/people/new", {"login": "new.one", "language": "ka"})
    assert nameless.status_code == 422 and 'id="f-names_ka-error"' in nameless.get_data(as_text=True)


@pytest.mark.parametrize("letters", ["ნინ", "nin", "нин", "Ber"])
def test_people_are_found_by_three_letters_in_any_script(site: Site, letters: str) -> None:
    html = site.client("lali").get("/house/people/", query_string={"q": letters}).get_data(as_text=True)
    assert "ნინო ბერიძე" in html and "დავით მაისურაძე" not in html


def test_nobody_gives_herself_a_role_or_another_unit(site: Site) -> None:
    admin, own = site.client("giorgi", stepped_up=True), f"/house/people/{site.ids['administrator']}"
    assert site.post(admin, f"{own}/roles", {"role": "registrar"}, own).status_code == 403
    assert admin.get(f"{own}/password").status_code == 403
    changed = site.post(admin, f"{own}/change", {
        "names_ka": "გიორგი", "language": "ka", "version": 1, "unit": site.ids["social"],
    })  # fmt: skip
    assert changed.status_code == 403
    assert official(site, "giorgi").names == {"ka": "გიორგი ნადირაძე"}


def test_a_role_is_withdrawn_with_its_reason(site: Site) -> None:
    admin = site.client("giorgi")
    with site.transaction() as session:
        grant = session.scalars(select(RoleGrant).where(RoleGrant.official_id == site.ids["registrar"])).first()
    address = f"/house/people/roles/{grant.role_grant_id}/withdraw"
    assert site.post(admin, address, {"reason": ""}).status_code == 422
    assert site.post(admin, address, {"reason": "სხვა სამუშაოზე გადადის"}).status_code == 303
    assert site.client("nino").get("/arrivals/").status_code == 403
    assert site.client("vakho").get(address).status_code == 404
    assert site.client("lali").get(address).status_code == 403


def test_who_leaves_hands_over_and_is_out_at_once(site: Site) -> None:
    admin, leaver = site.client("giorgi"), site.client("gocha")
    address = f"/house/people/{site.ids['executor']}/leave"
    answer = site.post(admin, address, {"substitute": site.ids["stranger"], "days": 10})
    assert answer.status_code == 303
    assert leaver.get("/desk/").status_code == 303
    with site.transaction() as session:
        row = session.scalars(select(Substitution)).one()
        today = clock.today("Asia/Tbilisi")
        assert (row.absent_id, row.substitute_id) == (site.ids["executor"], site.ids["stranger"])
        assert (row.from_on, row.until_on) == (today, today + timedelta(days=9))
        assert session.get_one(Official, site.ids["executor"]).left_on == today
    back = site.post(admin, address.replace("leave", "take-back"), {}, address.removesuffix("/leave"))
    assert back.status_code == 303 and official(site, "gocha").left_on is None


def test_the_last_administrator_does_not_leave(site: Site) -> None:
    with site.transaction() as session:
        second = Official(
            organisation_id=site.ids["organisation"], login="second", names={"ka": "მეორე"}, posts={}, hired_on=None
        )
        session.add(second)
    admin = site.client("giorgi")
    day = clock.today("Asia/Tbilisi") - timedelta(days=1)
    answer = site.post(admin, f"/house/people/{site.ids['executor']}/leave", {"left_on": day.strftime("%d.%m.%Y")})
    assert answer.status_code == 422 and 'id="f-left_on-error"' in answer.get_data(as_text=True)
    assert admin.get(f"/house/people/{site.ids['administrator']}").status_code == 200
    assert site.post(admin, f"/house/people/{site.ids['administrator']}/leave", {}).status_code == 403


def test_her_sign_ins_are_ended_by_her_administrator_only(site: Site) -> None:
    victim, address = site.client("lali"), f"/house/people/{site.ids['stranger']}"
    assert site.post(site.client("nino"), f"{address}/sign-ins/end", {}, address).status_code == 403
    assert site.post(site.client("vakho"), f"{address}/sign-ins/end", {}, "/account/").status_code == 404
    assert victim.get("/desk/").status_code == 200
    assert site.post(site.client("giorgi"), f"{address}/sign-ins/end", {}, address).status_code == 303
    assert victim.get("/desk/").status_code == 303


def test_units_are_opened_moved_and_closed_on_a_day(site: Site) -> None:
    admin = site.client("giorgi")
    made = site.post(admin, "/house/units/new", {"names_ka": "არქივი", "index": "05", "above": site.ids["chancellery"]})
    assert made.status_code == 303
    with site.transaction() as session:
        unit = session.scalars(select(Unit).where(Unit.index == "05")).one()
    page = f"/house/units/{unit.unit_id}"
    assert site.post(admin, page, {"names_ka": "საარქივო", "index": "05"}).status_code == 303
    full = site.post(admin, f"/house/units/{site.ids['social']}/close", {}, f"/house/units/{site.ids['social']}")
    assert full.status_code == 422 and "მუშაობენ" in full.get_data(as_text=True)
    day = clock.today("Asia/Tbilisi") + timedelta(days=5)
    assert site.post(admin, f"{page}/close", {"on": day.strftime("%d.%m.%Y")}, page).status_code == 303
    with site.transaction() as session:
        kept = session.get_one(Unit, unit.unit_id)
        assert (kept.closed_on, kept.parent_id, kept.names) == (day, None, {"ka": "საარქივო"})
        assert kept.open_on(clock.today("Asia/Tbilisi"))
    assert site.post(site.client("lali"), page, {"names_ka": "ჩემი"}, "/account/").status_code == 403


def test_a_body_below_is_opened_with_its_registers_and_its_first_administrator(site: Site) -> None:
    admin = site.client("giorgi", stepped_up=True)
    made = site.post(admin, "/house/organisations/new", {
        "code": "shua", "names_ka": "შუა სოფელი", "language": "ka", "country": "GE", "time_zone": "Asia/Tbilisi",
        "first_serial": 41,
    })  # fmt: skip
    assert made.status_code == 303
    with site.transaction() as session:
        below = session.scalars(select(Organisation).where(Organisation.code == "shua")).one()
        assert below.parent_id == site.ids["organisation"]
    entered = site.post(admin, f"/house/people/new?organisation={below.organisation_id}", {
        "organisation": below.organisation_id, "login": "shua.admin", "names_ka": "შუა ადმინი", "language": "ka",
    })  # fmt: skip
    page = entered.headers["Location"]
    assert site.post(admin, f"{page}/roles", {"role": "administrator"}, page).status_code == 303
    assert official(site, "shua.admin").organisation_id == below.organisation_id
    assert site.client("vakho").get(f"/house/units/?organisation={below.organisation_id}").status_code == 404


def test_an_absence_is_entered_by_herself_or_her_head_and_ended(site: Site) -> None:
    today = clock.today("Asia/Tbilisi").strftime("%d.%m.%Y")
    form = {"substitute": site.ids["stranger"], "from_on": today, "until_on": today, "reason": "შვებულება"}
    own = site.client("gocha")
    assert site.post(own, "/house/absences/", {**form, "absent": site.ids["executor"]}).status_code == 303
    other = site.post(own, "/house/absences/", {**form, "absent": site.ids["mayor"]})
    assert other.status_code == 403
    head = site.client("irakli")
    assert site.post(head, "/house/absences/", {**form, "absent": site.ids["second_executor"]}).status_code == 303
    assert site.post(head, "/house/absences/", {**form, "absent": site.ids["archivist"]}).status_code == 403
    assert "ლალი ცქიტიშვილი" in site.client("nino").get("/house/absences/").get_data(as_text=True)
    with site.transaction() as session:
        row = session.scalars(select(Substitution).where(Substitution.absent_id == site.ids["executor"])).one()
    end = f"/house/absences/{row.substitution_id}/end"
    assert site.post(site.client("eka"), end, {}, "/house/absences/").status_code == 403
    assert site.post(site.client("maka"), end, {}, "/house/absences/").status_code == 404
    assert site.post(own, end, {}, "/house/absences/").status_code == 303


def test_a_token_is_shown_once_and_opens_nothing_when_revoked(site: Site) -> None:
    admin = site.client("giorgi")
    assert "/account/step-up" in admin.get("/house/tokens/new").headers["Location"]
    assert site.post(admin, "/account/step-up", {"password": PASSWORD}).status_code == 303
    shown = site.post(admin, "/house/tokens/new", {"label": "სკანერი", "official": site.ids["registrar"], "days": 30})
    secret = re.search(r'value="(edms_[^"]+)"', shown.get_data(as_text=True))[1]
    page = admin.get("/house/tokens/").get_data(as_text=True)
    assert "სკანერი" in page and secret not in page
    with site.transaction() as session:
        token = session.scalars(select(ApiToken)).one()
    revoke = f"/house/tokens/{token.api_token_id}/revoke"
    assert site.post(site.client("vakho"), revoke, {}, "/account/").status_code == 404
    assert site.post(site.client("nino"), revoke, {}, "/account/").status_code == 403
    again = site.post(admin, "/house/tokens/new", {"label": "სკანერი", "official": site.ids["registrar"]})
    assert again.status_code == 422
    assert site.post(admin, revoke, {}, "/account/").status_code == 303
    with site.transaction() as session:
        assert session.scalars(select(ApiToken)).one().state is TokenState.REVOKED
        assert session.scalars(select(SignIn)).first() is not None
