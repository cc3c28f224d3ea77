"""Where officials' PKCS#12 files lie: in the keys folder, never in the database, so that no dump holds a key.

Beside each lies what its certificate says, told when the key was installed with its PIN; the file itself stays shut.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from edms.errors import NotFound
from edms.signing.keys import Card, Pkcs12, Signer


class KeyFolder:
    """The signers of this installation, by official."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def install(self, official_id: int, packed: bytes, *, pin: str) -> Card:
        """Take in an official's PKCS#12, replacing an earlier one. The PIN is used once, to look inside, and forgotten.

        Errors: Invalid (field pin) when it does not open, or holds no key to sign with.
        """
        card = Pkcs12(packed).opened(pin).card
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = {name: _plain(value) for name, value in asdict(card).items()}
        _write(self._path(official_id, "json"), json.dumps(told, ensure_ascii=False).encode())
        _write(self._path(official_id, "p12"), packed)
        return card

    def signer(self, official_id: int) -> Signer:
        """The official's signer. Errors: NotFound when she has no key here."""
        path = self._path(official_id, "p12")
        if not path.is_file():
            raise NotFound("signing.no_key")
        return Pkcs12(path.read_bytes(), self.card(official_id))

    def card(self, official_id: int) -> Card | None:
        """What the official's certificate says, without any PIN; None when she has no key here."""
        path = self._path(official_id, "json")
        if not path.is_file():
            return None
        told = json.loads(path.read_text(encoding="utf-8"))
        for name in ("valid_from", "valid_until"):
            told[name] = datetime.fromisoformat(told[name])
        return Card(**told)

    def remove(self, official_id: int) -> None:
        """Take the official's key away; taking away what is not there is no error."""
        for suffix in ("p12", "json"):
            self._path(official_id, suffix).unlink(missing_ok=True)

    def _path(self, official_id: int, suffix: str) -> Path:
        return self._folder / f"{official_id:d}.{suffix}"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, path)
