"""Making the demo's authority once in its folder; doing it again adds people and changes nobody's certificate."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import pem
from certomancer.registry import (
    ArchLabel,
    CertLabel,
    CertomancerConfig,
    PKIArchitecture,
)
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from edms import clock
from edms.demo.authority.plan import NAME, Holder, keys, plan

BEGAN = timedelta(days=400)  # before the first day of the demo's past


class Authority:
    """A made authority: where its parts lie and what they open with."""

    def __init__(self, folder: Path, address: str, since: datetime, holders: list[Holder]) -> None:
        self.folder = folder
        self.address = address.rstrip("/")
        self.since = since
        self.holders = holders

    @property
    def trust_dir(self) -> Path:
        """The folder with the root alone: what `EDMS_TRUST_DIR` is set to."""
        return self.folder / "trust"

    @property
    def tsa_url(self) -> str:
        """Address of the time stamps: what `EDMS_TSA_URL` is set to."""
        return f"{self.address}/{NAME}/tsa/tsa"

    @property
    def roots(self) -> list[bytes]:
        """The trust roots as DER."""
        return [self.certificate("root")]

    def certificate(self, code: str) -> bytes:
        """A certificate as DER: a holder's, or root, issuing, ocsp, tsa."""
        return (self.folder / "certificates" / f"{code}.crt").read_bytes()

    def pkcs12(self, code: str) -> Path:
        """The PKCS#12 of a holder."""
        return self.folder / "people" / f"{code}.p12"

    def pin(self, code: str) -> str:
        """What a holder's PKCS#12 opens with."""
        return next(holder.pin for holder in self.holders if holder.code == code)

    def architecture(self) -> PKIArchitecture:
        """The authority at work, read from its folder."""
        config = CertomancerConfig(
            plan(self.holders, since=self.since, address=self.address),
            key_search_dir=str(self.folder),
            config_search_dir=str(self.folder),
        )
        return config.get_pki_arch(ArchLabel(NAME))


def make(
    data_dir: Path,
    people: Iterable[Holder],
    base_url: str,
    *,
    since: datetime | None = None,
) -> Authority:
    """Make the authority under `data_dir`/authority, or add the people it does not know yet.

    `base_url` goes into the certificates: it must be where `serve` will listen. An authority that was made for
    another address keeps the old one, since certificates cannot be changed; the caller listens there.
    """
    folder = data_dir / "authority"
    for part in ("", "keys", "certificates", "people", "trust"):
        (folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    known = open_authority(data_dir)
    authority = known or Authority(folder, base_url, since or clock.now().replace(microsecond=0) - BEGAN, [])
    codes = {holder.code for holder in authority.holders}
    fresh = [holder for holder in people if holder.code not in codes]
    if known is None or fresh:
        authority.holders = [*authority.holders, *fresh]
        _issue(authority)
        _save(authority)
    return authority


def open_authority(data_dir: Path) -> Authority | None:
    """The authority made earlier under `data_dir`, if there is one."""
    state = data_dir / "authority" / "authority.json"
    if not state.exists():
        return None
    told = json.loads(state.read_text(encoding="utf-8"))
    holders = [Holder(**holder) for holder in told["holders"]]
    return Authority(state.parent, told["address"], datetime.fromisoformat(told["since"]), holders)


def revoke(authority: Authority, code: str, *, at: datetime | None = None) -> None:
    """Revoke a holder's certificate; a serving authority tells it from the next question on."""
    when = (at or clock.now()).replace(microsecond=0).isoformat()
    authority.holders = [replace(h, revoked_at=when) if h.code == code else h for h in authority.holders]
    _save(authority)


def _issue(authority: Authority) -> None:
    folder = authority.folder
    for code in keys(authority.holders):
        path = folder / "keys" / f"{code}.pem"
        if not path.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            _write(
                path,
                key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            )
    # Issued certificates are read back from their files, since a certificate signed anew would be another one.
    described = copy.deepcopy(plan(authority.holders, since=authority.since, address=authority.address))
    for code, spec in described["pki-architectures"][NAME]["certs"].items():
        if not (folder / "certificates" / f"{code}.crt").exists():
            del spec["certificate-file"]
    config = CertomancerConfig(described, key_search_dir=str(folder), config_search_dir=str(folder))
    pki = config.get_pki_arch(ArchLabel(NAME))
    for code in keys(authority.holders):
        _write_once(
            folder / "certificates" / f"{code}.crt",
            pki.get_cert(CertLabel(code)).dump(),
        )
    _write_once(
        folder / "trust" / "demo-root.pem",
        pem.armor("certificate", authority.certificate("root")),
    )
    for holder in authority.holders:
        packed = pki.package_pkcs12(CertLabel(holder.code), password=holder.pin.encode())
        _write_once(authority.pkcs12(holder.code), packed)


def _save(authority: Authority) -> None:
    told = {
        "address": authority.address,
        "since": authority.since.isoformat(),
        "holders": [holder.as_dict() for holder in authority.holders],
    }
    path = authority.folder / "authority.json"
    _write(
        path.with_suffix(".new"),
        json.dumps(told, ensure_ascii=False, indent=1).encode(),
    )
    os.replace(path.with_suffix(".new"), path)


def _write_once(path: Path, content: bytes) -> None:
    if not path.exists():
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
