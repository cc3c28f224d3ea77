"""What is entered about people and offices, cleaned and checked: names in languages, logins, addresses, days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edms.errors import Invalid

LANGUAGES = ("ka", "hy", "en", "ru")
LONGEST = 300
# Latin letters, figures, dot, dash, underscore: what every keyboard in the office can type, and no two look alike.
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")
_CODE = re.compile(r"[a-z][a-z0-9-]{1,30}")
_EMAIL = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,190}\.[^\s@<>,;\".]{2,}")


def clean(text: str | None) -> str | None:
    """Composed form, no control characters (the database refuses NUL), blanks made single; empty is None."""
    if text is None:
        return None
    kept = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs")
    )
    return " ".join(unicodedata.normalize("NFC", kept).split()) or None


class Entry:
    """Collects what is wrong, field by field, so that all of it is said at once."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def names(self, field: str, given: Mapping[str, str], *, needed: bool = True) -> dict[str, str]:
        """Texts by language; unknown languages and overlong texts are refused, empty ones left out."""
        kept = {language: text for language, value in given.items() if (text := clean(value))}
        if not kept and needed:
            self.wrong[field] = "staff.name_missing"
        if not set(kept) <= set(LANGUAGES):
            self.wrong[field] = "staff.language_unknown"
        if any(len(text) > LONGEST for text in kept.values()):
            self.wrong[field] = "staff.text_too_long"
        return kept

    def text(self, field: str, given: str | None) -> str | None:
        """One line of text, or nothing."""
        kept = clean(given)
        if kept is not None and len(kept) > LONGEST:
            self.wrong[field] = "staff.text_too_long"
        return kept

    def login(self, given: str) -> str:
        """A login, folded to lower case."""
        kept = (clean(given) or "").casefold()
        if not _LOGIN.fullmatch(kept):
            self.wrong["login"] = "staff.login_letters"
        return kept

    def code(self, given: str) -> str:
        """The short Latin name of an organisation."""
        kept = (clean(given) or "").casefold()
        if not _CODE.fullmatch(kept):
            self.wrong["code"] = "staff.code_letters"
        return kept

    def email(self, given: str | None) -> str | None:
        """An e-mail address, or nothing."""
        kept = clean(given)
        if kept is not None and not _EMAIL.fullmatch(kept):
            self.wrong["email"] = "staff.email_form"
        return kept

    def language(self, given: str) -> str:
        """One of the languages of the desk."""
        if given not in LANGUAGES:
            self.wrong["language"] = "staff.language_unknown"
        return given

    def time_zone(self, given: str) -> str:
        """An IANA time zone."""
        try:
            ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.wrong["time_zone"] = "staff.time_zone_unknown"
        return given

    def require(self) -> None:
        """Refuse if anything was wrong. Errors: Invalid, all fields at once."""
        if self.wrong:
            raise Invalid(fields=self.wrong)
