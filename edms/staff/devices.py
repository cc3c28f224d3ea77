"""Devices from which somebody has signed in before. Her mistakes there are counted there and nowhere else.

Waits are counted by login, so whoever knows a login can keep it waiting for ever, from anywhere, by guessing on. It keeps
out only those who come with a device that the login was never used on. A device holds a mark for each of its people;
the mark proves nothing but that, and opens nothing.
"""

from __future__ import annotations

import hmac
import secrets

from edms.access.keys import Keys

MOST = 8
"""People of one machine."""
_NONCE, _PROOF = 16, 32


def known(keys: Keys, marks: str, login: str) -> str | None:
    """Which device it is, if `login` was used on it before: the name that its mistakes are counted under."""
    for mark in marks.split(".")[:MOST]:
        nonce = mark[:_NONCE]
        if hmac.compare_digest(mark.encode(), _mark(keys, nonce, login).encode()):
            return nonce
    return None


def marked(keys: Keys, marks: str, login: str) -> str:
    """The device's marks once `login` was used on it; the newest first."""
    nonce = known(keys, marks, login) or secrets.token_hex(_NONCE // 2)
    own = _mark(keys, nonce, login)
    others = [mark for mark in marks.split(".") if len(mark) == _NONCE + _PROOF and mark != own]
    return ".".join([own, *others][:MOST])


def _mark(keys: Keys, nonce: str, login: str) -> str:
    return nonce + keys.fingerprint("device", nonce, login.casefold())[:_PROOF]
