"""The pages of a scan laid out: in which order, which way up, where a letter begins. What was typed, and what it means.

Every button is a plain form button, so it works by keys and without script: the form comes back with what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from edms.capture import labelled, remaking, separating
from edms.capture.shown import shown_pages
from edms.registry.models import Content
from edms.registry.remaking.plan import MOST_PAGES, Sheet
from edms.web.kit import t

FULL_TURN = 360


@dataclass(frozen=True)
class Laid:
    """A page where it lies: its number in the scan, how it is turned, whether a letter begins with it; `out`, whether it is
    left out of all letters."""

    page: int
    turn: int = 0
    begins: bool = False
    out: bool = False


Board = Sequence[Laid]


def fresh(session: Session, content: Content) -> Board:
    """The pages as they came; where another label begins, or after a separator sheet or a blank page, another letter seems to."""
    pages = min(remaking.pages_of(session, content), MOST_PAGES)
    begins = {
        *labelled.beginnings(session, content.content_id),
        *separating.beginnings(session, content.content_id, pages),
    }
    sheets = separating.sheet_pages(session, content.content_id)
    return [Laid(n, 0, n in begins, n in sheets) for n in range(1, pages + 1)]


def given() -> Board:
    """The board as the form has it; what is no page is left out, and refused later with the plan."""
    begins, out = set(request.form.getlist("begins")), set(request.form.getlist("out"))
    laid = []
    for typed in request.form.getlist("sheet"):
        page, _, turn = typed.partition(".")
        if page.isascii() and page.isdigit() and turn.isascii() and turn.isdigit():
            laid.append(Laid(int(page), int(turn) % FULL_TURN, page in begins, page in out))
    return laid


def moved(board: Board, what: str) -> tuple[Board, str]:
    """The board after a button ("earlier-3", "later-3", "turn-3"), and the button that keeps the focus."""
    verb, _, typed = what.partition("-")
    at = next((n for n, laid in enumerate(board) if str(laid.page) == typed), None)
    made = list(board)
    if at is None:
        return made, ""
    if verb == "turn":
        made[at] = replace(made[at], turn=(made[at].turn + 90) % FULL_TURN)
    elif verb == "earlier" and at > 0:
        made[at - 1], made[at] = made[at], made[at - 1]
    elif verb == "later" and at < len(made) - 1:
        made[at + 1], made[at] = made[at], made[at + 1]
    return made, what


def groups(board: Board, content_id: int) -> list[list[Sheet]]:
    """The letters that the board divides the scan into."""
    made: list[list[Sheet]] = [[]]
    for laid in board:
        if laid.begins and made[-1]:
            made.append([])
        if not laid.out:
            made[-1].append(Sheet(content_id, laid.page, laid.turn))
    return [group for group in made if group]


def shown(
    session: Session, content: Content, board: Board, address: Callable[[int, str], str], focus: str = ""
) -> list[dict[str, Any]]:
    """The board for its template."""
    seen = {page.page: page for page in shown_pages(session, content.content_id, most=MOST_PAGES)}
    sheets, blank = (of(session, content.content_id) for of in (separating.sheet_pages, separating.blank_pages))
    rows, letter = [], 1
    for n, laid in enumerate(board):
        letter += 1 if laid.begins and n > 0 else 0
        page = seen.get(laid.page)
        rows.append({
            "page": laid.page, "turn": laid.turn, "begins": laid.begins, "letter": letter, "place": n + 1, "focus": focus,
            "src": address(laid.page, "preview") if page is not None and page.preview is not None else None,
            "out": laid.out, "what": "separator" if laid.page in sheets else "blank" if laid.page in blank else "",
            "reason": t(page.reason) if page is not None and page.reason else "",
        })  # fmt: skip
    return rows
