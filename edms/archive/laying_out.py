"""Lays the packages of a transfer that was handed over into a folder, where the archive fetches them.

Each file gets its name only when it is whole and on the disk; a job that died goes on with the next. Nothing there is
ever overwritten.
"""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from edms import clock
from edms.archive import transfers
from edms.archive.models import Transfer, TransferState
from edms.errors import Unavailable
from edms.staff.models import Organisation
from edms.storage.disk import sync
from edms.storage.port import PIECE, ContentStore


@dataclass(frozen=True)
class Work:
    """What lies where: the transfer's own folder, and name and key of each package."""

    folder: str
    packages: tuple[tuple[str, str], ...]


def to_lay_out(session: Session, transfer_id: int) -> Work | None:
    """What there is to lay out, or None: done, or not handed over."""
    transfer = session.get(Transfer, transfer_id)
    if transfer is None or transfer.laid_out_at is not None or transfer.state is not TransferState.HANDED_OVER:
        return None
    office = session.get_one(Organisation, transfer.organisation_id)
    packages = [
        (line.content.name, line.content.store_key)
        for line in transfers.lines_of(session, transfer)
        if line.content is not None
    ]
    return Work(f"{office.code}-{transfer.year}-{transfer.ordinal}", tuple(packages))


def lay_out(work: Work, root: Path, store: ContentStore) -> None:
    """Copy what is not there yet. Errors: Unavailable while the folder cannot be written."""
    folder = root / work.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, key in work.packages:
            place = folder / name
            if not place.exists():
                _copy(store, key, place)
        sync(folder)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise Unavailable("archive.folder_full" if full else "archive.folder_away", folder=str(root)) from error


def laid_out(session: Session, transfer_id: int) -> None:
    """Note that all of it lies there."""
    transfer = session.get_one(Transfer, transfer_id, with_for_update={"of": Transfer})
    transfer.laid_out_at = transfer.laid_out_at or clock.now()


def _copy(store: ContentStore, key: str, place: Path) -> None:
    part = place.with_name(f".{place.name}.part")
    with store.open(key) as source, part.open("wb") as target:
        shutil.copyfileobj(source, target, PIECE)
        target.flush()
        os.fsync(target.fileno())
    part.rename(place)
