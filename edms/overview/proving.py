"""The health of the archive's signatures: how many papers would still prove themselves in a year, in five, in ten.

Summed from what was told when each was judged (`edms.signing.proofs`): nothing is validated when the page is opened.
Who answers for the archive or for the machine is told the numbers of the whole organisation, which name no letter; an
auditor those of what she was given to see. The list behind a figure holds only what its reader may open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.overview.line import LetterLine, lines_of
from edms.registry.models import Document
from edms.signing import lasting
from edms.signing.proof_models import Renewal, SignatureProof
from edms.signing.verdicts import Bottom

YEAR = timedelta(days=365.25)
_P = SignatureProof


class Health(StrEnum):
    """What is counted: signed files on letters, each as it is carried on today."""

    SIGNED = "signed"
    HOLDS = "holds"  # today
    ONE_YEAR = "one_year"  # would still hold then, if nobody did anything
    FIVE_YEARS = "five_years"
    TEN_YEARS = "ten_years"
    DUE = "due"  # ends within the lead: will be carried on by itself
    WAITING = "waiting"  # was to be carried on, and is held up
    FAILED = "failed"  # could not be carried on
    SHORT = "short"  # holds, but brings too little to be carried on
    ENDED = "ended"  # held once; its proof is over
    UNCLEAR = "unclear"  # nobody could say whether it holds
    BROKEN = "broken"  # does not hold


ASKS_SOMETHING = (Health.FAILED, Health.ENDED, Health.WAITING, Health.DUE, Health.SHORT, Health.UNCLEAR, Health.BROKEN)


@dataclass(frozen=True)
class Sums:
    """The figures, and of those that hold how many there are at each level and form."""

    figures: dict[Health, int]
    levels: list[tuple[str, str, int]]
    troubles: list[tuple[str, int]]


def sums(session: Session, actor: Actor, *, lead: timedelta = lasting.LEAD) -> Sums:
    """Count. Errors: Forbidden."""
    require(actor, Permission.SIGNATURE_HEALTH_READ)
    now = clock.now()
    counted = [func.count().filter(_is(figure, now, lead)) for figure in Health]
    row = session.execute(_scoped(select(*counted), actor)).one()
    level = _scoped(select(_P.form, _P.level, func.count()), actor).where(_is(Health.HOLDS, now, lead))
    levels = session.execute(level.group_by(_P.form, _P.level).order_by(_P.form, _P.level))
    trouble = _scoped(select(_P.trouble, func.count()), actor).where(_P.trouble.is_not(None))
    return Sums(
        dict(zip(Health, row, strict=True)),
        [(form.value, standing.value if standing else "", number) for form, standing, number in levels],
        [(message, number) for message, number in session.execute(trouble.group_by(_P.trouble)) if message],
    )


def letters(
    session: Session,
    actor: Actor,
    figure: Health,
    *,
    lead: timedelta = lasting.LEAD,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[LetterLine]:
    """The letters behind a figure, the newest first; `before` is the last line's (registered_at, id). Errors: Forbidden."""
    require(actor, Permission.SIGNATURE_HEALTH_READ)
    held = _standing(select(_P.document_id)).where(_is(figure, clock.now(), lead))
    found = select(Document).where(Document.document_id.in_(held), visible(actor, Document.readers))
    if before is not None:
        found = found.where(tuple_(Document.registered_at, Document.document_id) < before)
    found = found.order_by(Document.registered_at.desc(), Document.document_id.desc()).limit(limit)
    return lines_of(session, list(session.scalars(found)), clock.today(actor.time_zone))


def _scoped(query: Select[*tuple[Any, ...]], actor: Actor) -> Select[*tuple[Any, ...]]:
    query = query.join(Document, Document.document_id == _P.document_id)
    seen = visible(actor, Document.readers) if actor.looks_on else own_organisation(actor, _P.organisation_id)
    return _standing(query).where(seen)


def _standing(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Of each paper the file that carries its proof now."""
    return query.where(_P.renewal != Renewal.DONE)


def _is(figure: Health, now: datetime, lead: timedelta) -> ColumnElement[bool]:
    passed = _P.bottom == Bottom.PASSED
    years = {Health.HOLDS: 0, Health.ONE_YEAR: 1, Health.FIVE_YEARS: 5, Health.TEN_YEARS: 10}
    if figure in years:
        return and_(passed, or_(_P.proven_until.is_(None), _P.proven_until > now + years[figure] * YEAR))
    carried = tuple_(_P.form, _P.level).in_(sorted(lasting.CARRIED_ON))
    conditions: dict[Health, ColumnElement[bool]] = {
        Health.SIGNED: _P.content_id.is_not(None),
        Health.DUE: and_(passed, carried, _P.proven_until > now, _P.proven_until <= now + lead),
        Health.WAITING: and_(_P.renewal == Renewal.WAITING, _P.trouble.is_not(None)),
        Health.FAILED: _P.renewal == Renewal.FAILED,
        Health.SHORT: and_(passed, _P.proven_until > now, or_(not_(carried), _P.level.is_(None))),
        Health.ENDED: and_(passed, _P.proven_until <= now),
        Health.UNCLEAR: _P.bottom == Bottom.INDETERMINATE,
        Health.BROKEN: _P.bottom == Bottom.FAILED,
    }
    return conditions[figure]
