"""The office's own certificate authority: made once, good for this machine's names and private addresses and nothing else.

The name constraints (RFC 5280, 4.2.1.10) are the promise to those who trust it: should its key be stolen, no bank and no
ministry can be impersonated with it. Keys lie in the service's key folder, readable by the service alone.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edms import clock
from edms.https.names import Names
from edms.storage.disk import private

CERTIFICATE, KEY = "authority.crt", "authority.key"
AUTHORITY_DAYS = 3650
SERVER_DAYS = 397  # what browsers accept of a certificate
BACKDATED = timedelta(hours=1)  # the clocks of an office differ
PRIVATE = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip


class Authority:
    """An authority with its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate, self._key = certificate, key

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in groups, to be compared by eye."""
        text = self.certificate.fingerprint(SHA256()).hex().upper()
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))

    def covers(self, names: Names) -> Names:
        """Those of the names that it may vouch for."""
        held = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        hosts = {each.value for each in held if isinstance(each, x509.DNSName)}
        networks = [each.value for each in held if isinstance(each, x509.IPAddress)]
        return Names(
            tuple(host for host in names.hosts if any(host == each or host.endswith(f".{each}") for each in hosts)),
            tuple(a for a in names.addresses if any(a in network for network in networks)),  # type: ignore[operator]
        )

    def issue(self, names: Names) -> tuple[bytes, bytes]:
        """A certificate for these names with the authority's behind it, and its key: both PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [*map(x509.DNSName, names.hosts), *map(x509.IPAddress, names.addresses)]
        now = clock.now()
        made = (
            x509.CertificateBuilder()
            .subject_name(_name(names.texts[0]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now + timedelta(days=SERVER_DAYS), self.certificate.not_valid_after_utc))
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, SHA256())
        )
        chain = made.public_bytes(Encoding.PEM) + self.certificate.public_bytes(Encoding.PEM)
        return chain, _pem(key)


def make(folder: Path, names: Names, organisation: str) -> Authority:
    """Make the authority in its folder; one that is there is replaced."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    networks = [*map(ipaddress.ip_network, PRIVATE), *map(ipaddress.ip_network, names.addresses)]
    permitted = [*map(x509.DNSName, names.hosts), *map(x509.IPAddress, networks)]
    subject = _name(f"{organisation} {now:%Y}"[:64])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    write(folder / KEY, _pem(key))
    write(folder / CERTIFICATE, made.public_bytes(Encoding.PEM))
    return Authority(made, key)


def known(folder: Path) -> Authority | None:
    """The authority of the folder, if one was made and still holds."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        key = load_pem_private_key((folder / KEY).read_bytes(), None)
    except (OSError, ValueError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    return Authority(certificate, key)


def write(path: Path, raw: bytes) -> None:
    """A file for the service alone, whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    with open(beside, "wb", opener=private) as file:
        file.write(raw)
    beside.replace(path)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=not signs, crl_sign=not signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
