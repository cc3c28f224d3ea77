"""How a collegial body decided: its votes, and whether they are enough for what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from edms.services.definition import Sitting


@dataclass(frozen=True)
class Votes:
    """A sitting: how many belong to the body, were there, voted for what was decided, and against."""

    members: int
    present: int
    in_favour: int
    against: int


def wrong(rule: Sitting, answer: str | None, votes: Votes | None) -> dict[str, str]:
    """A body decides with its quorum and more than the share of votes that it needs; that it had none, or that the votes
    were not enough, can be said of any sitting of which it is true."""
    if votes is None:
        return {"members": "field.missing"}
    failed = answer is not None and answer == rule.no_quorum
    if not (0 if failed else 1) <= votes.present <= votes.members or not votes.members:
        return {"present": "proceedings.votes.present"}
    if min(votes.in_favour, votes.against) < 0 or votes.in_favour + votes.against > votes.present:
        return {"in_favour": "proceedings.votes.too_many"}
    if failed:
        there = votes.present >= rule.quorum * votes.members
        return {"present": "proceedings.votes.quorum_there"} if there else {}
    if votes.present < rule.quorum * votes.members:
        return {"present": "proceedings.votes.no_quorum"}
    if answer is not None and answer == rule.not_carried:
        return {}
    if votes.in_favour <= rule.majority * Decimal(votes.members if rule.of_all else votes.present):
        return {"in_favour": "proceedings.votes.no_majority"}
    return {}
