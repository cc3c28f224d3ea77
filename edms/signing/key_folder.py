"""What officials and organisations sign with: one file each in the keys folder, never in the database, so that no dump
holds a key. It says where the key lies (in the file itself, a token, a service, a card at her own computer) and holds
the certificate, so that nobody needs a PIN to know it. No PIN is ever in it.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from asn1crypto import x509

from edms.errors import NotFound
from edms.signing.devices import Devices
from edms.signing.keys import Card, Pkcs12, Signer
from edms.signing.owner import Owner
from edms.signing.remote import Remote
from edms.signing.round_trip import Elsewhere
from edms.signing.tokens import Place, Token


class Kind(StrEnum):
    """Where a key lies."""

    FILE = "file"
    TOKEN = "token"
    SERVICE = "service"
    CARD = "card"  # at the signer's own computer, behind her browser


@dataclass(frozen=True)
class Held:
    """A key as it was chosen. `place` names it within its device; `packed` is the file, where it is one."""

    kind: Kind
    owner: Owner
    place: Mapping[str, str] = field(default_factory=dict)
    packed: bytes = b""

    @property
    def card(self) -> Card:
        """What its certificate says."""
        return self.owner.card

    def signer(self, devices: Devices) -> Signer:
        """The signer. Errors: Unavailable when its device is listed no more."""
        if self.kind is Kind.FILE:
            return Pkcs12(self.packed, self.card)
        if self.kind is Kind.TOKEN:
            return Token(token_place(devices, self.place), self.owner)
        if self.kind is Kind.SERVICE:
            return Remote(devices.service(self.place["device"]), self.place["credential"], self.owner)
        return Elsewhere(self.owner)


class KeyFolder:
    """The keys of this installation, by official, or by organisation for seals."""

    def __init__(self, folder: Path, devices: Callable[[], Devices] = Devices) -> None:
        self._folder = folder
        self._devices = devices

    @property
    def devices(self) -> Devices:
        """Tokens and services that can be chosen now. Errors: Invalid when the operator's list cannot be read."""
        return self._devices()

    def install(self, owner_id: int, packed: bytes, *, pin: str) -> Card:
        """Take in a PKCS#12, replacing an earlier key. The PIN is used once, to look inside, and forgotten.

        Errors: Invalid (field pin) when it does not open, or holds no key to sign with.
        """
        return self.put(owner_id, Held(Kind.FILE, Pkcs12(packed).opened(pin).owner, packed=packed))

    def put(self, owner_id: int, held: Held) -> Card:
        """Keep a key that was looked at, replacing an earlier one."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = {
            "kind": held.kind.value,
            "certificate": _text(held.owner.certificate.dump()),
            "chain": [_text(each.dump()) for each in held.owner.chain],
            "place": dict(held.place),
            **({"packed": _text(held.packed)} if held.packed else {}),
        }
        _write(self._path(owner_id), json.dumps(told, ensure_ascii=False, indent=1).encode())
        return held.card

    def held(self, owner_id: int) -> Held | None:
        """The key, without any PIN; None where there is none."""
        try:
            told: dict[str, Any] = json.loads(self._path(owner_id).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        certificate, *chain = (_certificate(each) for each in (told["certificate"], *told["chain"]))
        packed = base64.b64decode(told.get("packed", ""))
        return Held(Kind(told["kind"]), Owner(certificate, chain), told["place"], packed)

    def signer(self, owner_id: int) -> Signer:
        """The signer. Errors: NotFound when there is no key here; those of `Held.signer`."""
        held = self.held(owner_id)
        if held is None:
            raise NotFound("signing.no_key")
        return held.signer(self.devices if held.kind is not Kind.FILE else Devices())

    def card(self, owner_id: int) -> Card | None:
        """What the certificate says, without any PIN; None when there is no key here."""
        held = self.held(owner_id)
        return held.card if held else None

    def remove(self, owner_id: int) -> None:
        """Take the key away; taking away what is not there is no error."""
        self._path(owner_id).unlink(missing_ok=True)

    def _path(self, owner_id: int) -> Path:
        return self._folder / f"{owner_id:d}.json"


def token_place(devices: Devices, place: Mapping[str, str]) -> Place:
    """Where a chosen token's key lies. Errors: Unavailable when its library is listed no more."""
    library = devices.token(place["device"]).library
    return Place(library, place.get("token", ""), place.get("serial", ""), place.get("key", ""))


def _certificate(text: str) -> x509.Certificate:
    return x509.Certificate.load(base64.b64decode(text))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, path)
