"""Scans divided where a separator sheet of the house lies; and where blank pages make a person look.

A sheet divides a scan that waits in the tray, once: what a person took back is not done again. The sheet, and its blank
back, belong to no letter; the scan stays as it came. A signed PDF is never divided, and a blank page divides nothing by
itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture import blanks, remaking
from edms.capture.models import Capture, CaptureState, PageLabel, PageText
from edms.capture.remaking import Made, Plan
from edms.errors import Conflict, Invalid, RuleBroken
from edms.registry import separators
from edms.registry.models import Arrival, Content
from edms.registry.remaking import acts
from edms.registry.remaking.models import Remaking
from edms.registry.remaking.plan import Sheet
from edms.registry.words import ArrivalState
from edms.staff.models import Organisation

ENDED = (CaptureState.READ, CaptureState.UNREAD)
MOST_PAGES = 2_000
"""Of a scan that is divided by its sheets: no person has to look at each."""


@dataclass(frozen=True)
class Division:
    """A waiting scan, and how its sheets divide it."""

    arrival_id: int
    plan: Plan


def division(session: Session, key: bytes, content_id: int) -> Division | None:
    """How the separator sheets of this office divide the scan; None where there are none, or it was divided before."""
    waiting = select(Arrival).where(Arrival.content_id == content_id, Arrival.state == ArrivalState.WAITING)
    arrival = session.scalars(waiting.limit(1)).first()
    state = session.get(Capture, content_id)
    if arrival is None or state is None or state.pages is None or state.state not in ENDED:
        return None
    content = session.get_one(Content, content_id)
    own = session.get_one(Organisation, arrival.organisation_id).code
    sheets = {page for page, code in _codes(session, content_id) if separators.genuine(key, own, code)}
    if not sheets or any(not made for _, made in acts.of_content(session, content_id)):
        return None
    empty = blank_pages(session, content_id)
    groups: list[list[Sheet]] = [[]]
    for page in range(1, state.pages + 1):
        if page in sheets:
            groups.append([])
        elif not (page in empty and page - 1 in sheets):
            groups[-1].append(Sheet(content_id, page))
    try:
        wanted = remaking.plan(session, [content], [group for group in groups if group], most=MOST_PAGES)
    except (Invalid, RuleBroken):
        return None  # nothing but sheets, or no scan: a person sees it in the tray
    return Division(arrival.arrival_id, wanted)


def divide(session: Session, found: Division, made: list[Made]) -> Remaking | None:
    """Let the letters wait in place of the scan; None where somebody was quicker."""
    arrival = session.get_one(Arrival, found.arrival_id)
    robot = Actor.system(arrival.organisation_id)
    try:
        with session.begin_nested():
            return acts.remake(
                session, robot, [arrival], found.plan.kind, remaking.enter(session, robot, found.plan, made)
            )
    except (Conflict, RuleBroken):
        return None  # the letters' bytes have no row and are swept


def sheet_pages(session: Session, content_id: int) -> set[int]:
    """The pages that are separator sheets, of any office: they may be left out of a letter."""
    return {page for page, _ in _codes(session, content_id)}


def blank_pages(session: Session, content_id: int) -> set[int]:
    """The pages with nothing on them."""
    found = select(PageText.page).where(PageText.content_id == content_id, PageText.blank)
    return set(session.scalars(found))


def beginnings(session: Session, content_id: int, pages: int) -> list[int]:
    """The pages with which another letter seems to begin, by the sheets and blank pages between: for a person to say."""
    sheets = sheet_pages(session, content_id)
    after = {page + 1 for page in sheets if page + 1 <= pages and page + 1 not in sheets}
    return sorted(after | set(blanks.cuts(blank_pages(session, content_id) - sheets, pages)) - {1})


def _codes(session: Session, content_id: int) -> list[tuple[int, str]]:
    found = select(PageLabel.page, PageLabel.code).where(
        PageLabel.content_id == content_id, PageLabel.code.startswith(f"{separators.PREFIX}:")
    )
    return [(page, code) for page, code in session.execute(found)]
