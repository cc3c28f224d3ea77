"""Signers: who turns hashes into signatures. PKCS#12 here; smart cards and remote signers have the same shape.

A signer is opened with a PIN for one batch, keeps the key object no longer than that, and the PIN not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from asn1crypto import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509 import Certificate
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_cms import Signer as CmsSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from edms.errors import Invalid, RuleBroken
from edms.signing.container import HASH

Key = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True)
class Card:
    """What a certificate says of its owner, for people and for the history."""

    name: str
    organisation: str | None
    issuer: str
    serial: str  # hexadecimal
    valid_from: datetime
    valid_until: datetime
    can_be_asked_about: bool  # names OCSP or CRL, without which B-LT is out of reach
    fingerprint: str  # SHA-256 of the certificate, hexadecimal


class Signer(Protocol):
    """A key of one person, wherever it lies."""

    @property
    def card(self) -> Card | None:
        """The certificate, if it can be known without the PIN."""
        ...

    def sign(self, digests: Sequence[bytes], *, pin: str, at: datetime) -> list[bytes]:
        """One CMS signature (PAdES B-B, ETSI EN 319 142-1) for each SHA-256 of a document.

        Errors: Invalid (field pin), RuleBroken when the certificate may not sign at `at`.
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

    def sign(self, digests: Sequence[bytes], *, pin: str, at: datetime) -> list[bytes]:
        """Open once, sign all."""
        opened = self.opened(pin)
        self._card = opened.card
        may_sign(opened.card, at)
        return [opened.signature(digest) for digest in digests]


class Opened:
    """An opened key: the key object itself, parsed once. Lives for one batch."""

    def __init__(self, key: Key, certificate: Certificate, others: Sequence[Certificate]) -> None:
        self.certificate = _asn1(certificate)
        self.chain = [_asn1(other) for other in others]
        self._signer = _Cached(key, self.certificate, self.chain)

    @property
    def card(self) -> Card:
        """What the certificate says."""
        return card_of(self.certificate)

    def signature(self, digest: bytes) -> bytes:
        """The CMS over a document's hash, with the signing certificate among its signed attributes (RFC 5035)."""
        signing = self._signer.async_sign(digest, HASH, use_pades=True, signed_attr_settings=PdfCMSSignedAttributes())
        made: bytes = asyncio.run(signing).dump()
        return made


def may_sign(card: Card, at: datetime) -> None:
    """Refuse a certificate out of its days, or one that nobody can be asked about. Errors: RuleBroken."""
    if at > card.valid_until:
        raise RuleBroken("signing.certificate_expired", until=card.valid_until.date().isoformat())
    if at < card.valid_from:
        raise RuleBroken("signing.certificate_not_yet", since=card.valid_from.date().isoformat())
    if not card.can_be_asked_about:
        raise RuleBroken("signing.no_revocation_address")


def card_of(certificate: x509.Certificate) -> Card:
    """The card of an ASN.1 certificate."""
    subject, issuer = certificate.subject.native, certificate.issuer.native
    return Card(
        name=_text(subject.get("common_name")) or certificate.subject.human_friendly,
        organisation=_text(subject.get("organization_name")),
        issuer=_text(issuer.get("common_name")) or certificate.issuer.human_friendly,
        serial=f"{certificate.serial_number:x}",
        valid_from=certificate.not_valid_before,
        valid_until=certificate.not_valid_after,
        can_be_asked_about=bool(certificate.ocsp_urls or certificate.crl_distribution_points),
        fingerprint=certificate.sha256.hex(),
    )


class _Cached(CmsSigner):
    """pyHanko's signer with the key object kept: its own parses the key again for every signature (250 ms of RSA)."""

    def __init__(self, key: Key, certificate: x509.Certificate, chain: Sequence[x509.Certificate]) -> None:
        known = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        known.register_multiple(chain)
        super().__init__(signing_cert=certificate, cert_registry=known, embed_roots=False)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), SHA256())
        return self._key.sign(data, ECDSA(SHA256()))


def _asn1(certificate: Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value) if value else None
