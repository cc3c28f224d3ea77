"""Finds people by the first letters of any of their names, in whatever script these are typed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.language.latin import fold_native, latin_folds
from edms.language.normal import normalise
from edms.language.scripts import script_of
from edms.staff.models import Official, Organisation
from edms.staff.organisations import administered

MOST = 10


def find_people(
    session: Session, actor: Actor, letters: str, *, organisation: Organisation | None = None, most: int = MOST
) -> list[Official]:
    """Officials of an organisation (default: the actor's own) of whom a name or post begins with each typed word.

    "ber nin", "ბერ" and "бер" all find ნინო ბერიძე. Those whose name fits stand before those whose post fits.
    """
    require(actor, Permission.PEOPLE_READ, organisation)
    wanted = organisation.organisation_id if organisation is not None else actor.organisation_id
    typed = [folds for word in letters.split() if (folds := _folds(word))]
    if not typed:
        return []
    today = clock.today(actor.time_zone)
    here = select(Official).where(
        administered(actor, Official.organisation_id),
        Official.organisation_id == wanted,
        or_(Official.left_on.is_(None), Official.left_on > today),
    )
    # An office has hundreds of people, not thousands: folding their names here is faster than keeping keys in step.
    ranked = [
        (rank, official.login, official)
        for official in session.scalars(here)
        if (rank := _rank(official, typed)) is not None
    ]
    return [official for _, _, official in sorted(ranked, key=lambda row: row[:2])[:most]]


def official_by_login(session: Session, actor: Actor, login: str) -> Official | None:
    """Who signs in with this login, in the actor's organisation or one she administers."""
    require(actor, Permission.PEOPLE_READ)
    found = select(Official).where(
        administered(actor, Official.organisation_id), Official.login == login.strip().casefold()
    )
    return session.scalar(found)


def _rank(official: Official, typed: list[frozenset[str]]) -> int | None:
    """0 when the name fits, 1 when name and post together do, None when neither."""
    named = [*_words(official.names.values()), frozenset({official.login})]
    if _fits(typed, named):
        return 0
    return 1 if _fits(typed, named + _words(official.posts.values())) else None


def _words(texts: Iterable[object]) -> list[frozenset[str]]:
    return [_folds(word) for text in texts for word in str(text).split()]


def _fits(typed: list[frozenset[str]], words: list[frozenset[str]]) -> bool:
    """Does each typed word begin another of the words?"""
    if not typed:
        return True
    first, rest = typed[0], typed[1:]
    return any(
        _begins(first, word) and _fits(rest, words[:place] + words[place + 1 :]) for place, word in enumerate(words)
    )


def _begins(typed: frozenset[str], word: frozenset[str]) -> bool:
    return any(fold.startswith(letters) for letters in typed for fold in word)


def _folds(word: str) -> frozenset[str]:
    """The spellings of a word in the letters of the key: one for a native word, several for a Latin one."""
    plain = normalise(word)
    script = script_of(plain)
    if script is None or not plain:
        return frozenset({plain} if plain else ())
    if script == "en":
        return frozenset({plain, *latin_folds(word).values()} - {""})
    return frozenset({fold_native(plain, script)} - {""})
