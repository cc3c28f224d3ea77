"""The states of a document and the steps between them, in one table. Other rooms ask for a step; none writes the column."""

from __future__ import annotations

from collections.abc import Mapping

from edms import clock
from edms.errors import RuleBroken
from edms.registry.models import Document
from edms.registry.words import OPEN_STATES
from edms.registry.words import DocumentState as S

STEPS: Mapping[S, frozenset[S]] = {
    S.REGISTERED: frozenset({S.SUBMITTED, S.IN_EXECUTION, S.EXECUTED, S.SIGNED, S.DISPATCHED, S.FILED}),
    S.SUBMITTED: frozenset({S.REGISTERED, S.IN_EXECUTION, S.EXECUTED, S.FILED}),
    S.IN_EXECUTION: frozenset({S.SUBMITTED, S.REGISTERED, S.EXECUTED}),
    S.EXECUTED: frozenset({S.IN_EXECUTION, S.SUBMITTED, S.FILED}),  # reopened, or closed
    S.SIGNED: frozenset({S.DISPATCHED, S.FILED, S.SUBMITTED}),
    S.DISPATCHED: frozenset({S.SIGNED, S.FILED}),  # back to signed when its only sending came back
    S.FILED: frozenset({S.DESTROYED}),
    S.DESTROYED: frozenset(),
}


def may_step(document: Document, to: S) -> bool:
    """Is the step from the document's state to `to` in the table?"""
    return to in STEPS[document.state]


def step(document: Document, to: S) -> None:
    """Take the step; standing still is no step and no error. Errors: RuleBroken, naming both states.

    The moment at which a document came to its end stays with it through the steps that follow, until it is reopened.
    """
    if document.state is to:
        return
    if not may_step(document, to):
        raise RuleBroken(
            "registry.step_not_allowed", number=document.number, state=document.state.value, wanted=to.value
        )
    if to in OPEN_STATES:
        document.over_at = None
    elif document.state in OPEN_STATES:
        document.over_at = clock.now()
    document.state = to
