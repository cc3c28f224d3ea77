"""Proposing an act of destruction: the archivist lists case files that are due, with the grounds.

A case file enters an act by its keeping's state, under lock: it is never in two.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event
from edms.registry.card import clean
from edms.retention.act_models import ActState, DisposalAct, DisposalLine, LineState
from edms.retention.acts import LONGEST, note
from edms.retention.confirming import class_of
from edms.retention.due import measured, obstacles
from edms.retention.models import CaseKeeping, KeepingState
from edms.staff.models import Organisation

MOST_CASES = 100


def propose(
    session: Session, actor: Actor, organisation: Organisation, case_file_ids: Sequence[int], *, ground: str,
    authority: str | None = None,
) -> DisposalAct:  # fmt: skip
    """Propose the destruction of case files. `ground` names the commission's minutes and the approved inventories of
    what stays; `authority` the archive authority's agreement, where a class asks for it.

    Errors: Invalid (fields); RuleBroken naming the first case that may not be destroyed and why.
    """
    require(actor, Permission.DISPOSAL_PROPOSE, organisation)
    ground, authority = clean(ground) or "", clean(authority)
    wanted = list(dict.fromkeys(case_file_ids))
    wrong = {}
    if not ground:
        wrong["ground"] = "retention.act_ground_missing"
    for name, text in (("ground", ground), ("authority", authority or "")):
        if len(text) > LONGEST:
            wrong[name] = "field.too_long"
    if not wanted:
        wrong["cases"] = "retention.no_cases"
    elif len(wanted) > MOST_CASES:
        wrong["cases"] = "retention.too_many_cases"
    if wrong:
        raise Invalid(fields=wrong)
    rows = _taken(session, organisation, wanted)
    if authority is None and any(class_of(session, organisation, row.retention_class).commission for row in rows):
        raise Invalid(fields={"authority": "retention.authority_missing"})
    act = DisposalAct(
        organisation_id=organisation.organisation_id,
        state=ActState.PROPOSED,
        ground=ground,
        authority=authority,
        proposed_at=clock.now(),
        proposed_by_id=actor.official_id,
    )
    session.add(act)
    session.flush()  # its lines carry its id
    sizes = measured(session, wanted)
    for position, row in enumerate(rows, start=1):
        row.state = KeepingState.IN_ACT
        letters, sheets = sizes[row.case_file_id]
        session.add(
            DisposalLine(
                disposal_act_id=act.disposal_act_id, case_file_id=row.case_file_id, position=position,
                state=LineState.LISTED, until=row.until, letters=letters, sheets=sheets,
            )
        )  # fmt: skip
    session.flush()
    facts = {"cases": sorted(wanted), "ground": ground, "authority": authority}
    note(session, actor, Event.DISPOSAL_PROPOSED, act, facts)
    return act


def _taken(session: Session, organisation: Organisation, wanted: Sequence[int]) -> list[CaseKeeping]:
    """The rows under lock, in the order of their ids, so that two proposals never wait for each other crosswise."""
    session.flush()
    found = (
        select(CaseKeeping)
        .where(CaseKeeping.organisation_id == organisation.organisation_id, CaseKeeping.case_file_id.in_(wanted))
        .order_by(CaseKeeping.case_file_id)
        .with_for_update(of=CaseKeeping)
        .execution_options(populate_existing=True)
    )
    rows = list(session.scalars(found))
    if len(rows) != len(wanted):
        raise NotFound
    stand = obstacles(session, rows)
    for row in rows:
        if found_first := next(iter(stand[row.case_file_id]), None):
            case_file = row.case_file
            raise RuleBroken(
                f"retention.obstacle_is.{found_first}", index=case_file.case_index.index, volume=case_file.volume
            )
    return rows
