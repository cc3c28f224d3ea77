"""Proposals of the public in a case: entered, scored, judged and answered while an open step asks for it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.services import cases, holding
from edms.services.models import Case
from edms.services.participation import proposing
from edms.services.participation.models import Proposal, Verdict
from edms.web.api.layer import Match, act, change, read
from edms.web.api.paging import whole
from edms.web.api.shapes import Asked, Line, Page, Paged, Text, Thing, shown


class ProposalShown(Thing):
    """A proposal with what became of it. `score` is a mean from 0 to 10, `cost` in the country's currency."""

    PLACE: ClassVar[str] = "/proceedings/{case_id}/proposals/{proposal_id}"
    proposal_id: int
    case_id: int
    settlement: str
    text: str
    voters: int | None
    score: Decimal | None
    verdict: Verdict | None
    cost: Decimal | None
    conclusion: str | None
    answer: str | None


class Proposing(Asked):
    """A new one."""

    settlement: Line
    text: Text


class Saying(Asked):
    """What is entered now, as text; what is left out stays."""

    settlement: Line | None = None
    text: Text | None = None
    voters: Line | None = None
    score: Line | None = None
    verdict: Verdict | None = None
    cost: Line | None = None
    conclusion: Text | None = None
    answer: Text | None = None


@read("/proceedings/{case_id}/proposals")
def index(session: Session, who: Actor, case_id: int, query: Paged) -> Page[ProposalShown]:
    """Those of a case, the best first."""
    rows = proposing.proposals(session, cases.case_of(session, who, case_id))
    return whole(rows, query, ProposalShown.of, lambda row: row.proposal_id)


@read("/proceedings/{case_id}/proposals/{proposal_id}")
def show(session: Session, who: Actor, case_id: int, proposal_id: int) -> ProposalShown:
    """One of them."""
    return ProposalShown.of(_one(session, who, case_id, proposal_id))


@act("/proceedings/{case_id}/proposals")
def add(session: Session, who: Actor, case_id: int, body: Proposing) -> ProposalShown:
    """Enter one while they are collected."""
    case = cases.case_of(session, who, case_id)
    made = proposing.add(session, who, case, {"settlement": body.settlement, "text": body.text})
    return shown(session, ProposalShown, made)


@change("/proceedings/{case_id}/proposals/{proposal_id}", "PATCH")
def enter(
    session: Session, who: Actor, case_id: int, proposal_id: int, body: Saying, match: Match
) -> ProposalShown:  # fmt: skip
    """Enter or correct what the open steps ask about it."""
    case, row = _matched(session, who, case_id, proposal_id, match)
    given = {name: str(value) for name, value in body.model_dump(exclude_none=True).items()}
    proposing.enter(session, who, case, row, given, version=row.version)
    return shown(session, ProposalShown, row)


@change("/proceedings/{case_id}/proposals/{proposal_id}/strike")
def strike(session: Session, who: Actor, case_id: int, proposal_id: int, match: Match) -> ProposalShown:
    """Take off what was entered by mistake, while they are collected."""
    case, row = _matched(session, who, case_id, proposal_id, match)
    proposing.strike(session, who, case, row, version=row.version)
    return shown(session, ProposalShown, row)


def _matched(
    session: Session, who: Actor, case_id: int, proposal_id: int, match: Match
) -> tuple[Case, Proposal]:  # fmt: skip
    case, row = cases.case_of(session, who, case_id), _one(session, who, case_id, proposal_id)
    holding.hold(session, case)  # the letter first, as every act does
    match.check(session, row)
    return case, row


def _one(session: Session, who: Actor, case_id: int, proposal_id: int) -> Proposal:
    return proposing.proposal_of(session, cases.case_of(session, who, case_id), proposal_id)
