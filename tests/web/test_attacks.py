"""What somebody tries who knows the addresses, the fields and the numbers of things: nothing is told, nothing breaks."""

from __future__ import annotations

import io
from collections import defaultdict
from datetime import timedelta

import pytest
from sqlalchemy import select

from edms import clock
from edms.access.actor import Sight
from edms.errors import Forbidden
from edms.staff import devices, sign_in
from edms.staff.auditing import grant_audit
from edms.staff.models import Credential, Official, SignIn
from tests.cast import Person
from tests.letters import letter
from tests.web.test_page_rights import TOKEN, addresses
from tests.web.world import World

pytest_plugins = ["tests.web.desk_site"]


def test_a_filter_names_nothing_outside_an_auditors_letters(desk):
    """The words of a filter are read by its number: counting upwards must not list who ever wrote to the office."""
    with desk.house.transaction() as session:
        office = desk.cast_in(session)
        with clock.at(clock.now() - timedelta(days=40)):
            hidden = letter(session, office, correspondent_name="ზაზა დამალული")
        seen = letter(session, office, correspondent_name="ლია ხილული")
        session.flush()
        ids = {name: d.correspondent_id for name, d in (("seen", seen), ("hidden", hidden))}
        official = Official(
            organisation=office.organisation, organisation_id=office.organisation.organisation_id, login="audit",
            names={"ka": "გარე აუდიტორი"}, posts={},
        )  # fmt: skip
        session.add(official)
        session.flush()
        today = clock.today("Asia/Tbilisi")
        sight = Sight(frozenset({office.incoming.register_id}), today - timedelta(days=5), None)
        grant_audit(session, office.actor("administrator"), official, until_on=today, reason="ბრძანება 5", sight=sight)
        her = Person(session, official)
        outgoing = (office.outgoing.register_id, office.outgoing.name("ka"))
    site = type(desk)(desk.house, desk.app, type("Cast", (), {**vars(desk.cast), "auditor": her}))
    reader = site.as_("auditor")
    page = reader.get(f"/search/?correspondent_id={ids['seen']}&correspondent_id={ids['hidden']}")
    assert "ხილული" in page and "დამალული" not in page
    assert outgoing[1] not in reader.get(f"/search/?register_id={outgoing[0]}")


def test_a_password_alone_changes_no_password_where_a_code_is_asked(desk):
    """Who stole it must not be able to shut its owner out, nor end her sessions."""
    reader = desk.as_("mayor")
    with desk.house.transaction() as session:
        official = session.get_one(Official, desk.cast.mayor.official_id)
        credential = session.get_one(Credential, official.official_id)
        credential.totp_sealed = desk.house.keys.seal(
            b"JBSWY3DPEHPK3PXP", about=f"second factor of {official.official_id}"
        )
        before = credential.password_hash
        for row in session.scalars(select(SignIn).where(SignIn.official_id == official.official_id)):
            row.second_factor_at = clock.now()
    thief = desk.app.test_client()

    def sent(address: str, **values: str):
        token = TOKEN.search(thief.get("/account/sign-in").get_data(as_text=True))
        return thief.post(address, data={"csrf_token": token[1], **values})

    assert sent("/account/sign-in", login=reader.login, password=desk.password).status_code == 303
    for address, values in (
        ("/account/password", {"present": desk.password, "new": "a wholly other long sentence"}),
        ("/account/step-up", {"password": desk.password}),
    ):
        answer = sent(address, **values)
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/account/code"), address
    with desk.house.transaction() as session:
        assert session.get_one(Credential, desk.cast.mayor.official_id).password_hash == before
        waiting = session.scalars(select(SignIn).where(SignIn.second_factor_at.is_(None))).one()
        assert waiting.stepped_up_at is None
        for act in (
            lambda: sign_in.step_up(session, waiting, desk.password, keys=desk.house.keys),
            lambda: sign_in.change_password(
                session, waiting, present=desk.password, new="a wholly other long sentence", keys=desk.house.keys
            ),
        ):
            with pytest.raises(Forbidden):
                act()
    reader.get("/desk/")


def test_a_number_larger_than_any_is_answered_in_words(desk):
    """Typed into an address, it is the reader's mistake and no fault of the service's."""
    reader = desk.as_("mayor")
    for address in (f"/control/?unit={10**20}", f"/letters/{10**20}"):
        assert reader.client.get(address).status_code in (404, 422), address


def test_a_zero_byte_is_answered_in_words(desk):
    with desk.house.transaction() as session:
        document_id = letter(session, desk.cast_in(session)).document_id
    assert desk.as_("registrar").client.get(f"/letters/{document_id}/links?q=a%00b").status_code == 422


