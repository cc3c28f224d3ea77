"""A signing certificate with its chain: what it says of its owner, what its key is given to sign, and the CMS of that.

All signers share this. The key sees the signed attributes of one document only, and whatever it answers is checked
against the certificate before it becomes a signature: a wrong token, a service that errs and a forged answer all stop
here. Nothing is remembered between asking and answering: the attributes follow from hash and certificate, and for a
file beside its signature from the time that it says (CAdES wants one, PAdES forbids it), so a round trip through
somebody else's machine needs no state of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from asn1crypto import x509
from asn1crypto.algos import DSASignature
from asn1crypto.core import ObjectIdentifier
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_cms import Signer as CmsSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from edms.errors import EdmsError, Invalid, RuleBroken
from edms.signing.container import HASH

_FOR_SEALS = "0.4.0.1862.1.6.2"
_QC_TYPES = ("0.4.0.1862.1.6.1", _FOR_SEALS, "0.4.0.1862.1.6.3")  # signatures, seals, web sites (EN 319 412-5, 4.2.3)


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
    seal: bool = False  # an organisation's, not a person's


class Owner:
    """A certificate whose key signs, and the certificates that lead to its root."""

    def __init__(self, certificate: x509.Certificate, chain: Sequence[x509.Certificate] = ()) -> None:
        self.certificate = certificate
        self.chain = list(chain)

    @cached_property
    def card(self) -> Card:
        """What the certificate says."""
        return card_of(self.certificate)

    @property
    def chain_size(self) -> int:
        """Bytes of all its certificates."""
        return sum(len(each.dump()) for each in (self.certificate, *self.chain))

    @cached_property
    def key(self) -> RSAPublicKey | EllipticCurvePublicKey:
        """The public key. Errors: Invalid when it is neither RSA nor of an elliptic curve."""
        try:
            key = load_der_public_key(self.certificate.public_key.dump())
        except ValueError as error:
            raise Invalid("signing.key_unusable") from error
        if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
            raise Invalid("signing.key_unusable")
        return key

    @property
    def is_rsa(self) -> bool:
        """RSA (PKCS#1 v1.5), or ECDSA: with SHA-256 both."""
        return isinstance(self.key, RSAPublicKey)

    def to_sign(self, digest: bytes, at: datetime | None = None) -> bytes:
        """What the key signs for a document's hash: its signed attributes as DER, always the same for the same three."""
        signer = _Asking(self, self._known, bytes)
        told = PdfCMSSignedAttributes(signing_time=at)
        attributes = signer.signed_attrs(digest, HASH, attr_settings=told, use_pades=True, is_pdf_sig=at is None)
        made: bytes = asyncio.run(attributes).dump()
        return made

    def signature(self, digest: bytes, raw: Callable[[bytes], bytes], at: datetime | None = None) -> bytes:
        """The CMS over a document's hash; `raw` asks the key, with what `to_sign` gives.

        The signing certificate is among the signed attributes (RFC 5035). With `at` the signing time is too: CAdES
        wants it, PAdES forbids it. Errors: RuleBroken when the answer is not this certificate's; those of `raw`.
        """
        signer = _Asking(self, self._known, raw)
        told = PdfCMSSignedAttributes(signing_time=at)
        signing = signer.async_sign(digest, HASH, use_pades=True, is_pdf_sig=at is None, signed_attr_settings=told)
        made: bytes = asyncio.run(signing).dump()
        return made

    def cms(self, digest: bytes, raw: bytes, at: datetime | None = None) -> bytes:
        """The CMS of a raw signature that was made elsewhere. Errors: RuleBroken when it is not this certificate's."""
        return self.signature(digest, lambda _: raw, at)

    def verified(self, signed: bytes, raw: bytes) -> bytes:
        """A raw signature over `signed`, ECDSA's two numbers written as CMS wants them. Errors: RuleBroken."""
        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(raw, signed, PKCS1v15(), SHA256())
                return raw
            half = (self.key.key_size + 7) // 8
            if len(raw) == 2 * half:  # as cards and PKCS#11 give them: one beside the other
                plain = DSASignature.from_p1363(raw).dump()
                if _holds(self.key, plain, signed):
                    return bytes(plain)
            self.key.verify(raw, signed, ECDSA(SHA256()))
        except (InvalidSignature, ValueError) as error:
            raise RuleBroken("signing.returned_wrong") from error
        return raw

    @cached_property
    def _known(self) -> SimpleCertificateStore:
        known = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        known.register_multiple(self.chain)
        return known


class Elsewhere:
    """A key that lies outside the house: known by its owner's certificate as it was when the key was chosen."""

    def __init__(self, owner: Owner | None) -> None:
        self._owner = owner

    @property
    def card(self) -> Card | None:
        """The certificate as it was told when the key was chosen."""
        return self._owner.card if self._owner else None

    @property
    def chain_size(self) -> int:
        """Bytes of its certificates."""
        return self._owner.chain_size if self._owner else 0


def together(lots: Iterator[list[bytes]], digests: Sequence[bytes]) -> list[bytes | EdmsError]:
    """The lots of a batch in one list: what was made before a key was lost stays, the rest says why.

    Errors: the reason itself when nothing was made.
    """
    made: list[bytes | EdmsError] = []
    try:
        for lot in lots:
            made += lot
    except EdmsError as error:
        if not made:
            raise
        return [*made, *([error] * (len(digests) - len(made)))]
    return made


class _Asking(CmsSigner):
    """pyHanko's signer over any key. Its own for files parses the key again for every signature (250 ms of RSA)."""

    def __init__(self, owner: Owner, known: SimpleCertificateStore, raw: Callable[[bytes], bytes]) -> None:
        super().__init__(signing_cert=owner.certificate, cert_registry=known, embed_roots=False)
        self._owner, self._raw = owner, raw

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self._owner.verified(data, self._raw(data))


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
        seal=is_seal(certificate),
    )


def is_seal(certificate: x509.Certificate) -> bool:
    """Is it an organisation's? By what it says of itself (EN 319 412-5, 4.2.3), else by its subject's form.

    A legal person has an organisation's identifier and no name of a natural person (EN 319 412-3, 4.2.1), or, where
    neither stands there, the organisation's own name for its common name.
    """
    kinds = _qualified_for(certificate)
    if kinds:
        return kinds == {_FOR_SEALS}
    subject = certificate.subject.native
    if any(subject.get(part) for part in ("given_name", "surname", "pseudonym")):
        return False
    organisation = _text(subject.get("organization_name"))
    named = bool(organisation) and _text(subject.get("common_name")) == organisation
    return bool(subject.get("organization_identifier")) or named


def _qualified_for(certificate: x509.Certificate) -> set[str]:
    """What its issuer says the certificate is for: the object identifiers of QcType."""
    for extension in certificate["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted == "1.3.6.1.5.5.7.1.3":  # qcStatements, RFC 3739
            told = extension["extn_value"].contents
            return {kind for kind in _QC_TYPES if ObjectIdentifier(kind).dump() in told}
    return set()


def _holds(key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value) if value else None
