"""Trust: the root certificates of a folder and of the national lists in it, and nothing else. No system store is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from asn1crypto import pem, x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509 import Certificate, load_der_x509_certificate

from edms.errors import EdmsError, Invalid
from edms.signing import trusted_lists

Roots = Sequence[x509.Certificate]
SUFFIXES = (".pem", ".crt", ".cer", ".der")
LONGEST_CHAIN = 8


def load(folder: Path | None, *, troubles: list[EdmsError] | None = None) -> list[x509.Certificate]:
    """The certificates in `folder` and in the folders of countries below it (PEM, also several in a file, or DER).

    A country's folder may hold national trusted lists (`*.xml`, ETSI TS 119 612) with the certificates of those who
    sign them in `list-signers/`: what such a list grants today is trusted too. No folder, no trust. A list that cannot
    be believed, or has run out, gives nothing and is named in `troubles`: it must not stop the others.
    Errors: Invalid naming the file that is no certificate.
    """
    if folder is None or not folder.is_dir():
        return []
    found = _in(folder)
    for country in sorted(each for each in folder.iterdir() if each.is_dir()):
        found += _in(country)
        signers = _in(country / "list-signers")
        for path in sorted(country.glob("*.xml")):
            try:
                found += trusted_lists.granted(path, signers)
            except Invalid as error:
                if troubles is not None:
                    troubles.append(error)
    return list({root.sha256: root for root in found}.values())


def certificates(content: bytes, name: str = "") -> list[x509.Certificate]:
    """The certificates in PEM or DER bytes."""
    try:
        ders = [der for _, _, der in pem.unarmor(content, multiple=True)] if pem.detect(content) else [content]
        loaded = [x509.Certificate.load(der) for der in ders]
        for certificate in loaded:
            certificate.subject.native  # noqa: B018  reads the structure through, which loading alone does not
    except ValueError as error:
        raise Invalid("signing.not_a_certificate", name=name) from error
    return loaded


def as_pem(roots: Roots) -> bytes:
    """The roots in one PEM text."""
    return b"".join(pem.armor("certificate", root.dump()) for root in roots)


def chain_of(certificate: x509.Certificate, others: Iterable[x509.Certificate], roots: Roots) -> list[x509.Certificate]:
    """The certificate, its issuers, and the trusted root at the end; nothing when no root is reached.

    Each is proven by the key of the next. Days and revocation are not looked at here.
    """
    trusted = {root.sha256 for root in roots}
    known = [*roots, *others]
    chain = [certificate]
    while chain[-1].sha256 not in trusted:
        issuer = next((each for each in known if each.sha256 != chain[-1].sha256 and _issued(chain[-1], each)), None)
        if issuer is None or len(chain) >= LONGEST_CHAIN:
            return []
        chain.append(issuer)
    return chain


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer.dump() != issuer.subject.dump():
        return False
    try:
        _loaded(certificate).verify_directly_issued_by(_loaded(issuer))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _loaded(certificate: x509.Certificate) -> Certificate:
    return load_der_x509_certificate(certificate.dump())


def _in(folder: Path) -> list[x509.Certificate]:
    if not folder.is_dir():
        return []
    files = [each for each in sorted(folder.iterdir()) if each.suffix.lower() in SUFFIXES]
    return [certificate for each in files for certificate in certificates(each.read_bytes(), each.name)]
