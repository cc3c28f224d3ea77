"""A signature raised as far as it goes, judged as anybody else would judge it, and the paper put on its letter.

A level that cannot be had now is wanted all the same: what was reached is kept, the job comes again.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from edms import clock
from edms.errors import Corrupt, Unavailable
from edms.jobs import Kind, defer
from edms.registry.models import Document
from edms.signing import paper, rules, steps, turns, verdict_lines
from edms.signing.algorithms import Algorithms
from edms.signing.examination import examine
from edms.signing.models import SignatureRequest, SignatureState
from edms.signing.outside import Outside
from edms.signing.raising import raise_further
from edms.signing.steps import Work
from edms.signing.trust import Roots
from edms.signing.verdicts import Bottom, Level, Verdict
from edms.storage.port import ContentStore, Stored

AFTER_SCANS = -10_000


@dataclass(frozen=True)
class Finished:
    """The bytes as far as they could be raised, stored, with our own verdict on them, by the table of `algorithms`."""

    stored: Stored
    verdict: Verdict
    level: Level
    held_up: Unavailable | None = None  # a higher level is wanted
    algorithms: Algorithms | None = None


def to_raise(session: Session, request_id: int) -> Work | None:
    """What there is to raise, or None. It goes on from the level that was kept."""
    request = steps.in_state(session, request_id, SignatureState.EMBEDDED)
    return (
        steps.work_of(session, request, request.raised_content_id or request.embedded_content_id) if request else None
    )


def finish(
    work: Work, *, store: ContentStore, outside: Outside, roots: Roots, algorithms: Algorithms | None = None
) -> Finished:
    """Raise as far as is wanted and possible, and judge the result as anybody else would.

    Errors: Unavailable when no level was gained, RuleBroken, Corrupt.
    """
    made = raise_further(
        steps.read(store, work.key),
        field=work.field,
        level=work.level,
        wanted=work.wanted,
        outside=outside,
        roots=roots,
    )
    verdict = examine(made.pdf, roots, at=clock.now(), algorithms=algorithms)
    # Before B-LT the file does not hold what answers for its certificates: undecided is all it can be.
    allowed = (Bottom.PASSED,) if made.level in (Level.LT, Level.LTA) else (Bottom.PASSED, Bottom.INDETERMINATE)
    if verdict.bottom not in allowed or (made.level is Level.LTA and verdict.level is not Level.LTA):
        raise Corrupt("signing.own_signature_not_passed", reason=verdict.sub_indication or verdict.reason)
    return Finished(steps.keep(store, made.pdf), verdict, made.level, made.held_up, algorithms)


def finished(session: Session, request_id: int, made: Finished) -> SignatureRequest | None:
    """Note how far it is raised: the content on the document, the verdict, the history, the ledger.

    Answers the request when this call raised it, None when it was finished or given up before. A signature that others
    follow is in its place at B-T; the last one's waits for the level that is wanted, visibly.
    """
    request = steps.in_state(session, request_id, SignatureState.EMBEDDED)
    if request is None:
        return None
    content = steps.entered(session, request, made.stored)
    request.raised_content_id = content.content_id
    request.level = made.level
    request.trouble, request.trouble_values = None, {}
    if made.level is request.wanted or request.wanted is not Level.LTA:
        request.ended_at = clock.now()
        request.state = SignatureState.RAISED
    if made.held_up is not None and request.state is SignatureState.EMBEDDED:
        steps.note_trouble(request, made.held_up)
    if request.document_id is not None and _may_leave(session, request):
        paper.put(session, request, content)
    verdict_lines.keep(session, content, made.verdict, algorithms=made.algorithms)  # once it lies on its letter
    if request.draft_ref is not None and request.state is SignatureState.RAISED:
        _others(session, request)
    if request.document_id is None:  # the next signer looks at it
        defer(session, Kind.LOOK_INSIDE, content.content_id, priority=AFTER_SCANS)
    return request


def _may_leave(session: Session, request: SignatureRequest) -> bool:
    document = session.get_one(Document, request.document_id)
    level = request.level or Level.B
    return rules.may_leave(session, document.organisation_id, document.register_id, level)


def _others(session: Session, request: SignatureRequest) -> None:
    """The others' bytes are made anew upon hers; at B-LTA hers lies over theirs too."""
    for other in turns.of_paper(session, request.draft_ref or 0):
        if other.state in turns.UNPREPARED:
            turns.prepare_again(other)
            defer(session, Kind.PREPARE_SIGNATURE, other.signature_request_id)
        elif other.state is SignatureState.RAISED and request.level is Level.LTA:
            other.level = Level.LTA
