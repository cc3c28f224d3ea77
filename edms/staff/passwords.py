"""Passwords: hashed with argon2id (RFC 9106), refused when common or about their owner. No rule asks for odd characters.

A hash takes 64 MiB for a moment, so that at most four are made at once in a process. Whether a login exists cannot be
told from the time of the answer: for an unknown one a decoy is verified.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from edms.errors import Invalid, Unavailable
from edms.language.latin import fold_native, latin_folds
from edms.language.scripts import script_of

SHORTEST = 12  # characters: NIST SP 800-63B asks for at least 8, ASVS 5.0 recommends more
LONGEST = 256
AT_ONCE = 4
WAIT_SECONDS = 10

_hasher = PasswordHasher()
_places = threading.BoundedSemaphore(AT_ONCE)
# No look-alikes (0 O, 1 l I): a generated password is read from paper or a screen and typed once.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_KEYBOARDS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "1234567890")
_LEET = str.maketrans("01345$@!", "oleassai")


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt. Errors: Unavailable when too many are being made."""
    with _place():
        return _hasher.hash(_composed(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Is it the password of the hash? None, for somebody unknown, takes as long and is never."""
    decoy = _decoy()
    try:
        with _place():
            right = _hasher.verify(password_hash or decoy, _composed(password)[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def outdated(password_hash: str) -> bool:
    """Was the hash made with weaker parameters than today's? Then it is made anew at the next sign-in."""
    return _hasher.check_needs_rehash(password_hash)


def generated() -> str:
    """A password shown once: five groups of four, 99 random bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(5))


def check(password: str, *, about: Iterable[str] = ()) -> None:
    """Refuse a password that is short, common, a walk over the keyboard, or made of the words it is `about`.

    `about` are the owner's names, login and office. Errors: Invalid on "password", saying which.
    """
    text = _composed(password)
    if len(text) < SHORTEST:
        raise Invalid(fields={"password": "staff.password_short"}, least=SHORTEST)
    if len(text) > LONGEST:
        raise Invalid(fields={"password": "staff.password_long"}, most=LONGEST)
    plain = text.casefold()
    if len(set(plain)) < 5 or _is_walk(plain):
        raise Invalid(fields={"password": "staff.password_pattern"})
    own = {word for phrase in about for word in _words(phrase.casefold()) if len(word) >= 4}
    # ნინო is typed nino as well: both are folded to the same letters.
    folded = {fold_native(word, script) for word in own if (script := script_of(word)) not in (None, "en")}
    if any(_is_made_of(spelled, folded - {""}, own_letters=6) for spelled in latin_folds(plain).values()):
        raise Invalid(fields={"password": "staff.password_own_name"})
    for spelled in (plain, plain.translate(_LEET)):
        if _is_made_of(spelled, own, own_letters=6):
            raise Invalid(fields={"password": "staff.password_own_name"})
        if _is_made_of(spelled, common() | own, own_letters=4):
            raise Invalid(fields={"password": "staff.password_common"})


@cache
def common() -> frozenset[str]:
    """Words that guessing begins with, in the languages of the office and as typed on its keyboards."""
    text = files("edms.staff").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split("\n") if line and not line.startswith("#"))


def _is_made_of(text: str, words: Iterable[str], *, own_letters: int) -> bool:
    """Is the text one or more of the words with fewer than `own_letters` letters beside them, figures not counted?"""
    rest = text
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return rest != text and sum(c.isalpha() for c in rest) < own_letters


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()


def _is_walk(plain: str) -> bool:
    """Neighbouring keys, or letters in the order of the alphabet, nearly all the way."""
    steps = sum(1 for pair in pairwise(plain) if _beside(*pair))
    return steps >= len(plain) - 3


def _beside(one: str, other: str) -> bool:
    if abs(ord(one) - ord(other)) <= 1:
        return True
    return any(one + other in row or other + one in row for row in _KEYBOARDS)


def _composed(password: str) -> str:
    # The same letters typed on another machine may come decomposed (NIST SP 800-63B 5.1.1.2).
    return unicodedata.normalize("NFKC", password)


@cache
def _decoy() -> str:
    return _hasher.hash(secrets.token_urlsafe())


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Unavailable("staff.sign_in_busy")
    try:
        yield
    finally:
        _places.release()
