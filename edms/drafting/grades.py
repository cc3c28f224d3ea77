"""Whose mark a page must bear, and which it bears."""

from __future__ import annotations

from edms.drafting.models import Draft
from edms.registry import closeness
from edms.registry.models import Document
from edms.registry.words import Grade


def grade_of(draft: Draft, letter: Document | None) -> Grade:
    """Whose mark its page must bear: a reply is at least as close as its letter is now."""
    return closeness.closest(draft.grade, letter.grade) if letter is not None else draft.grade


def is_past(draft: Draft, letter: Document | None) -> bool:
    """Was its page printed under a mark that lets more people read than may now?"""
    bears = draft.versions[-1].grade
    return bears is not None and closeness.closest(bears, grade_of(draft, letter)) is not bears
