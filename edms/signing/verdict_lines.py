"""Verdicts kept: the newest stands, the earlier ones stay."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.registry.models import Content
from edms.signing import proofs
from edms.signing.algorithms import Algorithms
from edms.signing.grounds import Answers
from edms.signing.models import VerdictLine
from edms.signing.verdicts import Verdict

LONGEST_CRL = 256 * 1024


def keep(
    session: Session, content: Content, verdict: Verdict, answers: Answers | None = None,
    *, algorithms: Algorithms | None = None,
) -> VerdictLine:  # fmt: skip
    """Write what a check of the content said, what was heard outside for it, and how long it proves itself."""
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
        answers=_kept(answers) if answers else None,
        checked_at=clock.now(),
    )
    session.add(line)
    proofs.note(session, content, verdict, algorithms)
    return line


def newest(session: Session, content_id: int) -> VerdictLine | None:
    """The verdict that stands on a content; None when it was never checked. The caller has seen that it may be read."""
    found = select(VerdictLine).where(VerdictLine.content_id == content_id)
    return session.scalar(found.order_by(VerdictLine.verdict_id.desc()).limit(1))


def within(session: Session, content_ids: Collection[int]) -> list[tuple[Content, VerdictLine]]:
    """The verdicts that stand on these contents and on what came out of them, in the order of the contents.

    The caller has seen that the contents may be read.
    """
    inside = select(Content.content_id).where(Content.content_id.in_(content_ids)).cte("inside", recursive=True)
    inside = inside.union(select(Content.content_id).where(Content.parent_id == inside.c.content_id))
    newest_of = (
        select(func.max(VerdictLine.verdict_id))
        .where(VerdictLine.content_id.in_(select(inside.c.content_id)))
        .group_by(VerdictLine.content_id)
    )
    found = (
        select(Content, VerdictLine)
        .join(VerdictLine, VerdictLine.content_id == Content.content_id)
        .where(VerdictLine.verdict_id.in_(newest_of))
        .order_by(Content.content_id)
    )
    return [(content, line) for content, line in session.execute(found)]


def evidence(content: Content, line: VerdictLine) -> dict[str, Any]:
    """All that a verdict rests on, for keeping elsewhere and judging again: the file by its hash, each signature, the
    certificates up to the trusted root, the answers about revocation. Ours, not the report of ETSI TS 119 102-2.
    """
    return {
        "file": {"name": content.name, "size": content.size, "sha256": content.sha256.hex()},
        "checked_at": line.checked_at.isoformat(),
        "verdict": line.bottom.value,
        "reason": line.reason,
        "sub_indication": line.sub_indication,
        "signatures": line.findings,
        "revocation_answers": line.answers,
    }


def _kept(answers: Answers) -> dict[str, Any]:
    """The answers for the row; of a list that is too long to lie in one, its hash."""
    small = tuple(each for each in answers.crls if len(each) <= LONGEST_CRL)
    hashes = [hashlib.sha256(each).hexdigest() for each in answers.crls if len(each) > LONGEST_CRL]
    return {**Answers(answers.ocsps, small).as_json(), "sha256_of_long_crls": hashes}
