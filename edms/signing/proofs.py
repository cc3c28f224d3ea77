"""The facts about how long signed files prove themselves: written with each verdict, kept true by a periodic round.

A file that lies on a letter is placed there at once; the round places the others: most are judged while they still lie
in a tray.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from edms import clock
from edms.jobs import Kind, defer
from edms.registry.models import Content, Document, DocumentContent
from edms.signing import lasting
from edms.signing.algorithms import Algorithms, shipped
from edms.signing.proof_models import EndsBy, Renewal, SignatureProof
from edms.signing.verdicts import Bottom, Form, Verdict

BATCH = 200
"""So many are asked for in one round: two million time stamps in a night would be refused by any authority."""
AGAIN = timedelta(hours=20)
"""What was asked for and did not come is asked for once more after so long."""
MOST_AROUND = 20
MOST_MOVED = 5_000  # in one round, for each set of algorithms


def note(session: Session, content: Content, verdict: Verdict, algorithms: Algorithms | None = None) -> None:
    """Write how long the file proves itself. What was carried on already stays so.

    A proof that is over is over, not unclear: that nobody can say any more whether the file holds was to be expected.
    """
    if not verdict.findings:
        return
    end = lasting.end_of(verdict, algorithms or shipped())
    found = session.get(SignatureProof, content.content_id)
    if found is not None and _is_over(found) and verdict.bottom is Bottom.INDETERMINATE:
        found.judged_at = clock.now()
        return
    if found is None:
        found = SignatureProof(
            content_id=content.content_id, organisation_id=content.organisation_id, renewal=Renewal.NONE,
            root_id=_root(session, content),
        )  # fmt: skip
        session.add(found)
    found.bottom = verdict.bottom
    found.form = next((each.form for each in verdict.findings), Form.PADES)
    found.level = verdict.level
    found.certified_until, found.algorithms = end.certified_until, list(end.algorithms)
    found.proven_until, found.ends_by = end.at, end.by
    found.judged_at = clock.now()
    if found.document_id is None:
        found.document_id = _letter(session, content.content_id, found.root_id)


def of(session: Session, content_ids: Collection[int]) -> dict[int, SignatureProof]:
    """How long these files prove themselves, by content. The caller has seen that they may be read."""
    found = select(SignatureProof).where(SignatureProof.content_id.in_(content_ids))
    return {each.content_id: each for each in session.scalars(found)}


def place(session: Session, *, limit: int = 5_000) -> int:
    """Put files on their letters; how many. A file that came out of another is placed where that lies."""
    waiting = select(SignatureProof.content_id, SignatureProof.root_id).where(SignatureProof.document_id.is_(None))
    rows = session.execute(waiting.order_by(SignatureProof.content_id.desc()).limit(limit)).all()
    wanted = {each for row in rows for each in row}
    lies = select(DocumentContent.content_id, func.min(DocumentContent.document_id))
    lies = lies.where(DocumentContent.content_id.in_(wanted)).group_by(DocumentContent.content_id)
    on: dict[int, int] = {row[0]: row[1] for row in session.execute(lies)}
    placed = [
        {"content_id": content, "document_id": on.get(content) or on.get(root)}
        for content, root in rows
        if content in on or root in on
    ]
    if placed:
        session.execute(update(SignatureProof), placed)
    return len(placed)


def count_anew(session: Session, algorithms: Algorithms) -> int:
    """Let a changed table of algorithms move the ends of proofs; how many moved."""
    sets = session.scalars(select(SignatureProof.algorithms).where(SignatureProof.bottom == Bottom.PASSED).distinct())
    moved = 0
    for names in sets.all():
        weak = algorithms.first_end(names)
        same = and_(SignatureProof.algorithms == names, SignatureProof.bottom == Bottom.PASSED)
        end = func.least(SignatureProof.certified_until, weak)
        first = (
            select(SignatureProof.content_id)
            .where(same, SignatureProof.proven_until.is_distinct_from(end))
            .limit(MOST_MOVED)
        )
        for content_id in session.scalars(first).all():
            row = session.get_one(SignatureProof, content_id)
            row.proven_until = lasting.earliest(row.certified_until, names, algorithms)
            row.ends_by = _by(row)
            moved += 1
    return moved


def due(*, now_lead: timedelta = lasting.LEAD) -> ColumnElement[bool]:
    """The condition that a proof is to be carried on now and can be: it holds, it is ours to carry on, it ends soon."""
    return and_(
        SignatureProof.renewal != Renewal.DONE,
        SignatureProof.bottom == Bottom.PASSED,
        SignatureProof.proven_until <= clock.now() + now_lead,
        SignatureProof.proven_until > clock.now(),
        tuple_(SignatureProof.form, SignatureProof.level).in_(sorted(lasting.CARRIED_ON)),
    )


def ask_for_due(session: Session, *, lead: timedelta = lasting.LEAD, limit: int = BATCH) -> int:
    """Have the next proofs carried on, the first to end first; how many were asked for."""
    rested = or_(SignatureProof.tried_at.is_(None), SignatureProof.tried_at <= clock.now() - AGAIN)
    wanted = select(SignatureProof).join(Document, Document.document_id == SignatureProof.document_id)
    wanted = wanted.where(due(now_lead=lead), SignatureProof.renewal != Renewal.FAILED, rested)
    wanted = wanted.order_by(SignatureProof.proven_until, SignatureProof.content_id).limit(limit)
    return _ask(session, session.scalars(wanted.with_for_update(of=SignatureProof, skip_locked=True)).all())


def ask_again(session: Session, organisation_id: int, *, limit: int = BATCH) -> int:
    """Try those that failed once more, those tried longest ago first; how many. What is over cannot be carried on.

    The caller has asked whether the actor may.
    """
    failed = select(SignatureProof).where(
        SignatureProof.organisation_id == organisation_id, SignatureProof.renewal == Renewal.FAILED,
        SignatureProof.bottom == Bottom.PASSED, SignatureProof.proven_until > clock.now(),
    )  # fmt: skip
    failed = failed.order_by(SignatureProof.tried_at, SignatureProof.content_id).limit(limit)
    return _ask(session, session.scalars(failed.with_for_update(skip_locked=True)).all())


def _is_over(proof: SignatureProof) -> bool:
    return proof.bottom is Bottom.PASSED and proof.proven_until is not None and proof.proven_until <= clock.now()


def _ask(session: Session, rows: Sequence[SignatureProof]) -> int:
    for row in rows:
        row.renewal, row.tried_at, row.trouble = Renewal.WAITING, clock.now(), None
        row.trouble_values = {}
        defer(session, Kind.RENEW_PROOF, row.content_id, organisation_id=row.organisation_id)
    return len(rows)


def _by(row: SignatureProof) -> EndsBy | None:
    if row.proven_until is None:
        return None
    if row.proven_until != row.certified_until:
        return EndsBy.ALGORITHM
    archived = lasting.can_be_carried_on(row.form, row.level) and row.level is not None and row.level.value == "B-LTA"
    return EndsBy.TIME_STAMP if archived else EndsBy.CERTIFICATE


def _letter(session: Session, content_id: int, root_id: int) -> int | None:
    """The letter on which the file lies, else that of the file it came out of; none while it waits in a tray."""
    lies = select(DocumentContent.document_id).where(DocumentContent.content_id.in_({content_id, root_id}))
    return session.scalar(lies.order_by(DocumentContent.content_id != content_id, DocumentContent.document_id).limit(1))


def _root(session: Session, content: Content) -> int:
    """The outermost file that the content came out of."""
    found = content
    for _ in range(MOST_AROUND):
        above = session.get(Content, found.parent_id) if found.parent_id is not None else None
        if above is None:
            break
        found = above
    return found.content_id
