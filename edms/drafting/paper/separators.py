"""The separator sheet: laid between two letters in a feeder, so that the scan is divided there by itself."""

from __future__ import annotations

from edms import words
from edms.drafting.paper.press import Pressed, press


def separator_sheet(*, language: str, office: str, code: str) -> Pressed:
    """Print one, A4. Its code stands on it four times: whichever way it is fed, one is read."""
    return press("separator", language, words.say(language, "separators.title"), office=office, code=code)
