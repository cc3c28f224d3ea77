"""Raising to B-LTA: asks outside, waits when nobody answers, refuses what can never be proven."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from edms import clock
from edms.demo.authority import Authority, Holder, Inside, make, revoke, serve
from edms.errors import EdmsError, RuleBroken, Unavailable
from edms.signing.container import Reserved
from edms.signing.examination import examine
from edms.signing.outside import Internet, Outside
from edms.signing.raising import Raised, raise_to_lta
from edms.signing.trust import Roots
from edms.signing.verdicts import Bottom, Level
from tests import signatures as s


def test_raised_bytes_carry_on_the_prepared_ones() -> None:
    reserved, signature = _signed()
    raised = _raise(reserved, signature, Inside(s.authority()))
    assert raised.pdf[: reserved.start] == reserved.pdf[: reserved.start]
    assert raised.pdf[reserved.end : len(reserved.pdf)] == reserved.pdf[reserved.end :]


def test_silence_outside_is_unavailable_and_the_same_step_works_later() -> None:
    reserved, signature = _signed()
    outside = Inside(s.authority())
    outside.down = True
    with pytest.raises(Unavailable) as waiting:
        _raise(reserved, signature, outside)
    assert waiting.value.message == "signing.time_authority_silent"
    outside.down = False
    assert examine(_raise(reserved, signature, outside).pdf, s.roots(), at=clock.now()).level is Level.LTA


def test_without_revocation_answers_it_waits_too() -> None:
    reserved, signature = _signed()
    answering, silent = Inside(s.authority()), Inside(s.authority())
    silent.down = True

    class HalfDeaf:
        timestamper, fetchers = answering.timestamper, silent.fetchers

    with pytest.raises(Unavailable) as waiting:
        _raise(reserved, signature, HalfDeaf())
    assert waiting.value.message == "signing.revocation_silent"


def test_no_time_authority_configured_is_said() -> None:
    reserved, signature = _signed()
    with pytest.raises(Unavailable) as waiting:
        _raise(reserved, signature, Internet(None))
    assert waiting.value.message == "signing.no_time_authority"


def test_certificate_revoked_before_signing_never_gets_out() -> None:
    own = s.fresh_authority()
    revoke(own, "mayor", at=clock.now() - timedelta(hours=1))
    assert _refusal(own).message == "signing.certificate_revoked"


def test_certificate_of_an_unknown_issuer_is_refused() -> None:
    assert _refusal(s.authority(), trusted=s.roots(s.fresh_authority())).message == "signing.certificate_untrusted"
    assert _refusal(s.authority(), trusted=[]).message == "signing.certificate_untrusted"


def test_certificate_without_addresses_never_reaches_b_lt() -> None:
    assert _refusal(s.authority(), code="nobody").message == "signing.no_revocation_address"


def test_over_http_with_the_demo_authority_on_loopback(tmp_path_factory: pytest.TempPathFactory) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    holder = Holder("mayor", "დავით", "Kvemo", s.PIN)
    own = make(tmp_path_factory.mktemp("authority"), [holder], f"http://127.0.0.1:{port}")
    reserved, signature = _signed(own)
    internet = Internet(own.tsa_url)
    with pytest.raises(Unavailable):
        _raise(reserved, signature, internet, s.roots(own))
    with serve(own):
        raised = _raise(reserved, signature, internet, s.roots(own))
        verdict = examine(raised.pdf, s.roots(own), at=clock.now())
        assert (verdict.bottom, verdict.level) == (Bottom.PASSED, Level.LTA)
        revoke(own, "mayor", at=clock.now() - timedelta(minutes=1))
        with pytest.raises(RuleBroken):
            _raise(reserved, signature, internet, s.roots(own))


def test_making_the_authority_again_changes_nobodys_certificate(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("authority")
    first = make(folder, [s.MAYOR], "http://127.0.0.1:1")
    before = {code: first.certificate(code) for code in ("root", "issuing", "tsa", "mayor")}
    again = make(folder, [s.MAYOR, s.CLERK], "http://127.0.0.1:2")
    assert {code: again.certificate(code) for code in before} == before
    assert again.address == "http://127.0.0.1:1"
    assert again.pin("clerk") == s.PIN
    assert b"not a real certificate" in again.certificate("clerk")


def _signed(of: Authority | None = None, code: str = "mayor") -> tuple[Reserved, bytes]:
    reserved = s.prepared()
    opened = s.signer(code, of).opened(s.PIN)
    return reserved, opened.signature(reserved.digest)


def _raise(reserved: Reserved, signature: bytes, outside: Outside, trusted: Roots | None = None) -> Raised:
    return raise_to_lta(
        reserved.pdf,
        reserved.start,
        reserved.end,
        signature,
        field="Signature1",
        outside=outside,
        roots=s.roots() if trusted is None else trusted,
    )


def _refusal(own: Authority, *, code: str = "mayor", trusted: Roots | None = None) -> EdmsError:
    reserved, signature = _signed(own, code)
    with pytest.raises(RuleBroken) as refusal:
        _raise(reserved, signature, Inside(own), s.roots(own) if trusted is None else trusted)
    return refusal.value
