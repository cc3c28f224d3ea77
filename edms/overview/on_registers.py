"""What the papers of a register tell of a letter: one home for the columns of extract and journal."""

from __future__ import annotations

from typing import Any

from edms import words
from edms.overview.line import LetterLine


def card_columns(row: LetterLine, language: str, executor: str) -> dict[str, Any]:
    """The columns by their names in `drafting.paper.lists.CardLine`, in the language of the office."""
    card = row.document
    return {
        "number": card.number,
        "day": card.registered_on,
        "correspondent": card.correspondent_name or "",
        "their_number": card.their_number or "",
        "their_date": card.their_date,
        "summary": card.summary,
        "sheets": card.sheets + card.annex_sheets,
        "executor": executor,
        "due_on": card.due_on,
        "execution": words.say(language, row.state[0], **row.state[1]),
    }
