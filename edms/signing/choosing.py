"""Looking at a key before it is chosen: it is there, it is its certificate's, and that certificate may sign today."""

from __future__ import annotations

from edms import clock
from edms.errors import Invalid
from edms.signing.devices import Devices
from edms.signing.key_folder import Held, Kind, token_place
from edms.signing.keys import Pkcs12, may_sign
from edms.signing.owner import Owner
from edms.signing.remote import Remote
from edms.signing.tokens import Token

LARGEST = 256 * 1024  # bytes: a key with its chain has a few kilobytes
LONGEST = 200


def from_file(packed: bytes, pin: str) -> Held:
    """A PKCS#12. Errors: Invalid (field pin or file), RuleBroken."""
    if not packed or len(packed) > LARGEST:
        raise Invalid(fields={"file": "signing.key_file_size"})
    try:
        owner = Pkcs12(packed).opened(pin).owner
    except Invalid as error:
        # Named at its field: without one it is the file that cannot be used, not the PIN.
        raise error if error.fields else Invalid(fields={"file": error.message}) from None
    return Held(Kind.FILE, _usable(owner), packed=packed)


def from_token(devices: Devices, device: str, token: str, key: str, pin: str) -> Held:
    """A key of a token: `token` is its label or serial, `key` the key's label, either empty where there is one only.

    Errors: Invalid (field pin, key or token), RuleBroken, Unavailable.
    """
    _short(token=token, key=key)
    place = {"device": device, "token": token, "key": key}
    try:
        owner = Token(token_place(devices, place)).look(pin)
    except Invalid as error:
        raise error if error.fields else Invalid(fields={"key": error.message}) from None
    return Held(Kind.TOKEN, _usable(owner), place)


def from_service(devices: Devices, device: str, credential: str) -> Held:
    """A credential of a signing service; asked for without any PIN. Errors: Invalid (field credential), RuleBroken, Unavailable."""
    if not credential:
        raise Invalid(fields={"credential": "field.missing"})
    _short(credential=credential)
    owner = Remote(devices.service(device), credential).look()
    return Held(Kind.SERVICE, _usable(owner), {"device": device, "credential": credential})


def from_card(owner: Owner) -> Held:
    """A card at her own computer, whose answer to a trial was seen to be its certificate's. Errors: RuleBroken."""
    return Held(Kind.CARD, _usable(owner))


def _usable(owner: Owner) -> Owner:
    may_sign(owner.card, clock.now())
    _ = owner.key  # of a kind that we can check
    return owner


def _short(**fields: str) -> None:
    long = {name: "registry.text_too_long" for name, text in fields.items() if len(text) > LONGEST}
    if long:
        raise Invalid(fields=long)
