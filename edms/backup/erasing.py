"""After a restore, before the house serves: what the list names is destroyed once more, and its bytes erased.

Case by case in transactions of their own; only when all of it is done does the restore say so. Killed, it is run again:
what is destroyed already is passed over, bytes that were noted are erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from edms.backup import epochs
from edms.backup.models import Restoration
from edms.errors import NotFound
from edms.retention import again, erasing
from edms.retention.again import Fate
from edms.retention.gone import GoneCase
from edms.retention.wiping import Transaction, wipe
from edms.storage.port import ContentStore


@dataclass(frozen=True)
class Erased:
    """What came of the list: cases destroyed once more, cases that a person must look at, acts that cool off anew."""

    cases: int
    left: dict[str, Fate]  # the case as people call it, and why it stays
    cools: list[tuple[str, date]]  # number, first day of erasing


def erase_again(
    transaction: Transaction, store: ContentStore, cases: Iterable[GoneCase], *, on_each: Callable[[], None]
) -> Erased:
    """Destroy what the list names, as far as it is back, in a house that waits to be accepted.

    Errors: NotFound when none waits; Unavailable when the store does not answer: run it again.
    """
    left: dict[str, Fate] = {}
    for case in cases:
        with transaction() as session:
            _require_waiting(session)
            fate = again.destroy_again(session, case)
        if fate in (Fate.HELD, Fate.UNLIKE):
            left[case.name] = fate
        on_each()
    wipe(transaction, store)
    with transaction() as session:
        cools = again.cool_anew(session)
    with transaction() as session:
        for act_id in again.running(session):
            erasing.end(session, act_id)
    with transaction() as session:
        restored = _require_waiting(session)
        done = again.destroyed_since(session, restored.restored_at)  # also by a run that was killed
        restored.destroyed = {
            "cases": done,
            "left": {name: fate.value for name, fate in left.items()},
            "cools": {number: day.isoformat() for number, day in cools},
        }
    return Erased(done, left, cools)


def _require_waiting(session: Session) -> Restoration:
    restored = epochs.pending(session)
    if restored is None:
        raise NotFound("backup.nothing_to_accept")
    return restored
