"""Trust: the root certificates of a folder, and nothing else. No system store is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from asn1crypto import pem, x509

from edms.errors import Invalid

Roots = Sequence[x509.Certificate]


def load(folder: Path | None) -> list[x509.Certificate]:
    """The certificates in `folder` (PEM, also several in a file, or DER). No folder, no trust.

    Errors: Invalid naming the file that is no certificate.
    """
    if folder is None or not folder.is_dir():
        return []
    found: list[x509.Certificate] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in (".pem", ".crt", ".cer", ".der"):
            continue
        found += certificates(path.read_bytes(), path.name)
    return found


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
