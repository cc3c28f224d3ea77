"""Keys that lie in a token or a hardware module (PKCS#11): a card in the server's reader, a module in its rack.

A token counts wrong PINs and locks itself, often for good. The try that could lock it is therefore never made from
here, and a token is logged in to by one batch at a time: a log-in counts for the whole process, so that a second
official would find it open whatever PIN she typed.
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pkcs11
from asn1crypto import x509
from asn1crypto.algos import DigestInfo
from pkcs11 import Attribute, Mechanism, ObjectClass, PKCS11Error, TokenFlag

from edms import clock
from edms.errors import EdmsError, Invalid, RuleBroken, Unavailable
from edms.signing.keys import Made, may_sign, told_time
from edms.signing.owner import Elsewhere, Owner, together
from edms.signing.verdicts import Form

LOT = 20
WAIT = 20.0  # seconds for another batch on the same token
WRONG_PIN = "signing.wrong_token_pin"
_IN_USE: defaultdict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class Place:
    """Where a key lies: the library of the token's maker, the token by label or serial (or both), the key's label."""

    library: Path
    token: str = ""
    serial: str = ""
    key: str = ""


@dataclass(frozen=True)
class Seen:
    """A token that a library shows now."""

    label: str
    serial: str
    maker: str


class Token(Elsewhere):
    """A key in a token. `owner` is its certificate as it was when the key was chosen."""

    def __init__(self, place: Place, owner: Owner | None = None) -> None:
        self._place = place
        super().__init__(owner)

    def look(self, pin: str) -> Owner:
        """The certificate of the key and those beside it, seen to belong to the key by a signature over nothing of worth.

        Errors: as of `sign`; Invalid (field key) when there is no such key, or no certificate for it.
        """
        with self._opened(pin) as session:
            key = self._key(session)
            owner = _owner(session, key)
            trial = b"EDMS: does this key belong to this certificate?"
            owner.verified(trial, _raw(owner, key, trial, pin))
        return owner

    def sign(self, digests: Sequence[bytes], *, pin: str, at: datetime, form: Form = Form.PADES) -> Made:
        """One session for all of them, closed at its end."""
        return together(self._lots(digests, pin, lambda: at, form), digests)

    def lots(self, digests: Sequence[bytes], *, pin: str, form: Form = Form.PADES) -> Generator[list[bytes]]:
        """The same in lots of a size of ours: a card takes a second and more for each signature."""
        return self._lots(digests, pin, clock.now, form)

    def _lots(
        self, digests: Sequence[bytes], pin: str, now: Callable[[], datetime], form: Form
    ) -> Generator[list[bytes]]:
        if self._owner is None:
            self._owner = self.look(pin)
        owner = self._owner
        may_sign(owner.card, now())
        with self._opened(pin) as session:
            key = self._key(session)

            def raw(to_sign: bytes) -> bytes:
                try:
                    return _raw(owner, key, to_sign, pin)
                except PKCS11Error as error:
                    raise Unavailable("signing.token_gone") from error

            for start in range(0, len(digests), LOT):
                made: list[bytes] = []
                at = now()
                try:
                    may_sign(owner.card, at)
                    for digest in digests[start : start + LOT]:
                        made.append(owner.signature(digest, raw, told_time(form, at)))
                except EdmsError:
                    if made:
                        yield made
                    raise
                yield made

    @contextmanager
    def _opened(self, pin: str) -> Iterator[Any]:
        place = self._place
        lock = _IN_USE[str(place.library), place.token, place.serial]
        if not lock.acquire(timeout=WAIT):
            raise Unavailable("signing.token_busy")
        try:
            with _logged_in(_token(place), pin) as session:
                yield session
        except PKCS11Error as error:
            raise Unavailable("signing.token_gone") from error
        finally:
            lock.release()

    def _key(self, session: Any) -> Any:
        label = {"label": self._place.key} if self._place.key else {}
        try:
            return session.get_key(object_class=ObjectClass.PRIVATE_KEY, **label)
        except pkcs11.NoSuchKey as error:
            raise Invalid("signing.no_such_key", fields={"key": "signing.no_such_key"}) from error
        except pkcs11.MultipleObjectsReturned as error:
            raise Invalid("signing.several_keys", fields={"key": "signing.several_keys"}) from error


def seen(library: Path) -> list[Seen]:
    """The tokens in a library's readers now. Errors: Unavailable when the library cannot be used."""
    try:
        return [
            Seen(_plain(token.label), _serial(token), _plain(token.manufacturer_id))
            for token in _library(library).get_tokens()
        ]
    except PKCS11Error as error:
        raise Unavailable("signing.token_library_silent", library=library.name) from error


