"""Envelopes that stay closed."""

from __future__ import annotations

from enum import StrEnum

from edms.registry.words import Grade


class Envelope(StrEnum):
    """An envelope that is registered by what stands on it, and opened later by whom the card names (D414 art. 33)."""

    PERSONAL = "personal"
    OFFICIAL_USE = "official_use"
    TENDER = "tender"

    @property
    def grade(self) -> Grade:
        """Who may know of the letter: what is personal stays with its people, the rest is for official use."""
        return Grade.PERSONAL if self is Envelope.PERSONAL else Grade.OFFICIAL_USE
