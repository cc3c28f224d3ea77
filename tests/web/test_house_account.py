"""One's own account: language, sessions, second step, signing key; the password first, and PINs are not to be guessed."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import delete, func, select

from edms import clock
from edms.drafting import drafts, pages, visas
from edms.drafting.models import DraftKind
from edms.errors import Invalid, RuleBroken, Unavailable
from edms.events import Event, EventLine
from edms.registry.models import Number
from edms.signing import pins
from edms.signing.models import SignatureRequest, SignatureState
from edms.staff.actors import actor_for
from edms.staff.models import Attempt, Credential, Official
from edms.staff.throttle import TooManyAttempts
from edms.web.desk.browsers import browser
from tests.signatures import PIN, authority
from tests.web.house_site import PASSWORD, Site, house_site  # noqa: F401


def put_key(site: Site, client, packed: bytes, pin: str):
    return site.post(client, "/account/key", {"pin": pin, "file": (io.BytesIO(packed), "key.p12")})


def test_what_one_changes_about_oneself(site: Site) -> None:
    client = site.client("lali")
    assert (
        site.post(client, "/account/own", {"language": "hy", "telephone": "599 00 00 01"}, "/account/").status_code
        == 303
    )
    with site.transaction() as session:
        official = session.get_one(Official, site.ids["stranger"])
        assert (official.language, official.telephone) == ("hy", "599 00 00 01")
    assert "Իմ մասին" in client.get("/account/").get_data(as_text=True)
    assert site.post(client, "/account/own", {"language": "xx"}, "/account/").status_code == 422


def test_sessions_are_listed_with_their_browser_and_the_others_ended(site: Site) -> None:
    there = site.app.test_client()
    agent = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
    html = there.get("/account/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)[1]
    there.post(
        "/account/sign-in",
        data={"csrf_token": token, "login": "lali", "password": PASSWORD},
        headers={"User-Agent": agent},
    )
    here, stranger = site.client("lali"), site.client("nino")
    page = here.get("/account/").get_data(as_text=True)
    assert "Firefox, Windows" in page
    other = re.search(r"/account/sessions/(\d+)/revoke", page)[1]
    assert site.post(stranger, f"/account/sessions/{other}/revoke", {}, "/account/").status_code == 404
    assert site.post(here, "/account/sessions/others/revoke", {}, "/account/").status_code == 303
    assert there.get("/desk/").status_code == 303
    assert here.get("/desk/").status_code == 200 and stranger.get("/desk/").status_code == 200


def test_all_that_protects_asks_the_password_first(site: Site) -> None:
    client = site.client("lali")
    assert "/account/step-up" in client.get("/account/second-factor/codes").headers["Location"]
    for address in ("/account/second-factor", "/account/second-factor/off", "/account/key"):
        assert "/account/step-up" in client.get(address).headers["Location"], address
        assert "/account/step-up" in site.post(client, address, {}, "/account/").headers["Location"], address


def test_the_second_step_is_set_up_asked_for_and_switched_off(site: Site) -> None:
    client = site.client("lali", stepped_up=True)
    page = client.get("/account/second-factor").get_data(as_text=True)
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)[1]
    secret = re.search(r'<p class="number">([A-Z2-7]+)</p>', page)[1]
    assert 'src="data:image/svg' in page
    wrong = site.post(client, "/account/second-factor", {"sealed": sealed, "code": "000000"})
    assert wrong.status_code == 422 and secret in wrong.get_data(as_text=True)
    code = pyotp.TOTP(secret).at(clock.now())
    set_up = site.post(client, "/account/second-factor", {"sealed": sealed, "code": code})
    assert set_up.status_code == 303
    spare = re.findall(r'<span class="number">([A-Z2-7-]{19})</span>', client.get(set_up.headers["Location"]).text)
    assert len(spare) == 8
    lost = site.client("lali")
    assert site.post(lost, "/account/code", {"code": spare[0]}).status_code == 303
    assert lost.get("/desk/").status_code == 200
    fresh = site.client("lali")
    assert "/account/code" in fresh.get("/desk/").headers["Location"]
    later = pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30))
    assert site.post(fresh, "/account/code", {"code": later}).status_code == 303
    assert fresh.get("/desk/").status_code == 200
    assert site.post(client, "/account/second-factor/off", {}).status_code == 303
    with site.transaction() as session:
        assert session.get_one(Credential, site.ids["stranger"]).totp_sealed is None


def test_a_secret_of_somebody_else_is_not_taken(site: Site) -> None:
    other = site.client("nino", stepped_up=True)
    sealed = re.search(r'name="sealed" value="([^"]+)"', other.get("/account/second-factor").get_data(as_text=True))[1]
    assert (
        site.post(
            site.client("lali", stepped_up=True), "/account/second-factor", {"sealed": sealed, "code": "1"}
        ).status_code
        == 409
    )


def test_a_key_is_put_in_with_its_pin_shown_and_taken_away(site: Site) -> None:
    client = site.client("davit", stepped_up=True)
    packed = authority().pkcs12("mayor").read_bytes()
    assert put_key(site, client, b"", PIN).status_code == 422
    garbage = put_key(site, client, b"no key at all", PIN)
    assert garbage.status_code == 422
    assert put_key(site, client, packed, PIN).status_code == 303
    card = site.house.signers.card(site.ids["mayor"])
    page = client.get("/account/key").get_data(as_text=True)
    assert card is not None and card.name in page and card.issuer in page and card.fingerprint[:8] in page
    assert PIN not in page
    with site.transaction() as session:
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNING_KEY_CHANGED)).one()
        assert line.official_id == site.ids["mayor"] and PIN not in str(line.detail)
    assert site.post(client, "/account/key/take-away", {}, "/account/key").status_code == 303
    assert site.house.signers.card(site.ids["mayor"]) is None


def test_a_key_that_may_not_sign_is_refused_with_its_reason_and_the_old_one_stays(site: Site) -> None:
    client = site.client("davit", stepped_up=True)
    put_key(site, client, authority().pkcs12("mayor").read_bytes(), PIN)
    answer = put_key(site, client, authority().pkcs12("nobody").read_bytes(), PIN)
    assert answer.status_code == 422
    assert site.house.signers.card(site.ids["mayor"]).name != "No Addresses"


def test_after_five_wrong_pins_a_wait_that_grows_is_said_and_the_right_one_waits_too(site: Site) -> None:
    client, packed = site.client("davit", stepped_up=True), authority().pkcs12("mayor").read_bytes()
    for _ in range(5):
        wrong = put_key(site, client, packed, "0000")
        assert wrong.status_code == 422 and 'id="f-pin-error"' in wrong.get_data(as_text=True)
    waiting = put_key(site, client, packed, PIN).get_data(as_text=True)
    first = int(re.search(r"დაელოდეთ (\d+) წამს", waiting)[1])
    assert 25 <= first <= 31
    assert site.house.signers.card(site.ids["mayor"]) is None
    with site.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Attempt).where(Attempt.kind == "pin:official")) == 5
    with clock.at(clock.now() + timedelta(seconds=40)):
        with pytest.raises(Invalid):
            _try(site, WRONG)
        with pytest.raises(TooManyAttempts) as refused:
            _try(site)
        assert refused.value.values["seconds"] > first
    with clock.at(clock.now() + timedelta(hours=2)):
        assert _try(site) == 7
        assert _counted(site) == 0


WRONG = Invalid("signing.wrong_pin", fields={"pin": "signing.wrong_pin"})


def _counted(site: Site) -> int:
    with site.transaction() as session:
        return session.scalar(select(func.count()).select_from(Attempt).where(Attempt.kind == "pin:official"))


def _try(site: Site, error: Exception | None = None) -> int:
    """A try at her key; how many were counted while the key was at work, as another process sees it."""

    def act() -> int:
        seen.append(_counted(site))
        if error is not None:
            raise error
        return seen[0]

    seen: list[int] = []
    return pins.counted(site.transaction, site.ids["mayor"], act, keys=site.house.keys, token=False)


def test_a_try_is_counted_before_the_key_hears_of_it_and_taken_back_when_it_said_nothing_of_the_pin(site: Site) -> None:
    with pytest.raises(Invalid):
        _try(site, WRONG)
    assert _counted(site) == 1
    for silent in (
        Unavailable("signing.service_silent"),
        RuleBroken("signing.certificate_expired", until="2026-01-01"),
    ):
        with pytest.raises(type(silent)):
            _try(site, silent)
        assert _counted(site) == 1
    with pytest.raises(KeyboardInterrupt):  # the process was ended in the midst of it
        _try(site, KeyboardInterrupt())
    assert _counted(site) == 2
    assert _try(site) == 3 and _counted(site) == 0


def test_pins_at_signing_are_throttled_too_and_no_number_is_drawn_while_one_waits(site: Site) -> None:
    mayor = site.ids["mayor"]
    site.house.signers.install(mayor, authority().pkcs12("mayor").read_bytes(), pin=PIN)
    with site.transaction() as session:
        executor = session.get_one(Official, site.ids["executor"])
        author = actor_for(session, executor)
        for subject in ("გზის შესახებ", "ხიდის შესახებ"):
            card = drafts.DraftCard(subject=subject, signer_id=mayor, addressee="გიორგი აბაშიძე", address="ქ. ქვემო")
            draft = drafts.begin(session, author, kind=DraftKind.LETTER, card=card, text="გაცნობებთ.")
            pages.make(session, author, draft, store=site.house.store)
            session.flush()
            visas.ask(session, author, draft, [], version=draft.version)
    client = site.client("davit", stepped_up=True)
    page = client.get("/sign/").get_data(as_text=True)
    shown = re.findall(r'name="(shown-\d+)" value="([0-9a-f]{64})"', page)
    first, second = ({name: value, "marked": name.removeprefix("shown-")} for name, value in shown)
    for _ in range(5):
        wrong = site.post(client, "/sign/", {**first, "pin": "0000"})
        assert wrong.status_code == 422 and 'id="f-pin-error"' in wrong.get_data(as_text=True)
    waits = site.post(client, "/sign/", {**second, "pin": PIN})
    assert waits.status_code == 422 and "დაელოდეთ" in waits.get_data(as_text=True)
    with site.transaction() as session:
        assert len(session.scalars(select(Number)).all()) == 1
        states = {request.state for request in session.scalars(select(SignatureRequest))}
        assert states == {SignatureState.PREPARED}
    with site.transaction() as session:
        session.execute(delete(Attempt))
    assert site.post(client, "/sign/", {**first, "pin": PIN}).status_code == 303
    with site.transaction() as session:
        assert session.scalars(select(SignatureRequest)).one().state is SignatureState.SIGNED


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.4.0", "curl/8.4.0"),
        (None, ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str | None, said: str) -> None:
    assert browser(agent) == said
