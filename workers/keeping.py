"""The nightly backup into the folder that the operator set, the oldest sets making room; the list of what was destroyed."""

from __future__ import annotations

from datetime import timedelta

import structlog

from edms import clock
from edms.backup import destroyed, in_store, making, sets
from edms.bootstrap import House

A_NIGHT_AGO = timedelta(hours=26)  # the last night's, or it was not made

log = structlog.get_logger(__name__)


def back_up(house: House, subject_id: int | None) -> None:
    """Make a set and thin the old ones out; without a folder none. Failing, it stands on the health page.

    Where the operator wants the database in the store too, a dump of it goes there first.
    """
    if keep := house.settings.dumps_in_store:
        dump = in_store.make(house.backup_source, house.settings.data_dir / "spool", keep=keep)
        log.info("database dumped into the store", dump=dump.name, bytes=dump.size)
    root = house.settings.backup_dir
    if root is None:
        return
    with sets.alone(root):
        made = making.make(house.backup_source, root, on_start=lambda _: None, on_each=lambda: None)
        gone = sets.thin_out(root, keep=house.settings.backup_keep)
    log.info("backup made", set=made.name, contents=made.manifest.contents, removed=gone)


def slept(house: House) -> bool:
    """Has a night gone by without a set? Many a town's machine is switched off in the evening."""
    root = house.settings.backup_dir
    newest = next(iter(sets.sets(root)), None) if root is not None else None
    return newest is not None and clock.now() - newest.manifest.made_at > A_NIGHT_AGO


def note_destroyed(house: House) -> None:
    """List what acts of destruction destroyed beside the backups, where this machine sees their folder.

    Errors: Unavailable while it cannot be written: then nothing more is erased.
    """
    if (root := house.settings.backup_dir) is not None:
        destroyed.note(root, house.backup_sealer, house.transaction)
