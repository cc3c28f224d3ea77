"""Signers: who turns hashes into signatures. The port, what its certificates say, and a key in a file (PKCS#12).

Tokens, signing services and cards at the signer's own computer stand beside it: `tokens`, `remote`, `round_trip`.
A signer is opened with a PIN for one batch, keeps the key object no longer than that, and the PIN not at all.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from asn1crypto import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509 import Certificate

from edms.errors import EdmsError, Invalid, RuleBroken
from edms.signing.owner import Card, Owner, card_of
from edms.signing.verdicts import Form

__all__ = ["Card", "InLots", "Made", "Opened", "Pkcs12", "Signer", "card_of", "may_sign", "told_time"]

Key = RSAPrivateKey | EllipticCurvePrivateKey
Made = list[bytes | EdmsError]
"""For each hash of a batch its signature, or why there is none: what was made before a key was lost stays."""


class Signer(Protocol):
    """A key of one person or organisation, wherever it lies."""

    @property
    def card(self) -> Card | None:
        """The certificate, if it can be known without the PIN."""
        ...

    def sign(self, digests: Sequence[bytes], *, pin: str, at: datetime, form: Form = Form.PADES) -> Made:
        """For each SHA-256 of a document its CMS signature, or why it was not made.

        That within a PDF (PAdES B-B, ETSI EN 319 142-1), or with `form` CAdES that beside a file (B-B, EN 319 122-1),
        which says when it was signed. Errors: Invalid (field pin), RuleBroken when the certificate may not sign at
        `at`, Unavailable when the key cannot be reached: then nothing is signed at all.
        """
        ...


@runtime_checkable
class InLots(Protocol):
    """A signer far away or slow: it signs a pile in lots, each of which can be kept before the next is begun."""

    def lots(self, digests: Sequence[bytes], *, pin: str, form: Form = Form.PADES) -> Generator[list[bytes]]:
        """The signatures of the first hashes, of the next, and so on; each lot is made when it is asked for.

        The certificate is looked at before each lot, by the clock. Errors: those of `Signer.sign`, at the lot in which
        the reason arises: what was handed over before stays.
        """
        ...


class Pkcs12:
    """A key in a password-protected file (RFC 7292)."""

    def __init__(self, packed: bytes, card: Card | None = None) -> None:
        self._packed = packed
        self._card = card

    @property
    def card(self) -> Card | None:
        """The certificate as it was told when the key was installed; the file itself hides it."""
        return self._card

    @property
    def chain_size(self) -> int:
        """Bytes of its certificates, no less: the file holds them, and the key."""
        return len(self._packed)

    def opened(self, pin: str) -> Opened:
        """Open the file. Errors: Invalid with field pin, or saying that there is no usable key inside."""
        try:
            key, certificate, others = pkcs12.load_key_and_certificates(self._packed, pin.encode("utf-8"))
        except UnsupportedAlgorithm as error:
            raise Invalid("signing.key_unusable") from error
        except ValueError as error:
            raise Invalid("signing.wrong_pin", fields={"pin": "signing.wrong_pin"}) from error
        if certificate is None or not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
            raise Invalid("signing.key_unusable")
        return Opened(key, certificate, others)

    def sign(self, digests: Sequence[bytes], *, pin: str, at: datetime, form: Form = Form.PADES) -> Made:
        """Open once, sign all."""
        opened = self.opened(pin)
        self._card = opened.card
        may_sign(opened.card, at)
        return [opened.signature(digest, told_time(form, at)) for digest in digests]


class Opened:
    """An opened key: the key object itself, parsed once. Lives for one batch."""

    def __init__(self, key: Key, certificate: Certificate, others: Sequence[Certificate]) -> None:
        self.owner = Owner(_asn1(certificate), [_asn1(other) for other in others])
        self._key = key

    @property
    def card(self) -> Card:
        """What the certificate says."""
        return self.owner.card

    def signature(self, digest: bytes, at: datetime | None = None) -> bytes:
        """The CMS over a document's hash; with `at` over a file's."""
        return self.owner.signature(digest, self._raw, at)

    def _raw(self, to_sign: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(to_sign, PKCS1v15(), SHA256())
        return self._key.sign(to_sign, ECDSA(SHA256()))


def told_time(form: Form, at: datetime) -> datetime | None:
    """The time that a signature of this form says itself: CAdES wants one (to the second), PAdES forbids it."""
    return at.replace(microsecond=0) if form is Form.CADES else None


def may_sign(card: Card, at: datetime) -> None:
    """Refuse a certificate out of its days, or one that nobody can be asked about. Errors: RuleBroken."""
    if at > card.valid_until:
        raise RuleBroken("signing.certificate_expired", until=card.valid_until)
    if at < card.valid_from:
        raise RuleBroken("signing.certificate_not_yet", since=card.valid_from)
    if not card.can_be_asked_about:
        raise RuleBroken("signing.no_revocation_address")


def _asn1(certificate: Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))
