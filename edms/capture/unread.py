"""What waits for the engine or for a model of it: such contents are read as soon as an operator has installed what is missing."""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from edms.capture.keeping import AWAITED, LANGUAGES, OCR_MISSING
from edms.capture.models import Capture, CaptureState, PageText
from edms.capture.tesseract import Engine, EngineError, model_for
from edms.jobs import Kind, defer
from edms.registry.models import Content
from edms.staff.models import Organisation

MOST_AT_ONCE = 500
"""Contents sent to be read in one round; the next round sends the others."""


def waiting(session: Session) -> int:
    """How many contents have pages that the engine, or their office's model, was not there to read."""
    return session.scalar(select(func.count()).where(Capture.reason.in_(AWAITED))) or 0


def read_again(session: Session, engine: Engine | None = None) -> int:
    """Post those that can be read now, with the pages that were missing; how many they are."""
    engine = engine or Engine()
    try:
        languages = [language for language in LANGUAGES if model_for(engine, language)]
    except EngineError:
        return 0
    if not languages:
        return 0
    now = or_(Capture.reason == OCR_MISSING, Organisation.language.in_(languages))
    found = (
        select(Capture, Content.organisation_id)
        .join(Content, Content.content_id == Capture.content_id)
        .join(Organisation, Organisation.organisation_id == Content.organisation_id)
        .where(Capture.reason.in_(AWAITED), Capture.state.in_((CaptureState.READ, CaptureState.UNREAD)), now)
        .order_by(Capture.content_id)
        .limit(MOST_AT_ONCE)
        .with_for_update(of=Capture, skip_locked=True)
    )
    rows = session.execute(found).all()
    for state, organisation_id in rows:
        pages = delete(PageText).where(PageText.content_id == state.content_id, PageText.reason.in_(AWAITED))
        taken_out = session.scalars(pages.returning(PageText.page)).all()
        state.state, state.reason = CaptureState.WAITING, None
        state.pages_done = min(taken_out, default=state.pages_done + 1) - 1
        defer(session, Kind.LOOK_INSIDE, state.content_id, organisation_id=organisation_id)
    return len(rows)