def test_a_refused_draft_names_nobody_of_another_office(desk):
    """Its form comes back with the people that were typed: by their numbers, which anybody can type."""
    foreign, own = desk.cast.foreigner.official, desk.cast.lawyer.official
    sent = {"subject": "", "signer": 1, "visas": [foreign.official_id, own.official_id, "²"]}
    page = desk.as_("executor").post("/drafts/new?kind=letter", sent, status=422).get_data(as_text=True)
    assert own.name("ka") in page and foreign.name("ka") not in page


def test_odd_marks_and_deep_brackets_break_nothing(desk):
    mayor = desk.as_("mayor")
    assert mayor.post("/account/step-up", {"password": desk.password}).status_code == 303
    mayor.post("/sign/", {"marked": "²", "shown-²": "x", "shown-x": "y"}, status=422)
    mayor.get("/desk/?done=resolution-²")
    desk.as_("archivist").post("/cases/disposal/", {"case": "²"}, status=422)
    mayor.post("/mailings/new", {"rows": "[" * 200_000}, status=422)


def by_form(client, login: str, password: str) -> int:
    """Signing in as everybody does; 303 is the way in, 422 a refusal, of a wait too."""
    token = TOKEN.search(client.get("/account/sign-in").get_data(as_text=True))
    assert token is not None
    return client.post(
        "/account/sign-in", data={"csrf_token": token[1], "login": login, "password": password}
    ).status_code


def test_guesses_from_elsewhere_keep_nobody_from_her_own_desk(desk):
    """Whoever knows a login guesses on and on; its owner comes in where she came in before, and signs meanwhile."""
    mayor, thief = desk.as_("mayor"), desk.app.test_client()
    mayor.post("/account/sign-out")
    assert by_form(mayor.client, mayor.login, desk.password) == 303
    with clock.at(clock.now()):  # however slow the machine, no wait is over
        assert [by_form(thief, mayor.login, f"guess {n}") for n in range(5)] == [422] * 5
        for stranger in (thief, desk.app.test_client()):  # these wait, even with the right one
            assert by_form(stranger, mayor.login, desk.password) == 422
        mayor.post("/account/step-up", {"password": desk.password})
        mayor.post("/account/sign-out")
        assert by_form(mayor.client, mayor.login, desk.password) == 303
    # The mark is of one login and cannot be made: her device is a stranger's for everybody else.
    marks = mayor.client.get_cookie("device").value
    assert devices.known(desk.house.keys, marks, mayor.login)
    assert not devices.known(desk.house.keys, marks, desk.cast.lawyer.official.login)
    assert not devices.known(desk.house.keys, marks[:16] + "0" * 32, mayor.login)


def test_guesses_on_a_device_of_hers_are_slowed_too(desk):
    mayor = desk.as_("mayor")
    mayor.post("/account/sign-out")
    assert by_form(mayor.client, mayor.login, desk.password) == 303
    mayor.post("/account/sign-out")
    with clock.at(clock.now()):
        assert [by_form(mayor.client, mayor.login, "wrong") for _ in range(5)] == [422] * 5
        assert by_form(mayor.client, mayor.login, desk.password) == 422
        assert by_form(desk.app.test_client(), mayor.login, desk.password) == 303  # and nobody else is


def test_a_stranger_lays_no_files_on_the_disk(desk):
    """The token is looked for in the form: all of it would be read, two gigabytes at a time, before it is refused."""
    stranger = desk.app.test_client()
    for address in (
        "/track",
        "/track/receipt",
        "/account/sign-in",
        "/apply/kvemo/sent",
        "/letters/1/hold",
    ):
        data = {"file": (io.BytesIO(b"x" * 2_000_000), "x.pdf")}
        answer = stranger.post(address, data=data, content_type="multipart/form-data")
        assert answer.status_code == 413, (address, answer.status_code)


def test_no_form_is_taken_without_its_token(desk):
    """Every act of the pages, from the route table: sent from another site it is refused unlooked-at (faults.md T9)."""
    reader, taken, seen = desk.as_("mayor"), [], 0
    for rule in desk.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/") or rule.endpoint == "verify.page":
            continue  # programs bring no cookie; at the check of papers nobody's session opens anything
        address = next(addresses(rule, World(defaultdict(lambda: 1))))
        seen += 1
        if reader.client.post(address, data={"official": "1"}).status_code != 400:
            taken.append(rule.rule)
    assert taken == []
    assert seen > 100
