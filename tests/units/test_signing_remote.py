"""Signing services and tokens when they fail: one clear state, nothing half signed, nothing said to a stranger."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pkcs11
import pytest
from pydantic import ValidationError

from edms import clock
from edms.errors import EdmsError, Invalid, RuleBroken, Unavailable
from edms.signing import devices, tokens
from edms.signing.devices import Service
from edms.signing.remote import Remote
from edms.signing.tokens import Place, Token
from tests import signers

HASHES = [bytes([n]) * 32 for n in range(1, 8)]


@pytest.fixture(params=["v1", "v2"])
def service(request: pytest.FixtureRequest) -> Iterator[tuple[signers.OwnService, Remote]]:
    with signers.own_service(request.param, seconds=1) as (played, listed):
        yield played, Remote(listed, "demo/mayor", signers.owner("mayor"))


def sign(remote: Remote, hashes: list[bytes] = HASHES[:2], pin: str = signers.PIN) -> list[bytes | EdmsError]:
    return remote.sign(hashes, pin=pin, at=clock.now())


@pytest.mark.parametrize("fault", ["silent", "slow", "nonsense", "elsewhere", "huge"])
@pytest.mark.parametrize("where", ["credentials/info", "credentials/authorize", "signatures/signHash"])
def test_whatever_ails_it_is_one_state_within_seconds(service, fault: str, where: str) -> None:
    played, remote = service
    played.fault, played.fault_at = fault, where
    before = time.monotonic()
    with pytest.raises(Unavailable) as refusal:
        sign(remote)
    assert refusal.value.message == "signing.service_silent" and time.monotonic() - before < 10
    assert not any(what == "elsewhere" for what, _ in played.heard)
    played.fault = ""
    assert all(isinstance(each, bytes) for each in sign(remote))


def test_an_authorisation_names_exactly_the_hashes_and_serves_once(service) -> None:
    played, remote = service
    made = sign(remote, HASHES)
    assert len(made) == len(HASHES)
    asked = [told for what, told in played.heard if what == "credentials/authorize"]
    assert len(asked) == 1 and asked[0]["numSignatures"] == len(HASHES)
    given = [told for what, told in played.heard if what == "signatures/signHash"]
    pinned, signed = (told.get("hash") or told.get("hashes") for told in (asked[0], given[0]))
    assert pinned == signed and len(set(pinned)) == len(HASHES) and played.pinned == {}


def test_a_batch_larger_than_it_takes_keeps_what_was_made(service) -> None:
    played, remote = service
    played.most = 3
    played.fault, played.fault_at, played.after = "silent", "signatures/signHash", 1
    made = sign(remote, HASHES)
    assert [isinstance(each, bytes) for each in made] == [True] * 3 + [False] * 4
    assert {each.message for each in made if isinstance(each, EdmsError)} == {"signing.service_silent"}


def test_revoked_or_run_out_before_the_second_lot_nothing_more_is_asked_for(service) -> None:
    played, remote = service
    played.most, played.fault, played.after = 3, "revoked", 1
    lots = remote.lots(HASHES, pin=signers.PIN)
    assert len(next(lots)) == 3
    with pytest.raises(RuleBroken) as refusal:
        next(lots)
    assert refusal.value.message == "signing.service_certificate_revoked"
    played.fault = ""
    lots = remote.lots(HASHES, pin=signers.PIN)
    assert len(next(lots)) == 3
    with pytest.raises(RuleBroken) as refusal, clock.at(remote.card.valid_until + timedelta(seconds=1)):
        next(lots)
    assert refusal.value.message == "signing.certificate_expired"
    assert [what for what, _ in played.heard].count("credentials/authorize") == 2


def test_a_code_of_one_use_opens_one_lot(service) -> None:
    played, remote = service
    played.most, played.code = 3, "123456"
    lots = remote.lots(HASHES, pin=f"{signers.PIN} 123456")
    assert len(next(lots)) == 3
    with pytest.raises(RuleBroken) as refusal:  # not tried a second time: a service locks itself after wrong codes
        next(lots)
    assert refusal.value.message == "signing.next_code" and played.code == "another"
    assert [what for what, _ in played.heard].count("credentials/authorize") == 1


def test_a_signature_of_something_else_is_not_taken(service) -> None:
    played, remote = service
    played.fault, played.fault_at = "wrong", "signHash"
    with pytest.raises(RuleBroken) as refusal:
        sign(remote)
    assert refusal.value.message == "signing.returned_wrong"


def test_a_key_switched_off_another_certificate_and_a_wrong_bearer_are_said(service, tmp_path) -> None:
    played, remote = service
    played.fault = "disabled"
    with pytest.raises(RuleBroken) as refusal:
        sign(remote)
    assert refusal.value.message == "signing.service_key_disabled"
    played.fault = ""
    with pytest.raises(RuleBroken) as refusal:
        sign(Remote(remote._service, "demo/mayor", signers.owner("rsa")))
    assert refusal.value.message == "signing.certificate_changed"
    (tmp_path / "secret").write_text("another")
    with pytest.raises(Unavailable):
        sign(Remote(remote._service.model_copy(update={"secret_file": tmp_path / "secret"}), "demo/mayor"))
    with pytest.raises(Unavailable) as missing:
        sign(Remote(remote._service.model_copy(update={"secret_file": tmp_path / "none"}), "demo/mayor"))
    assert missing.value.message == "signing.service_secret_missing"


def test_pins_go_over_https_only_and_the_list_names_what_is_wrong(tmp_path) -> None:
    for address in ("http://sign.example", "ftp://127.0.0.1", "sign.example"):
        with pytest.raises(ValidationError):
            Service(url=address)
    path = tmp_path / "devices.toml"
    path.write_text('[service.a]\nurl = "http://sign.example"\n[token.b]\nlibary = "x"\n')
    with pytest.raises(Invalid) as refusal:
        devices.read(path)
    assert set(refusal.value.fields) >= {"service.a.url", "token.b.library", "token.b.libary"}
    path.write_text("[")
    with pytest.raises(Invalid):
        devices.read(path)
    assert devices.read(None).services == {}


def test_a_token_that_warns_of_its_last_try_is_not_tried(monkeypatch) -> None:
    tried = []

    class Warned:
        label, serial, flags = "card", b"1", pkcs11.TokenFlag.USER_PIN_FINAL_TRY

        def open(self, **_):
            tried.append(1)

    token = Warned()
    monkeypatch.setattr(tokens, "_library", lambda _: type("L", (), {"get_tokens": lambda self: [token]})())
    place = Place(signers.Path("lib.so"), "card")
    for flag, message in (
        (pkcs11.TokenFlag.USER_PIN_FINAL_TRY, "signing.token_last_try"), (pkcs11.TokenFlag.USER_PIN_LOCKED, "signing.token_locked"),
    ):  # fmt: skip
        token.flags = flag
        with pytest.raises(RuleBroken) as refusal:
            Token(place, signers.owner("mayor")).sign(HASHES, pin="1234", at=clock.now())
        assert refusal.value.message == message
    assert tried == []


def test_a_token_pulled_out_in_mid_batch_keeps_what_was_made(monkeypatch) -> None:
    token, left = Token(signers.token("mayor"), signers.owner("mayor")), [3]
    real = tokens._raw

    def raw(*args):
        left[0] -= 1
        if left[0] < 0:
            raise pkcs11.DeviceRemoved
        return real(*args)

    monkeypatch.setattr(tokens, "_raw", raw)
    made = token.sign(HASHES, pin=signers.PIN, at=clock.now())
    assert [isinstance(each, bytes) for each in made] == [True] * 3 + [False] * 4
    assert {each.message for each in made if isinstance(each, EdmsError)} == {"signing.token_gone"}


def test_a_token_that_is_not_there_and_a_library_that_is_none_are_said(tmp_path) -> None:
    library = signers.softhsm()
    (tmp_path / "no.so").write_bytes(b"no library")
    for place, message in (
        (Place(library, "nobody's"), "signing.token_missing"), (Place(tmp_path / "no.so"), "signing.token_library_silent"),
    ):  # fmt: skip
        with pytest.raises(Unavailable) as refusal:
            Token(place, signers.owner("mayor")).sign(HASHES, pin=signers.PIN, at=clock.now())
        assert refusal.value.message == message
    assert {each.label for each in tokens.seen(library)} >= {"mayor card", "rsa card"}
    owner = Token(signers.token("rsa")).look(signers.PIN)
    assert owner.card == signers.owner("rsa").card and [c.ca for c in owner.chain] == [True]


def test_nobody_finds_a_token_open_because_somebody_else_opened_it() -> None:
    token = Token(signers.token("mayor"), signers.owner("mayor"))
    with token._opened(signers.PIN):
        busy = Token(signers.token("mayor"), signers.owner("mayor"))
        tokens.WAIT, before = 0.1, tokens.WAIT
        try:
            with pytest.raises(Unavailable) as refusal:
                busy.sign(HASHES[:1], pin="0000", at=clock.now())
        finally:
            tokens.WAIT = before
        assert refusal.value.message == "signing.token_busy"
    with pytest.raises(Invalid):
        token.sign(HASHES[:1], pin="0000", at=clock.now())