def _library(path: Path) -> Any:
    try:
        return pkcs11.lib(str(path))
    except (PKCS11Error, OSError) as error:
        raise Unavailable("signing.token_library_silent", library=path.name) from error


def _token(place: Place) -> Any:
    found = [
        token
        for token in _library(place.library).get_tokens()
        if (not place.token or _plain(token.label) == place.token)
        and (not place.serial or _serial(token) == place.serial)
    ]
    if not found:
        raise Unavailable("signing.token_missing")
    if len(found) > 1:
        raise Invalid("signing.several_tokens", fields={"token": "signing.several_tokens"})
    return found[0]


def _logged_in(token: Any, pin: str) -> Any:
    """A session. The token's own word on how many tries are left is heard before the PIN is given to it."""
    if token.flags & TokenFlag.USER_PIN_LOCKED:
        raise RuleBroken("signing.token_locked")
    if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
        raise RuleBroken("signing.token_last_try")
    if not pin:
        raise Invalid("signing.wrong_pin", fields={"pin": "signing.wrong_pin"})
    try:
        return token.open(user_pin=pin)
    except pkcs11.PinLocked as error:
        raise RuleBroken("signing.token_locked") from error
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
        raise Invalid(WRONG_PIN, fields={"pin": WRONG_PIN}) from error


def _raw(owner: Owner, key: Any, to_sign: bytes, pin: str) -> bytes:
    """A raw signature: hashed here, so that a slow card gets 32 bytes, and that mechanisms suffice which all have."""
    digest = hashlib.sha256(to_sign).digest()
    # Keys of qualified cards want the PIN again for each signature.
    again = {"pin": pin} if _attribute(key, Attribute.ALWAYS_AUTHENTICATE) else {}
    if owner.is_rsa:
        info = DigestInfo({"digest_algorithm": {"algorithm": "sha256"}, "digest": digest})
        return bytes(key.sign(info.dump(), mechanism=Mechanism.RSA_PKCS, **again))
    return bytes(key.sign(digest, mechanism=Mechanism.ECDSA, **again))


def _owner(session: Any, key: Any) -> Owner:
    """The key's certificate, by the id that both bear, or by their label; the others lie beside it as its chain."""
    held = [
        (
            _attribute(each, Attribute.ID),
            _attribute(each, Attribute.LABEL),
            x509.Certificate.load(each[Attribute.VALUE]),
        )
        for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    ]
    ident, label = _attribute(key, Attribute.ID), _attribute(key, Attribute.LABEL)
    own = [c for i, _, c in held if ident and i == ident] or [c for _, name, c in held if label and name == label]
    if not own:
        raise Invalid("signing.no_certificate_beside_key", fields={"key": "signing.no_certificate_beside_key"})
    return Owner(own[0], [c for _, _, c in held if c.ca])


def _attribute(thing: Any, attribute: Attribute) -> Any:
    try:
        return thing[attribute]
    except PKCS11Error:
        return None


def _serial(token: Any) -> str:
    serial = token.serial
    return _plain(serial.decode("ascii", "replace") if isinstance(serial, bytes) else str(serial))


def _plain(text: str) -> str:
    return text.strip().strip("\x00")
