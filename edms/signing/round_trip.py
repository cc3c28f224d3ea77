"""A card at the signer's own computer: her browser gets the hashes, a program there signs them, the answer comes back.

Two requests with nothing kept between them: what was asked is in the offer itself, sealed by the service's own key for
one official in one sign-in, and good for a quarter of an hour. An answer is worth something only to her, only there,
only for those requests and what was on her screen. Signed already, they refuse a second answer by their state.

The offer and the answer are JSON (docs/api.md tells the fields), so that any program of any card can play along.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import pem, x509

from edms.access.keys import Keys
from edms.errors import Corrupt, EdmsError, Invalid, RuleBroken
from edms.signing.keys import Card, Made, may_sign, told_time
from edms.signing.owner import Owner
from edms.signing.verdicts import Form

LASTS = timedelta(minutes=15)
LARGEST = 1024 * 1024  # bytes of an answer
MOST_CERTIFICATES = 8
FILE = "file"
TRIAL = b"EDMS asks: does this card hold the key of this certificate? "  # no signed attributes begin so


@dataclass(frozen=True)
class Asked:
    """One signature that is asked of a card: of which request, over which document's hash, seen as what."""

    request_id: int
    name: str
    shown: bytes
    digest: bytes


@dataclass(frozen=True)
class Who:
    """Whose round trip it is: an official in one sign-in."""

    official_id: int
    sign_in_id: int

    @property
    def about(self) -> str:
        """What its state is sealed for."""
        return f"card {self.official_id} {self.sign_in_id}"


class Elsewhere:
    """A card that nobody has asked yet: known by its certificate, of no use to whoever types a PIN here."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    @property
    def card(self) -> Card:
        """The card's certificate."""
        return self._owner.card

    @property
    def chain_size(self) -> int:
        """Bytes of its certificates."""
        return self._owner.chain_size

    def sign(self, digests: Sequence[bytes], *, pin: str, at: datetime, form: Form = Form.PADES) -> Made:
        """Errors: RuleBroken always."""
        raise RuleBroken("signing.signs_with_card")


class Returned:
    """Raw signatures that came back, as a signer: each is checked against certificate and hash, one by one.

    `said` is the time that the signature of a file says: the one that the card was asked with.
    """

    def __init__(self, owner: Owner, raws: Mapping[bytes, bytes], said: datetime | None = None) -> None:
        self._owner = owner
        self._raws = raws
        self._said = said

    @property
    def card(self) -> Card:
        """The card's certificate."""
        return self._owner.card

    def sign(self, digests: Sequence[bytes], *, pin: str, at: datetime, form: Form = Form.PADES) -> Made:
        """What the card gave for each hash. There is no PIN: the card's own program asked for it."""
        may_sign(self.card, at)
        return [self._one(digest, form) for digest in digests]

    def _one(self, digest: bytes, form: Form) -> bytes | EdmsError:
        raw = self._raws.get(digest)
        if raw is None:
            return RuleBroken("signing.card_gave_none")
        try:
            return self._owner.cms(digest, raw, self._said if form is Form.CADES else None)
        except RuleBroken as error:
            return error


@dataclass(frozen=True)
class Answer:
    """What came back: for which requests, what had been shown of each, and the signer over it."""

    request_ids: tuple[int, ...]
    shown: dict[int, bytes]
    signer: Returned


def offer(owner: Owner, asked: Sequence[Asked], who: Who, *, at: datetime, keys: Keys) -> dict[str, Any]:
    """What the card is asked to sign, for the browser. Errors: RuleBroken when the certificate may not sign today."""
    may_sign(owner.card, at)
    listed = [[each.request_id, each.shown.hex(), each.digest.hex()] for each in asked]
    items = [(str(each.request_id), each.name, owner.to_sign(each.digest)) for each in asked]
    return _offer(owner, items, {"asked": listed}, who, at, keys)


def answered(told: object, owner: Owner, who: Who, *, at: datetime, keys: Keys) -> Answer:
    """The answer to an offer. Errors: Invalid when it is none; RuleBroken when it is late, somebody else's, or another card's."""
    state, signatures = _opened(told, owner, who, at, keys)
    asked = [(int(i), bytes.fromhex(shown), bytes.fromhex(digest)) for i, shown, digest in state.get("asked", ())]
    raws = {digest: signatures[str(i)] for i, _, digest in asked if str(i) in signatures}
    if not raws:
        raise RuleBroken("signing.card_gave_none")
    ids = tuple(i for i, _, digest in asked if digest in raws)
    return Answer(ids, {i: shown for i, shown, _ in asked}, Returned(owner, raws))


