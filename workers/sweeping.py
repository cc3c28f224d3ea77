"""Sweeps the store: tables that were kept long enough, bytes whose process died before it wrote their row, and what it left half-written.

Bytes come first and rows second, so a death in between leaves bytes that nobody will ever ask for. They are removed only
when they are days old: a row may still come, and after a restored backup bytes can be all that is left of a letter.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from edms import clock
from edms.backup import in_store
from edms.bootstrap import House
from edms.capture import reading
from edms.errors import NotFound, RuleBroken
from edms.reports import taking
from edms.storage.port import Found, orphans

UNFINISHED_SECONDS = 86_400
"""What has not been finished for a day will not be."""
FEW = 100
SHARE = 0.05
"""More orphans than both of these are no accident of processes that died: then nothing is removed."""

log = structlog.get_logger(__name__)


def sweep_store(house: House, subject_id: int | None) -> None:
    """Remove old bytes without a row, never locked or held ones; how many is logged.

    Very many of them mean another database than the store's, or an older one: that is an alarm and removes nothing.
    """
    with house.transaction() as session:
        taking.forget(session)
    seen, found = _without_row(house)
    unfinished = house.store.sweep(older_than=UNFINISHED_SECONDS)
    if len(found) > max(FEW, seen * SHARE):
        log.critical("store and database do not belong together", contents=seen, without_row=len(found))
        return
    removed = kept = 0
    for each in found:
        try:
            house.store.delete(each.key)
            removed += 1
        except (RuleBroken, NotFound):
            kept += 1
    log.info("store swept", contents=seen, removed=removed, kept=kept, unfinished=unfinished)


def _without_row(house: House) -> tuple[int, list[Found]]:
    """How many old objects there are, and which of them no row speaks of."""
    seen = 0

    def known(keys: list[str]) -> set[str]:
        nonlocal seen
        seen += len(keys)
        with house.transaction() as session:
            return reading.kept_keys(session, keys) | in_store.kept(keys)

    line = clock.now() - timedelta(days=house.settings.orphan_days)
    found = list(orphans(house.store, known, stored_before=line))
    return seen, found
