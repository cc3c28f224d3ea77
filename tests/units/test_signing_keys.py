"""Keys: opened by their PIN only, for certificates that may sign, kept where no dump of the database reaches."""

from __future__ import annotations

import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from edms import clock
from edms.errors import Invalid, NotFound, RuleBroken
from edms.signing.key_folder import KeyFolder
from edms.signing.keys import Pkcs12
from tests import signatures as s

HASH = bytes(range(32))


def test_wrong_pin_names_its_field_and_signs_nothing() -> None:
    with pytest.raises(Invalid) as refusal:
        s.signer().sign([HASH], pin="wrong", at=clock.now())
    assert refusal.value.fields == {"pin": "signing.wrong_pin"}


def test_one_opening_signs_all_and_each_signature_is_of_its_own_hash() -> None:
    hashes = [bytes([n]) * 32 for n in range(5)]
    made = s.signer().sign(hashes, pin=s.PIN, at=clock.now())
    told = [_signed_attribute(each, "message_digest") for each in made]
    assert told == hashes


def test_signing_certificate_is_among_the_signed_attributes_and_signing_time_is_not() -> None:
    (made,) = s.signer().sign([HASH], pin=s.PIN, at=clock.now())
    assert _signed_attribute(made, "signing_certificate_v2") is not None
    assert _signed_attribute(made, "signing_time") is None


@pytest.mark.parametrize(
    ("moved", "reason"),
    [(timedelta(days=1000), "signing.certificate_expired"), (timedelta(days=-500), "signing.certificate_not_yet")],
)
def test_certificate_out_of_its_days_does_not_sign(moved: timedelta, reason: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        s.signer().sign([HASH], pin=s.PIN, at=clock.now() + moved)
    assert refusal.value.message == reason
    (day,) = refusal.value.values.values()
    assert isinstance(day, datetime) and day.tzinfo is not None  # told where the reader is


def test_certificate_nobody_can_be_asked_about_does_not_sign() -> None:
    with pytest.raises(RuleBroken) as refusal:
        s.signer("nobody").sign([HASH], pin=s.PIN, at=clock.now())
    assert refusal.value.message == "signing.no_revocation_address"


def test_rsa_keys_sign_too() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    packed = _packed(key, BestAvailableEncryption(b"1234"))
    opened = Pkcs12(packed).opened("1234")
    signer = cms.ContentInfo.load(opened.signature(HASH))["content"]["signer_infos"][0]
    key.public_key().verify(signer["signature"].native, signer["signed_attrs"].untag().dump(), PKCS1v15(), SHA256())


def test_what_holds_no_key_is_refused() -> None:
    with pytest.raises(Invalid):
        Pkcs12(b"not a key").opened("1234")


def test_installed_keys_are_for_the_service_alone_and_tell_their_card_without_a_pin(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "signers")
    with pytest.raises(NotFound):
        keys.signer(7)
    card = keys.install(7, s.authority().pkcs12("mayor").read_bytes(), pin=s.PIN)
    assert keys.card(7) == card == keys.signer(7).card
    assert card.name == s.MAYOR.name and card.can_be_asked_about
    for path in [tmp_path / "signers", *(tmp_path / "signers").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert not any(s.PIN.encode() in path.read_bytes() for path in (tmp_path / "signers").iterdir())
    keys.remove(7)
    assert keys.card(7) is None


def test_a_key_is_not_installed_with_a_wrong_pin(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    with pytest.raises(Invalid):
        keys.install(7, s.authority().pkcs12("mayor").read_bytes(), pin="wrong")
    assert keys.card(7) is None


def _signed_attribute(signature: bytes, kind: str) -> object:
    attributes = cms.ContentInfo.load(signature)["content"]["signer_infos"][0]["signed_attrs"]
    return next((a["values"][0].native for a in attributes if a["type"].native == kind), None)


def _packed(key: rsa.RSAPrivateKey, encryption: BestAvailableEncryption | NoEncryption) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "RSA")])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    return pkcs12.serialize_key_and_certificates(None, key, certificate, None, encryption)
