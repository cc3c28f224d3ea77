"""The nightly backup into the folder that the operator set, the oldest sets making room; the list of what was destroyed."""

from __future__ import annotations

import structlog

from edms.backup import destroyed, making, sets
from edms.bootstrap import House

log = structlog.get_logger(__name__)


def back_up(house: House, subject_id: int | None) -> None:
    """Make a set and thin the old ones out; without a folder nothing. Failing, it stands on the health page."""
    root = house.settings.backup_dir
    if root is None:
        return
    with sets.alone(root):
        made = making.make(house.backup_source, root, on_start=lambda _: None, on_each=lambda: None)
        gone = sets.thin_out(root, keep=house.settings.backup_keep)
    log.info("backup made", set=made.name, contents=made.manifest.contents, removed=gone)


def note_destroyed(house: House) -> None:
    """List what acts of destruction destroyed beside the backups, where this machine sees their folder.

    Errors: Unavailable while it cannot be written: then nothing more is erased.
    """
    if (root := house.settings.backup_dir) is not None:
        destroyed.note(root, house.backup_sealer, house.transaction)