def offer_file(owner: Owner, name: str, digest: bytes, who: Who, *, at: datetime, keys: Keys) -> dict[str, Any]:
    """The same for one file that is signed beside itself (CAdES): what the card signs says the time `at`."""
    may_sign(owner.card, at)
    said = told_time(Form.CADES, at) or at
    state = {"file": digest.hex(), "said": said.isoformat()}
    return _offer(owner, [(FILE, name, owner.to_sign(digest, said))], state, who, at, keys)


def answered_file(told: object, owner: Owner, digest: bytes, who: Who, *, at: datetime, keys: Keys) -> Returned:
    """The signer over the answer for this file. Errors: as of `answered`; RuleBroken when another file was offered."""
    state, signatures = _opened(told, owner, who, at, keys)
    if FILE not in signatures:
        raise RuleBroken("signing.card_gave_none")
    if state.get("file") != digest.hex():
        raise RuleBroken("signing.card_other_file")
    return Returned(owner, {digest: signatures[FILE]}, datetime.fromisoformat(state["said"]))


def trial(owner: Owner, who: Who, *, at: datetime, keys: Keys) -> dict[str, Any]:
    """An offer that proves that a card holds the key of a certificate, before it is chosen."""
    may_sign(owner.card, at)
    data = TRIAL + hashlib.sha256(f"{who.about} {at.isoformat()}".encode() + owner.certificate.dump()).digest()
    chain = [_text(each.dump()) for each in owner.chain]
    return _offer(owner, [("trial", "", data)], {"trial": _text(data), "chain": chain}, who, at, keys)


def proven(told: object, who: Who, *, at: datetime, keys: Keys) -> Owner:
    """The certificate whose key answered a trial. Errors: as of `answered`."""
    owner = Owner(_certificate(_field(told, "certificate")))
    state, signatures = _opened(told, owner, who, at, keys)
    if "trial" not in state or "trial" not in signatures:
        raise RuleBroken("signing.card_gave_none")
    owner.verified(base64.b64decode(state["trial"]), signatures["trial"])
    return Owner(owner.certificate, [_certificate(each) for each in state["chain"]])


def certificates(raw: bytes) -> Owner:
    """Her certificate and those that issued it, from a file (PEM or DER). Errors: Invalid (field certificate)."""
    wrong = Invalid(fields={"certificate": "signing.card_no_certificate"})
    if not raw or len(raw) > LARGEST:
        raise wrong
    try:
        parts = [der for _, _, der in pem.unarmor(raw, multiple=True)] if pem.detect(raw) else [raw]
        found = [_parsed(der) for der in parts[:MOST_CERTIFICATES]]
    except (ValueError, TypeError) as error:
        raise wrong from error
    own = [each for each in found if not each.ca] or found
    if len(own) != 1:
        raise wrong
    return Owner(own[0], [each for each in found if each is not own[0]])


def _offer(
    owner: Owner, items: Sequence[tuple[str, str, bytes]], state: dict[str, Any], who: Who, at: datetime, keys: Keys
) -> dict[str, Any]:
    until = (at + LASTS).isoformat()
    bound = {**state, "until": until, "certificate": owner.card.fingerprint}
    return {
        "version": 1,
        "until": until,
        "certificate": _text(owner.certificate.dump()),
        "hash_algorithm": "SHA-256",
        "signature_algorithm": "RSASSA-PKCS1-v1_5" if owner.is_rsa else "ECDSA",
        "items": [
            {"item": item, "name": name, "data": _text(data), "hash": _text(hashlib.sha256(data).digest())}
            for item, name, data in items
        ],
        "state": _text(keys.seal(json.dumps(bound).encode(), about=who.about)),
    }


def _opened(told: object, owner: Owner, who: Who, at: datetime, keys: Keys) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The sealed state and the raw signatures by item."""
    try:
        state = json.loads(keys.unseal(_raw(_field(told, "state")), about=who.about))
    except Corrupt:
        raise RuleBroken("signing.card_other_visit") from None
    if at > datetime.fromisoformat(state["until"]):
        raise RuleBroken("signing.card_too_late")
    brought = _certificate(_field(told, "certificate"))
    if not brought.sha256.hex() == state["certificate"] == owner.card.fingerprint:
        raise RuleBroken("signing.card_other_card")
    listed = told.get("signatures") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        raise _NONE
    return state, {str(_field(each, "item")): _raw(_field(each, "signature")) for each in listed}


_NONE = Invalid("signing.card_not_an_answer", fields={"answer": "signing.card_not_an_answer"})


def _field(told: object, name: str) -> str:
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, str):
        raise _NONE
    return value


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _NONE from error


def _certificate(text: str) -> x509.Certificate:
    try:
        return _parsed(_raw(text))
    except (ValueError, TypeError) as error:
        raise _NONE from error


def _parsed(der: bytes) -> x509.Certificate:
    """Parsed whole, so that nothing in it surprises later. Errors: ValueError, TypeError."""
    made = x509.Certificate.load(der)
    _ = made.native
    return made


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
