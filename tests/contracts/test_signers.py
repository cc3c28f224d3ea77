"""One contract for all that can sign: a file, a token, a service of either version, a card behind a browser."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from asn1crypto import cms

from edms import clock
from edms.access.keys import Keys
from edms.demo.authority import Inside
from edms.errors import EdmsError, Invalid, RuleBroken
from edms.signing import asic_writing, round_trip
from edms.signing.asic_writing import Part
from edms.signing.devices import Service
from edms.signing.examination import examine
from edms.signing.keys import Pkcs12, Signer
from edms.signing.raising import raise_to_lta
from edms.signing.remote import Remote
from edms.signing.tokens import Token
from edms.signing.verdicts import Bottom, Form, Level
from tests import signatures as s
from tests import signers

HASHES = [bytes([n]) * 32 for n in range(1, 4)]
KEYS = Keys(b"k" * 32)
ME = round_trip.Who(7, 70)


@dataclass
class Bench:
    """A kind of signer: how one is made for somebody and some hashes, and which PIN opens it (None: it asks itself)."""

    make: Callable[[str, list[bytes]], Signer]
    pin: str | None
    of_file: Callable[[str, bytes], Signer] | None = None  # where a file beside its signature is asked for otherwise


def _file(code: str, _: list[bytes]) -> Signer:
    return Pkcs12(signers.authority().pkcs12(code).read_bytes())


def _token(code: str, _: list[bytes]) -> Signer:
    return Token(signers.token(code), signers.owner(code))


def _card(code: str, digests: list[bytes]) -> Signer:
    asked = [round_trip.Asked(n, f"letter {n}", b"", each) for n, each in enumerate(digests)]
    owner = signers.owner(code)
    if not asked:
        return round_trip.Returned(owner, {})
    offer = round_trip.offer(owner, asked, ME, at=clock.now(), keys=KEYS)
    return round_trip.answered(signers.middleware(offer, code), owner, ME, at=clock.now(), keys=KEYS).signer


def _card_for_file(code: str, digest: bytes) -> Signer:
    owner = signers.owner(code)
    offer = round_trip.offer_file(owner, "12-05/417", digest, ME, at=clock.now(), keys=KEYS)
    told = signers.middleware(offer, code)
    with pytest.raises(RuleBroken) as refusal:  # an answer for these papers is none for others
        round_trip.answered_file(told, owner, b"x" * 32, ME, at=clock.now(), keys=KEYS)
    assert refusal.value.message == "signing.card_other_file"
    return round_trip.answered_file(told, owner, digest, ME, at=clock.now(), keys=KEYS)


@pytest.fixture(scope="module", params=["file", "token", "service v1", "service v1 with a PIN", "service v2", "card"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with ExitStack() as stack:
        if request.param == "token":
            signers.need_softhsm()
        if request.param == "service v1":
            yield _service(stack.enter_context(signers.dummy_service()), None)
        elif request.param.startswith("service"):
            _, listed = stack.enter_context(signers.own_service(request.param.split()[1]))
            yield _service(listed, signers.PIN)
        else:
            yield {
                "file": Bench(_file, s.PIN),
                "token": Bench(_token, signers.PIN),
                "card": Bench(_card, None, _card_for_file),
            }[request.param]


def _service(listed: Service, pin: str | None) -> Bench:
    return Bench(lambda code, _: Remote(listed, f"demo/{code}", signers.owner(code)), pin)


@pytest.mark.parametrize("code", ["mayor", "rsa"])
def test_each_signature_is_of_its_own_hash_and_of_the_certificate(bench: Bench, code: str) -> None:
    signer = bench.make(code, HASHES)
    made = signer.sign(HASHES, pin=bench.pin or "", at=clock.now())
    assert [_told(each, "message_digest") for each in made] == HASHES
    owner = signers.owner(code)
    for each in made:
        info = cms.ContentInfo.load(each)["content"]["signer_infos"][0]
        owner.verified(info["signed_attrs"].untag().dump(), info["signature"].native)
        assert _told(each, "signing_certificate_v2") is not None and _told(each, "signing_time") is None
    assert signer.card is not None and signer.card.fingerprint == owner.card.fingerprint


def test_a_page_signed_so_is_raised_to_the_archive_and_passes(bench: Bench) -> None:
    reserved = s.prepared()
    (made,) = bench.make("rsa", [reserved.digest]).sign([reserved.digest], pin=bench.pin or "", at=clock.now())
    of = signers.authority()
    raised = raise_to_lta(
        reserved.pdf, reserved.start, reserved.end, made, field="Signature1", outside=Inside(of), roots=s.roots(of)
    )
    verdict = examine(raised.pdf, s.roots(of), at=clock.now())
    assert (verdict.bottom, verdict.level, verdict.who) == (Bottom.PASSED, Level.LTA, (signers.RSA.name,))


@pytest.mark.parametrize("code", ["mayor", "rsa", "seal"])
def test_a_container_signed_so_is_raised_to_the_archive_and_passes(bench: Bench, code: str) -> None:
    of = signers.authority()
    laid = asic_writing.lay([Part("letter.txt", "text/plain", b"letter"), Part("a.txt", "text/plain", b"annex")])
    signer = bench.of_file(code, laid.digest) if bench.of_file else bench.make(code, [laid.digest])
    at = clock.now()
    (made,) = signer.sign([laid.digest], pin=bench.pin or "", at=at, form=Form.CADES)
    assert _told(made, "signing_time") is not None and _told(made, "message_digest") == laid.digest
    assert isinstance(made, bytes)
    whole = asic_writing.signed(laid, made, outside=Inside(of), roots=s.roots(of))
    verdict = examine(whole, s.roots(of), at=clock.now())
    (finding,) = verdict.findings
    assert (verdict.bottom, verdict.level, finding.form) == (Bottom.PASSED, Level.LTA, Form.ASICE)
    assert (finding.seal, set(finding.covers)) == (code == "seal", {"letter.txt", "a.txt"})


def test_a_wrong_pin_names_its_field_and_signs_nothing(bench: Bench) -> None:
    if bench.pin is None:
        return  # nobody here is asked for a PIN: the card's own program asks, or the service's own app
    signer = bench.make("mayor", HASHES)
    with pytest.raises(Invalid) as refusal:
        signer.sign(HASHES, pin="0000", at=clock.now())
    assert set(refusal.value.fields) == {"pin"}
    assert all(isinstance(each, bytes) for each in signer.sign(HASHES, pin=bench.pin, at=clock.now()))


@pytest.mark.parametrize(
    ("moved", "reason"),
    [(timedelta(days=1000), "signing.certificate_expired"), (timedelta(days=-500), "signing.certificate_not_yet")],
)
def test_a_certificate_out_of_its_days_does_not_sign(bench: Bench, moved: timedelta, reason: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        bench.make("mayor", HASHES).sign(HASHES, pin=bench.pin or "", at=clock.now() + moved)
    assert refusal.value.message == reason


def test_nothing_asked_is_nothing_signed(bench: Bench) -> None:
    assert bench.make("mayor", []).sign([], pin=bench.pin or "", at=clock.now()) == []


def test_neither_pin_nor_key_is_kept_or_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("pyhanko").setLevel(logging.DEBUG)  # at its most talkative
    try:
        signer = bench.make("rsa", HASHES)
        signer.sign(HASHES, pin=bench.pin or "", at=clock.now())
        if bench.pin:
            with pytest.raises(EdmsError) as refusal:
                signer.sign(HASHES, pin=bench.pin + "wrong", at=clock.now())
            assert bench.pin not in repr(refusal.value) + str(refusal.value) + repr(refusal.value.values)
    finally:
        logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    kept = repr(vars(signer)).encode() + caplog.text.encode()
    for secret in [*signers.key_bytes("rsa"), *([bench.pin.encode()] if bench.pin else [])]:
        assert secret not in kept


def _told(signature: object, kind: str) -> object:
    assert isinstance(signature, bytes), signature
    attributes = cms.ContentInfo.load(signature)["content"]["signer_infos"][0]["signed_attrs"]
    return next((a["values"][0].native for a in attributes if a["type"].native == kind), None)
