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
from edms.registry.models import Content, Document
from edms.signing import lasting
from edms.signing.proof_models import Renewal, SignatureProof
from edms.signing.verdicts import Bottom

YEAR = timedelta(days=365.25)
MOST_REASONS = 12
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


BY_END = frozenset({Health.DUE, Health.WAITING, Health.FAILED, Health.SHORT, Health.ENDED})
"""Each of these has an end: what ends first stands first. A paper is counted in one of them at most."""


@dataclass(frozen=True)
class Sums:
    """The figures, of those that hold how many there are at each level and form, and why some wait or failed."""

    figures: dict[Health, int]
    levels: list[tuple[str, str, int]]
    troubles: dict[Health, list[tuple[str, dict[str, Any], int]]]


@dataclass(frozen=True)
class PaperLine:
    """A signed paper behind a figure: on which letter it lies, how long it proves itself, why it waits or failed."""

    document_id: int
    number: str
    registered_at: datetime
    content_id: int
    name: str
    until: datetime | None
    trouble: str | None
    trouble_values: dict[str, Any]


def sums(session: Session, actor: Actor, *, lead: timedelta = lasting.LEAD) -> Sums:
    """Count. Errors: Forbidden."""
    require(actor, Permission.SIGNATURE_HEALTH_READ)
    now = clock.now()
    counted = [func.count().filter(_is(figure, now, lead)) for figure in Health]
    row = session.execute(_scoped(select(*counted), actor)).one()
    level = _scoped(select(_P.form, _P.level, func.count()), actor).where(_is(Health.HOLDS, now, lead))
    levels = session.execute(level.group_by(_P.form, _P.level).order_by(_P.form, _P.level))
    return Sums(
        dict(zip(Health, row, strict=True)),
        [(form.value, standing.value if standing else "", number) for form, standing, number in levels],
        {figure: _troubles(session, actor, _is(figure, now, lead)) for figure in (Health.WAITING, Health.FAILED)},
    )


def _troubles(session: Session, actor: Actor, those: ColumnElement[bool]) -> list[tuple[str, dict[str, Any], int]]:
    """Message, its values, how many; the most frequent first."""
    number = func.count()
    why = _scoped(select(_P.trouble, _P.trouble_values, number), actor).where(those, _P.trouble.is_not(None))
    why = why.group_by(_P.trouble, _P.trouble_values).order_by(number.desc(), _P.trouble).limit(MOST_REASONS)
    return [(message or "", values, many) for message, values, many in session.execute(why)]


def papers(
    session: Session,
    actor: Actor,
    figure: Health,
    *,
    lead: timedelta = lasting.LEAD,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[PaperLine]:
    """The papers behind a figure that the actor may open: what ends first, else on the newest letters, first.

    `after` is the last line's (end or registration, content id). Errors: Forbidden.
    """
    require(actor, Permission.SIGNATURE_HEALTH_READ)
    columns = (Document.document_id, Document.number, Document.registered_at, _P.content_id, Content.name)
    found = _standing(select(*columns, _P.proven_until, _P.trouble, _P.trouble_values))
    found = found.join(Document, Document.document_id == _P.document_id)
    found = found.join(Content, Content.content_id == _P.content_id)
    found = found.where(_is(figure, clock.now(), lead), visible(actor, Document.readers))
    if figure in BY_END:
        place = tuple_(_P.proven_until, _P.content_id)
        found = found.where(place > after) if after is not None else found
        found = found.order_by(_P.proven_until, _P.content_id)
    else:
        place = tuple_(Document.registered_at, _P.content_id)
        found = found.where(place < after) if after is not None else found
        found = found.order_by(Document.registered_at.desc(), _P.content_id.desc())
    return [PaperLine(*row) for row in session.execute(found.limit(limit))]


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
    lasts = and_(passed, _P.proven_until > now)
    held_up = and_(_P.renewal == Renewal.WAITING, _P.trouble.is_not(None))
    conditions: dict[Health, ColumnElement[bool]] = {
        Health.SIGNED: _P.content_id.is_not(None),
        Health.DUE: and_(lasts, carried, _P.proven_until <= now + lead, _P.renewal != Renewal.FAILED, not_(held_up)),
        Health.WAITING: and_(lasts, carried, held_up),
        Health.FAILED: and_(lasts, carried, _P.renewal == Renewal.FAILED),
        Health.SHORT: and_(lasts, or_(not_(carried), _P.level.is_(None))),
        Health.ENDED: and_(passed, _P.proven_until <= now),
        Health.UNCLEAR: _P.bottom == Bottom.INDETERMINATE,
        Health.BROKEN: _P.bottom == Bottom.FAILED,
    }
    return conditions[figure]
