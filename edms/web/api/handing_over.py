"""What a person holds, and one thing of it given to another."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.overview import holding
from edms.routing import handing_over
from edms.staff.officials import official_of
from edms.web.api.layer import act, read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.shapes import Asked, Id, Page, Shown, Text


class HeldShown(Shown):
    """One thing that she holds: a letter, or a draft with its subject."""

    kind: holding.Kind
    ident: int
    document: LetterShown | None
    subject: str | None


class Giving(Asked):
    """Which thing, to whom, and why."""

    kind: holding.Kind
    ident: Id
    to_id: Id
    reason: Text


@read("/people/{official_id}/holding")
def index(session: Session, who: Actor, official_id: int) -> Page[HeldShown]:
    """All that lies with her: for herself, and for who leads her."""
    held = holding.holding(session, who, official_of(session, who, official_id))
    return Page(
        items=[
            HeldShown(
                kind=each.kind,
                ident=each.ident,
                document=letter(each.line) if each.line is not None else None,
                subject=each.draft.subject if each.draft is not None else None,
            )
            for rows in held.values()
            for each in rows
        ]
    )


@act("/people/{official_id}/holding/hand-over")
def give(session: Session, who: Actor, official_id: int, body: Giving) -> None:
    """Give one thing to another. Said again it is refused: it is not hers any more."""
    giver = official_of(session, who, official_id)
    change = handing_over.agreed(session, who, giver, to=body.to_id, reason=body.reason)
    holding.move(session, who, body.kind, body.ident, change)
