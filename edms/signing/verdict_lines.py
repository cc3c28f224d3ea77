"""Verdicts kept: the newest stands, the earlier ones stay."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.registry.models import Content
from edms.signing.models import VerdictLine
from edms.signing.verdicts import Verdict


def keep(session: Session, content: Content, verdict: Verdict) -> VerdictLine:
    """Write what a check of the content said."""
    line = VerdictLine(
        content_id=content.content_id,
        bottom=verdict.bottom,
        reason=verdict.reason,
        sub_indication=verdict.sub_indication,
        level=verdict.level,
        who=list(verdict.who),
        proven_at=verdict.when,
        changed_after=verdict.changed_after,
        revision_length=verdict.revision_length,
        findings=verdict.as_json()["findings"],
        checked_at=clock.now(),
    )
    session.add(line)
    return line


def newest(session: Session, content_id: int) -> VerdictLine | None:
    """The verdict that stands on a content; None when it was never checked. The caller has seen that it may be read."""
    found = select(VerdictLine).where(VerdictLine.content_id == content_id)
    return session.scalar(found.order_by(VerdictLine.verdict_id.desc()).limit(1))
