"""What is missing or weak in this house, each thing with its way out: what `edms doctor` says and the health page shows.

A check looks at the running house and answers with a message id and values. It repairs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.bootstrap import House
from edms.errors import EdmsError
from edms.health import ground, reach, work
from edms.health.findings import Finding, State
from edms.health.work import slow_after
from edms.storage.moving import MovingStore
from edms.surroundings import looks

__all__ = ["CHECKS", "Finding", "State", "condition", "examine", "slow_after"]

CHECKS: tuple[Callable[[House], Finding], ...] = (
    ground.database,
    ground.store,
    ground.wall,
    ground.fixity_,
    ground.disk,
    ground.keys,
    ground.backup,
    work.destruction,
    work.ledger_,
    work.jobs_,
    work.search,
    work.routes,
    work.yearly,
    reach.ocr,
    reach.unread,
    ground.sandbox,
    reach.office,
    reach.mail,
    reach.sources,
    reach.notice_mail,
    ground.https,
    reach.time_stamps,
    reach.trust,
    reach.portal,
    work.sums_,
)


def examine(house: House) -> list[Finding]:
    """Every finding; a check that cannot be made is a missing thing with its reason."""
    found = []
    for check in CHECKS:
        try:
            found.append(check(house))
        except EdmsError as error:
            found.append(Finding(check.__name__.rstrip("_"), State.MISSING, error.message, error.values))
    if isinstance(house.store, MovingStore):
        found.append(Finding("moving", State.WEAK, "doctor.store_moving"))
    try:
        found += [Finding(look.what, State(look.state), look.message, look.values) for look in looks(house)]
    except EdmsError as error:
        found.append(Finding("clock", State.MISSING, error.message, error.values))
    return found


def condition(house: House, actor: Actor) -> list[Finding]:
    """The same for a person who looks at the page. Errors: Forbidden."""
    require(actor, Permission.HEALTH_READ)
    return examine(house)
